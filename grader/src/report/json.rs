//! The JSON form.

use std::fmt::Write;

use serde::{Deserialize, Serialize};

use super::hostile::acts;
use super::{Report, SCHEMA};

/// What `--format json` prints.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Document {
    /// [`SCHEMA`].
    pub schema: u32,
    /// One report for each exercise that was asked for.
    pub reports: Vec<Report>,
}

/// The document, indented, with a line end after it. Characters that act on a terminal or reorder text are escaped.
///
/// # Panics
/// Never: a report has a JSON form.
pub fn render(reports: &[Report]) -> String {
    let document = Document { schema: SCHEMA, reports: reports.to_vec() };
    let text = serde_json::to_string_pretty(&document).expect("a report has a JSON form");
    let mut harmless = String::with_capacity(text.len() + 1);
    for character in text.chars() {
        // Outside of strings there is no such character but the line end, and all of them have four digits at most.
        if acts(character) && character != '\n' {
            // Writing to a string cannot fail.
            let _ = write!(harmless, "\\u{:04x}", u32::from(character));
        } else {
            harmless.push(character);
        }
    }
    harmless.push('\n');
    harmless
}
