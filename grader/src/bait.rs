//! What lies beside a hostile submission to be taken: a secret, a result, a neighbour's submission and a port.
//!
//! A text of the corpus says `@SECRET@`, `@RESULTS@`, `@NEIGHBOUR@`, `@COURSE@` and `@PORT@` for them.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read};
use std::net::TcpListener;
use std::path::Path;

use crate::course::Course;
use crate::intake::Submission;
use crate::report::{Report, json};
use crate::workspace::Scratch;

/// A file that nobody but its owner may read.
const SECRET: &str = "secret.rs";
/// The results of everybody.
const RESULTS: &str = "results.json";
/// A neighbour's submission.
const NEIGHBOUR: &str = "src/lib.rs";

/// Bait, until it is dropped.
pub struct Bait {
    scratch: Scratch,
    content: Submission,
    course: String,
    /// What stands in every file of it, and nowhere else.
    word: String,
    listener: TcpListener,
}

impl Bait {
    /// Lays it among the submissions that are being graded.
    ///
    /// # Errors
    /// If the disk is full or cannot be written, or no port is free.
    pub fn lay(course: &Course) -> io::Result<Self> {
        let mut bytes = [0; 16];
        File::open("/dev/urandom")?.read_exact(&mut bytes)?;
        let word = format!("taken{:032x}", u128::from_ne_bytes(bytes));
        let files = BTreeMap::from([
            (SECRET.to_owned(), format!("{word} is no Rust\n").into_bytes()),
            (RESULTS.to_owned(), format!("{{\"{word}\": 100}}\n").into_bytes()),
            (NEIGHBOUR.to_owned(), format!("pub const WORD: &str = \"{word}\";\n").into_bytes()),
        ]);
        let content = Submission { files, dropped: Vec::new() };
        let scratch = Scratch::new(&course.store("scratch").map_err(io::Error::other)?, &content)?;
        let listener = TcpListener::bind("127.0.0.1:0")?;
        listener.set_nonblocking(true)?;
        let course = course.root().to_string_lossy().into_owned();
        Ok(Self { scratch, content, course, word, listener })
    }

    /// The text with the places of the bait in it.
    pub fn aim(&self, text: &str) -> String {
        if !text.contains('@') {
            return text.to_owned();
        }
        let folder = self.scratch.sources();
        let place = |name: &str| folder.join(name).to_string_lossy().into_owned();
        let port = self.listener.local_addr().map_or(0, |address| address.port());
        let text = text.replace("@SECRET@", &place(SECRET)).replace("@RESULTS@", &place(RESULTS));
        let text = text.replace("@NEIGHBOUR@", &place(NEIGHBOUR)).replace("@COURSE@", &self.course);
        text.replace("@PORT@", &port.to_string())
    }

    /// What was taken of it, or changed, or quoted in a report, in words.
    ///
    /// # Errors
    /// If that cannot be looked at.
    pub fn taken(&self, report: &Report) -> io::Result<Vec<String>> {
        let mut found = Vec::new();
        if json::render(std::slice::from_ref(report)).contains(&self.word) {
            found.push("the report quotes the secret".to_owned());
        }
        for (name, bytes) in &self.content.files {
            if fs::read(self.scratch.sources().join(name)).ok().as_ref() != Some(bytes) {
                found.push(format!("`{name}` of the neighbour was changed"));
            }
        }
        let most = self.content.files.len();
        if files(&self.scratch.sources())? != most {
            found.push("files were added to the neighbour's".to_owned());
        }
        match self.listener.accept() {
            Ok(_) => found.push("a port outside was reached".to_owned()),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
        Ok(found)
    }
}

/// How many files are below a folder.
fn files(folder: &Path) -> io::Result<usize> {
    let mut count = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        count += if entry.file_type()?.is_dir() { files(&entry.path())? } else { 1 };
    }
    Ok(count)
}
