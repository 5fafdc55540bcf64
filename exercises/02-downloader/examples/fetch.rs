//! Opens one address over HTTP with the course's client, and counts what comes: `fetch http://example.org/`.

use std::env;
use std::error::Error;
use std::io::{self, ErrorKind};
use std::time::Duration;

use downloader::{Fetch, Http, Url};

fn main() -> Result<(), Box<dyn Error>> {
    let address = env::args().nth(1).ok_or_else(|| io::Error::new(ErrorKind::InvalidInput, "which address?"))?;
    let mut response = Http::new(Duration::from_secs(10)).open(&Url::parse(&address)?)?;
    println!("status {}, length {:?}", response.status, response.length);
    let bytes = io::copy(&mut response.body, &mut io::sink())?;
    println!("{bytes} bytes came");
    Ok(())
}
