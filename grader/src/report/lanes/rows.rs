//! The steps of a story as rows: [`rows`].
//!
//! A call that nobody interrupted is one row with its result; only calls in whose middle others ran show what they did
//! inside. Of what is still too long, the steps on objects that one thread has to itself go first, then quiet beginnings
//! and ends, then the middle of what a thread did in one go.

use std::collections::BTreeMap;

use protocol::explore::{Action, Awaited, Event, Story, Wait};

use super::text::{clean, clip, columns};
use super::{Extent, autopsy, place};

/// The most rows of a table.
const MOST_ROWS: usize = 12;
/// A thread that does more than so many steps in one go shows the first and the last.
const LONGEST_RUN: usize = 3;

/// One step.
#[derive(Clone, Debug)]
pub(super) struct Row {
    /// The thread that does it; `None` for a row about all.
    pub(super) thread: Option<u32>,
    pub(super) text: Text,
    pub(super) place: Option<String>,
    kind: Kind,
}

/// What a row is, for deciding what goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// A call that nobody interrupted.
    Whole,
    /// A step of the call with this number, if it is in one, on this object.
    Step { call: Option<usize>, object: Option<u32> },
    /// The end of an interrupted call.
    Return,
    /// A wait that never ends.
    Wait,
    /// Says that something is left out.
    Gap,
}

/// A text in several lengths, the longest first.
#[derive(Clone, Debug)]
pub(super) struct Text(Vec<String>);

impl Text {
    fn new(text: String) -> Self {
        Self(vec![text])
    }

    /// The longest form.
    pub(super) fn longest(&self) -> &str {
        self.0.first().map_or("", String::as_str)
    }

    /// The longest form that fits, or what fits of the shortest.
    pub(super) fn fitting(&self, width: usize) -> String {
        let fits = self.0.iter().find(|text| columns(text) <= width);
        fits.cloned().unwrap_or_else(|| clip(self.0.last().map_or("", String::as_str), width))
    }

    fn prefixed(self, prefix: &str) -> Self {
        let full = self.0.iter().map(|text| format!("{prefix}: {text}"));
        Self(full.chain(self.0.last().cloned()).collect())
    }
}

/// The rows of a story.
pub(super) fn rows(story: &Story, extent: Extent) -> Vec<Row> {
    let mut calls = Calls::new(&story.events);
    if extent == Extent::Whole {
        calls.calls.iter_mut().for_each(|call| call.interrupted = true);
    }
    let mut rows: Vec<Row> =
        story.events.iter().enumerate().filter_map(|(number, event)| row(story, &calls, number, event)).collect();
    rows.extend(waits(story));
    if extent == Extent::Dozen {
        rows = cut(story, rows);
    }
    name_calls(&mut rows, &calls);
    if extent == Extent::Dozen && rows.len() > MOST_ROWS {
        let left_out = rows.len() - (MOST_ROWS - 1);
        rows.drain(..left_out);
        rows.insert(0, gap(None, left_out, "earlier "));
    }
    rows
}

/// If not all steps have room for the whole names of their objects, none has, so that one table speaks in one way.
pub(super) fn shorten(rows: &mut [Row], width: usize) {
    let is_step = |row: &Row| matches!(row.kind, Kind::Step { .. });
    if rows.iter().any(|row| is_step(row) && columns(row.text.longest()) > width) {
        for row in rows.iter_mut().filter(|row| is_step(row) && row.text.0.len() > 2) {
            row.text.0.remove(0);
        }
    }
}

/// Leaves out what matters least, step by step, until a dozen rows are left or nothing more can go.
fn cut(story: &Story, mut rows: Vec<Row>) -> Vec<Row> {
    if rows.len() > MOST_ROWS {
        let shared = shared_objects(&story.events);
        rows.retain(|row| !matches!(row.kind, Kind::Step { object: Some(object), .. } if !shared.contains(&object)));
    }
    if rows.len() > MOST_ROWS {
        rows = without_quiet_ends(rows);
    }
    if rows.len() > MOST_ROWS {
        rows = without_middles(&rows);
    }
    rows
}

/// A call of the scenario.
#[derive(Debug)]
struct Call {
    thread: u32,
    label: String,
    /// Whether another thread did something before it returned, or it never returned.
    interrupted: bool,
}

/// All calls, and to which of them each event belongs.
#[derive(Debug)]
struct Calls {
    calls: Vec<Call>,
    of_event: Vec<Option<usize>>,
}

impl Calls {
    fn new(events: &[Event]) -> Self {
        let mut calls: Vec<Call> = Vec::new();
        let mut open: Vec<usize> = Vec::new();
        let mut of_event = Vec::with_capacity(events.len());
        for event in events {
            for &call in &open {
                calls[call].interrupted |= calls[call].thread != event.thread;
            }
            if let Action::Call { label } = &event.action {
                open.push(calls.len());
                calls.push(Call { thread: event.thread, label: clean(label), interrupted: false });
            }
            let innermost = open.iter().rposition(|&call| calls[call].thread == event.thread);
            of_event.push(innermost.map(|place| open[place]));
            if let (Action::Return { .. }, Some(place)) = (&event.action, innermost) {
                open.remove(place);
            }
        }
        for call in open {
            calls[call].interrupted = true;
        }
        Self { calls, of_event }
    }

