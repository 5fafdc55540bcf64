//! The JSON form.

use std::fmt::Write;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::hostile::acts;
use super::{Report, SCHEMA};

/// What `--format json` prints.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Document {
    /// The version of this form: 1. It goes up when a field changes its meaning or goes away.
    pub schema: u32,
    /// One report for each exercise that was asked for.
    pub reports: Vec<Report>,
}

/// The JSON Schema of a [`Document`] of this version, indented, with a line end after it.
///
/// # Panics
/// Never: a schema has a JSON form.
pub fn schema() -> String {
    let schema = schemars::schema_for!(Document);
    serde_json::to_string_pretty(&schema).expect("a schema has a JSON form") + "\n"
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
