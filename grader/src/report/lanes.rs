//! A failing schedule as thread lanes: [`lanes`] turns a [`Failure`] into lines of text.
//!
//! One row a step, one lane a thread, the student's own line at the right; below, the panics, and for threads that wait
//! for ever who holds what since which line and who waits for it. Where lanes would be too narrow, the steps stand below
//! each other. It is a pure function of the failure and the width; it judges nothing and says nothing of the check that
//! failed.

mod autopsy;
mod rows;
mod text;

use protocol::explore::{Failure, Place, Story};

use rows::Row;
use text::{clip, columns, pad};

/// Below this many columns a lane says too little.
const NARROWEST: usize = 22;
/// Above this many columns a lane is mostly empty.
const WIDEST: usize = 56;
/// The most columns for a thread's name before a step, where the steps stand below each other.
const LONGEST_TAG: usize = 14;
/// What stands between two lanes.
const BETWEEN: &str = " │ ";

/// How much of a story is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// What matters, in at most a dozen rows.
    Dozen,
    /// Every step.
    Whole,
}

/// A failure as lines of at most `width` columns: at most a dozen rows for its steps, a heading, and what is known of
/// the end.
#[must_use]
pub fn lanes(failure: &Failure, width: usize) -> Vec<String> {
    let mut lines = steps(&failure.story, width, Extent::Dozen);
    lines.extend(autopsy::autopsy(failure, width));
    lines
}

/// The steps of a story, also of one that did not fail, as lines of at most `width` columns.
#[must_use]
pub fn steps(story: &Story, width: usize, extent: Extent) -> Vec<String> {
    let mut rows = rows::rows(story, extent);
    match lane_width(&rows, width) {
        Some(lane) => {
            rows::shorten(&mut rows, lane);
            side_by_side(story, &rows, lane)
        }
        None => stacked(story, rows, width),
    }
}

/// A line of the submission in a table, and from where it was called.
fn place(place: &Place) -> String {
    let line = file_and_line(place);
    match caller(place) {
        Some(from) => format!("{line} ← {from}"),
        None => line,
    }
}

/// A line of the submission in a sentence.
fn place_in_words(place: &Place) -> String {
    let line = file_and_line(place);
    match caller(place) {
        Some(from) if from.contains(':') => format!("{line} (called from {from})"),
        Some(from) => format!("{line} (called from line {from})"),
        None => line,
    }
}

fn file_and_line(place: &Place) -> String {
    format!("{}:{}", text::clean(&place.file), place.line)
}

/// From where a line was called: only the number, if that is in the same file.
fn caller(place: &Place) -> Option<String> {
    let from = place.from.as_ref()?;
    Some(if from.file == place.file { from.line.to_string() } else { file_and_line(from) })
}

/// The name of a thread.
fn thread_name(story: &Story, thread: u32) -> String {
    let named = usize::try_from(thread).ok().and_then(|number| story.threads.get(number));
    named.map_or_else(|| format!("thread {thread}"), |thread| text::clean(&thread.name))
}

/// The threads that have a row, by number.
fn threads(rows: &[Row]) -> Vec<u32> {
    let mut threads: Vec<u32> = rows.iter().filter_map(|row| row.thread).collect();
    threads.sort_unstable();
    threads.dedup();
    threads
}

/// The columns of the widest place.
fn place_width(rows: &[Row]) -> usize {
    rows.iter().filter_map(|row| row.place.as_deref()).map(columns).max().unwrap_or(0)
}

/// How wide each lane can be; `None` if that is too narrow.
fn lane_width(rows: &[Row], width: usize) -> Option<usize> {
    let lanes = threads(rows).len();
    let taken = place_width(rows) + lanes * columns(BETWEEN);
    let lane = width.checked_sub(taken)?.checked_div(lanes)?;
    let needed = rows.iter().map(|row| columns(row.text.longest())).max().unwrap_or(0).max(NARROWEST);
    (lane >= NARROWEST).then(|| lane.min(needed).min(WIDEST))
}

fn side_by_side(story: &Story, rows: &[Row], lane: usize) -> Vec<String> {
    let threads = threads(rows);
    let joined = |cells: Vec<String>, place: &str| {
        let cells: Vec<String> = cells.iter().map(|cell| pad(cell, lane)).collect();
        format!("{}{BETWEEN}{place}", cells.join(BETWEEN)).trim_end().to_owned()
    };
    let names = threads.iter().map(|&thread| clip(&thread_name(story, thread), lane)).collect();
    let rule = vec!["─".repeat(lane); threads.len()].join("─┼─");
    let mut lines = vec![joined(names, "").trim_end_matches(['│', ' ']).to_owned(), rule];
    for row in rows {
        let Some(thread) = row.thread else {
            lines.push(row.text.fitting(lane * threads.len()));
            continue;
        };
        let cell = |&lane_of: &u32| if lane_of == thread { row.text.fitting(lane) } else { String::new() };
        let text = joined(threads.iter().map(cell).collect(), row.place.as_deref().unwrap_or_default());
        lines.push(if row.place.is_some() { text } else { text.trim_end_matches(['│', ' ']).to_owned() });
    }
    lines
}

fn stacked(story: &Story, mut rows: Vec<Row>, width: usize) -> Vec<String> {
    let names: Vec<(u32, String)> =
        threads(&rows).into_iter().map(|thread| (thread, clip(&thread_name(story, thread), LONGEST_TAG))).collect();
    let tag = names.iter().map(|(_, name)| columns(name)).max().unwrap_or(0);
    let room = width.saturating_sub(tag + columns(BETWEEN)).max(1);
    rows::shorten(&mut rows, room);
    let mut lines = Vec::new();
    for row in rows {
        let Some(thread) = row.thread else {
            lines.push(row.text.fitting(width));
            continue;
        };
        let name = names.iter().find(|(number, _)| *number == thread).map_or("", |(_, name)| name);
        let text = row.text.fitting(room);
        let place = row.place.as_deref().unwrap_or_default();
        let together = columns(&text) + 2 + columns(place) <= room;
        let first = if together && !place.is_empty() { format!("{text}  {place}") } else { text };
        lines.push(format!("{}{BETWEEN}{first}", pad(name, tag)));
        if !together && !place.is_empty() {
            lines.push(format!("{}{BETWEEN}  {}", pad("", tag), clip(place, room.saturating_sub(2))));
        }
    }
    lines
}

#[cfg(test)]
mod tests;