    fn interrupted(&self, call: Option<usize>) -> bool {
        call.is_none_or(|call| self.calls[call].interrupted)
    }
}

/// The row of an event, if it has one of its own.
fn row(story: &Story, calls: &Calls, number: usize, event: &Event) -> Option<Row> {
    let call = calls.of_event[number];
    let (text, kind) = match &event.action {
        Action::Call { .. } => return None,
        Action::Return { label, result } => {
            let kind = if calls.interrupted(call) { Kind::Return } else { Kind::Whole };
            (Text::new(returned(label, result)), kind)
        }
        Action::Operation { what, .. } if !calls.interrupted(call) && !wakes(story, what) => return None,
        Action::Operation { what, object, outcome } => {
            let kind = Kind::Step { call, object: *object };
            (operation(story, what, *object, outcome), kind)
        }
    };
    Some(Row { thread: Some(event.thread), text, place: event.place.as_ref().map(place), kind })
}

/// Whether an operation wakes others, in a story in which somebody waits to be woken.
fn wakes(story: &Story, what: &str) -> bool {
    let waits = |wait: &Wait| matches!(wait.awaited, Awaited::Notification | Awaited::Unpark);
    (what.starts_with("notify") || what == "unpark") && story.waits.iter().any(waits)
}

fn returned(label: &str, result: &str) -> String {
    if result == "()" { format!("{} returns", clean(label)) } else { format!("{} → {}", clean(label), clean(result)) }
}

/// An operation in words: with the object's whole name, with the name that the scenario gave it, and with none.
fn operation(story: &Story, what: &str, object: Option<u32>, outcome: &str) -> Text {
    let what = if what == "lock" { "take" } else { what };
    let outcome = if outcome.is_empty() { String::new() } else { format!(": {}", clean(outcome)) };
    let Some(name) = object.and_then(|object| autopsy::object_name(story, object)) else {
        return Text::new(format!("{what}{outcome}"));
    };
    let short = name.split_once(" in ").map_or(name.as_str(), |(_, given)| given);
    Text(vec![format!("{what} {name}{outcome}"), format!("{what} {short}{outcome}"), format!("{what}{outcome}")])
}

/// The waits that never end, as the last steps of their threads.
fn waits(story: &Story) -> impl Iterator<Item = Row> + '_ {
    let ends = story.waits.iter().filter(|wait| wait.place.is_some() && wait.awaited != Awaited::Turn);
    ends.map(|wait| {
        let full = format!("waits for {}", autopsy::awaited(story, wait));
        let short = autopsy::awaited(story, &Wait { object: None, ..wait.clone() });
        let text = Text(vec![full, format!("waits for {short}")]);
        Row { thread: Some(wait.thread), text, place: wait.place.as_ref().map(place), kind: Kind::Wait }
    })
}

/// The objects that more than one thread used.
fn shared_objects(events: &[Event]) -> Vec<u32> {
    let mut users: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for event in events {
        if let Action::Operation { object: Some(object), .. } = event.action {
            users.entry(object).or_default().push(event.thread);
        }
    }
    let shared = |threads: &[u32]| threads.iter().any(|thread| Some(thread) != threads.first());
    users.into_iter().filter(|(_, threads)| shared(threads)).map(|(object, _)| object).collect()
}

/// Without the whole calls before the first interrupted one and after the last, but for one each.
fn without_quiet_ends(rows: Vec<Row>) -> Vec<Row> {
    let loud = |row: &Row| row.kind != Kind::Whole;
    let (Some(first), Some(last)) = (rows.iter().position(loud), rows.iter().rposition(loud)) else { return rows };
    let (start, end) = (first.saturating_sub(1), (last + 2).min(rows.len()));
    let (before, after) = (start, rows.len() - end);
    let mut kept: Vec<Row> = rows.into_iter().skip(start).take(end - start).collect();
    if before > 0 {
        kept.insert(0, gap(None, before, "earlier "));
    }
    if after > 0 {
        kept.push(gap(None, after, "later "));
    }
    kept
}

/// Without the middle of what a thread did in one go.
fn without_middles(rows: &[Row]) -> Vec<Row> {
    let mut kept = Vec::new();
    for run in rows.chunk_by(|one, other| one.thread == other.thread) {
        if let ([first, middle @ .., last], Some(thread)) = (run, run[0].thread)
            && run.len() > LONGEST_RUN
        {
            kept.extend([first.clone(), gap(Some(thread), middle.len(), ""), last.clone()]);
        } else {
            kept.extend_from_slice(run);
        }
    }
    kept
}

fn gap(thread: Option<u32>, count: usize, which: &str) -> Row {
    let steps = if count == 1 { "step" } else { "steps" };
    Row { thread, text: Text::new(format!("… {count} {which}{steps}")), place: None, kind: Kind::Gap }
}

/// Puts the call before its first step that is shown.
fn name_calls(rows: &mut [Row], calls: &Calls) {
    let mut named = vec![false; calls.calls.len()];
    for row in rows {
        if let Kind::Step { call: Some(call), .. } = row.kind
            && !std::mem::replace(&mut named[call], true)
        {
            let text = std::mem::replace(&mut row.text, Text(Vec::new()));
            row.text = text.prefixed(&calls.calls[call].label);
        }
    }
}
