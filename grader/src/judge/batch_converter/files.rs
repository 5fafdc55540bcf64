//! What the outputs of exercise 4 have to be: right, and whole or absent.

use protocol::batch_converter::{Batch, Entry, Observation, Order, Outcome};

use super::evidence::wrong_count;
use super::{allowed_files, due};
use crate::diff;
use crate::judge::Fault;
use crate::verdict::Witness;

/// How many lines of a difference between two listings are shown.
const SHOWN: usize = 12;

/// Every result is the right one, and the folder holds exactly the right files. The order of the results is not looked at.
pub(super) fn exact(order: &Order, observation: &Observation) -> Option<Fault> {
    let Order::Batches { batches, .. } = order else { return None };
    let required: Vec<(&String, Outcome)> =
        batches.iter().flat_map(|batch| batch.inputs.iter().zip(due(batch))).collect();
    if observation.outcomes.len() != required.len() {
        return Some(wrong_count(observation.outcomes.len(), required.len()));
    }
    wrong_result(&required, &observation.outcomes).or_else(|| compare_files(batches, &observation.folder))
}

fn wrong_result(required: &[(&String, Outcome)], outcomes: &[Outcome]) -> Option<Fault> {
    let (input, due) = required.iter().find(|(_, due)| !outcomes.contains(due))?;
    let is_none = |outcome: &&Outcome| required.iter().all(|(_, due)| due != *outcome);
    let instead = outcomes.iter().find(is_none).map_or_else(String::new, |outcome| format!(", but there is {outcome}"));
    Some(Fault::wrong(format!("no result is that of {input}{instead}"), format!("{input} comes to {due}")))
}

/// The differences between the listing that is due and the folder.
fn compare_files(batches: &[Batch], found: &[Entry]) -> Option<Fault> {
    let due = allowed_files(batches);
    let fault = due.iter().find_map(|file| match found.iter().find(|other| other.name == file.name) {
        None => Some(Fault::wrong(format!("there is no `{}`", file.name), "every output is there")),
        Some(other) => (other != file).then(|| differs(file, other)),
    });
    let fault = fault.or_else(|| stray(&due, found))?;
    Some(fault.with_witness(Witness::Lines { lines: difference(&due, found) }))
}

/// Two listings as a diff: what is due with a minus, what is there with a plus.
fn difference(due: &[Entry], found: &[Entry]) -> Vec<String> {
    let mut lines = vec!["`-` is due, `+` is in the folder of outputs".to_owned()];
    lines.extend(diff::lines(&listing(due), &listing(found), SHOWN));
    lines
}

/// One file a line, as in the stored listing.
fn listing(files: &[Entry]) -> String {
    let line = |file: &Entry| match file.picture {
        Some(picture) => {
            let (format, width, height) = (picture.format.extension(), picture.width, picture.height);
            let transparent = if picture.transparent { ", transparent" } else { "" };
            format!("{}: {format}, {width} × {height}, pixels {:016x}{transparent}\n", file.name, picture.digest)
        }
        None => format!("{}: no whole image\n", file.name),
    };
    files.iter().map(line).collect()
}

fn differs(due: &Entry, found: &Entry) -> Fault {
    let name = &found.name;
    let (Some(due), Some(found)) = (due.picture, found.picture) else {
        return Fault::wrong(format!("`{name}` is no whole image"), "every output is whole");
    };
    if due.format != found.format {
        return Fault::wrong(
            format!("`{name}` holds a {}", found.format.extension()),
            format!("it holds a {}", due.format.extension()),
        );
    }
    if (due.width, due.height) != (found.width, found.height) {
        return Fault::wrong(
            format!("`{name}` has {} × {} pixels", found.width, found.height),
            format!("it has {} × {}", due.width, due.height),
        );
    }
    if found.transparent {
        return Fault::wrong(format!("`{name}` has transparent pixels"), "transparency is lost in PPM and BMP");
    }
    Fault::wrong(format!("`{name}` has other pixels"), "its pixels are those of the documented conversion")
}

fn stray(due: &[Entry], found: &[Entry]) -> Option<Fault> {
    let stray = found.iter().find(|file| due.iter().all(|due| due.name != file.name))?;
    Some(Fault::wrong(
        format!("`{}` was left in the folder of outputs", stray.name),
        "the folder holds whole outputs and nothing else",
    ))
}

/// What is there is whole, was asked for, and never was to be seen unfinished. What its pixels are is not looked at.
pub(super) fn whole_or_absent(order: &Order, observation: &Observation) -> Option<Fault> {
    let allowed = match order {
        Order::Batches { batches, .. } => allowed_files(batches),
        // The images never arrive.
        Order::Dropping { .. } => Vec::new(),
        _ => return None,
    };
    let is_allowed = |file: &Entry| allowed.iter().any(|due| due.name == file.name);
    let broken = observation.folder.iter().find(|file| is_allowed(file) && file.picture.is_none());
    let broken = broken.map(|file| Fault::wrong(format!("`{}` is no whole image", file.name), "every output is whole"));
    broken
        .or_else(|| stray(&allowed, &observation.folder))
        .or_else(|| in_sight(observation))
        .or_else(|| claims(observation))
}

/// Nobody could see an output before it was whole.
fn in_sight(observation: &Observation) -> Option<Fault> {
    let name = observation.in_sight.first()?;
    Some(Fault::wrong(
        format!("`{name}` was written to under its own name, where everybody sees it unfinished"),
        "an output gets its name when it is whole",
    ))
}

/// Whoever says that an image was converted has converted it.
pub(super) fn claims(observation: &Observation) -> Option<Fault> {
    let missing = observation.outcomes.iter().find_map(|outcome| match outcome {
        Outcome::Converted { name, .. } if observation.folder.iter().all(|file| file.name != *name) => Some(name),
        _ => None,
    })?;
    Some(Fault::wrong(format!("`{missing}` counts as converted, and is not there"), "a result is true"))
}
