//! The listing that submissions are judged by is what the oracle makes of the images.
//!
//! With `BLESS=1` in the environment it is written anew.

#![allow(clippy::unwrap_used, reason = "a test")]

use std::env;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use batch_converter_driver::oracle::{converted, listing};
use protocol::batch_converter::CONVERSIONS;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..")
}

#[test]
fn the_listing_is_what_the_oracle_makes_of_the_images() {
    let assets = root().join("fixtures/04-batch-converter/assets");
    let mut lines = String::new();
    for entry in listing(&assets).unwrap() {
        for conversion in CONVERSIONS {
            let Ok(picture) = converted(&assets.join(&entry.name), conversion) else { continue };
            let (width, height, digest) = (picture.width, picture.height, picture.digest);
            writeln!(lines, "{}\t{conversion}\t{width}\t{height}\t{digest:016x}", entry.name).unwrap();
        }
    }
    let path = root().join("grader/src/judge/batch_converter/listing.tsv");
    if env::var_os("BLESS").is_some() {
        fs::write(&path, &lines).unwrap();
    }
    assert_eq!(fs::read_to_string(&path).unwrap(), lines);
    assert_eq!(lines.lines().count(), 8 * CONVERSIONS.len(), "eight images are good, the others broken");
}
