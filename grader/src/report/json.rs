//! The JSON form.

use serde::{Deserialize, Serialize};

use super::{Report, SCHEMA};

/// What `--format json` prints.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Document {
    /// [`SCHEMA`].
    pub schema: u32,
    /// One report for each exercise that was asked for.
    pub reports: Vec<Report>,
}

/// The document, indented, with a line end after it.
///
/// # Panics
/// Never: a report has a JSON form.
pub fn render(reports: &[Report]) -> String {
    let document = Document { schema: SCHEMA, reports: reports.to_vec() };
    let mut text = serde_json::to_string_pretty(&document).expect("a report has a JSON form");
    text.push('\n');
    text
}
