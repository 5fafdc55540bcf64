//! What is known of the end: [`autopsy`] tells who holds what, who waits for it, and who panicked.

use protocol::explore::{Awaited, Failure, FailureKind, Hold, Story, Wait};

use super::text::{clean, wrap};
use super::{place_in_words, thread_name};

/// The most panics that are told.
const MOST_PANICS: usize = 3;
/// The most threads of which it is told what they wait for.
const MOST_WAITS: usize = 6;

/// The end of a failure in sentences, as lines of at most `width` columns.
pub(super) fn autopsy(failure: &Failure, width: usize) -> Vec<String> {
    let story = &failure.story;
    let mut sentences = Vec::new();
    let stuck = match failure.kind {
        FailureKind::Deadlock | FailureKind::Livelock { .. } | FailureKind::LeftBehind { .. } => true,
        FailureKind::Rejected { .. } | FailureKind::Panic(_) | FailureKind::TooManyThreads { .. } => false,
    };
    if stuck {
        let told: Vec<&Wait> = story.waits.iter().filter(|wait| is_told(story, wait)).collect();
        sentences.extend(told.iter().take(MOST_WAITS).map(|wait| waiting(story, wait)));
        if told.len() > MOST_WAITS {
            sentences.push(format!("… and {} more threads", told.len() - MOST_WAITS));
        }
        let waits = |hold: &&Hold| told.iter().any(|wait| wait.thread == hold.thread);
        sentences.extend(
            story
                .holds
                .iter()
                .filter(|hold| !waits(hold))
                .take(MOST_WAITS)
                .map(|hold| format!("{} still holds {}", thread_name(story, hold.thread), held(story, hold))),
        );
    }
    for panic in story.panics.iter().take(MOST_PANICS) {
        let at = if panic.panic.file.is_empty() {
            String::new()
        } else {
            format!(" at {}:{}", clean(&panic.panic.file), panic.panic.line)
        };
        sentences.push(format!("{} panicked{at}: {}", thread_name(story, panic.thread), clean(&panic.panic.message)));
    }
    if story.panics.len() > MOST_PANICS {
        sentences.push(format!("… and {} more panics", story.panics.len() - MOST_PANICS));
    }
    sentences.iter().flat_map(|sentence| wrap(sentence, width)).collect()
}

/// The scenario's own waits for its threads are told only if nobody else waits.
fn is_told(story: &Story, wait: &Wait) -> bool {
    wait.place.is_some() || story.waits.iter().all(|other| other.place.is_none())
}

/// Who waits for what at which line, who has it since when, and what the waiting thread holds itself.
fn waiting(story: &Story, wait: &Wait) -> String {
    let mine: Vec<String> =
        story.holds.iter().filter(|hold| hold.thread == wait.thread).map(|hold| held(story, hold)).collect();
    let holding = if mine.is_empty() { String::new() } else { format!("holds {} and ", mine.join(", ")) };
    let at = wait.place.as_ref().map_or(String::new(), |at| format!(" at {}", place_in_words(at)));
    let holder = story.holds.iter().find(|hold| Some(hold.object) == wait.object);
    let by = match holder {
        Some(hold) if hold.thread == wait.thread => ", which it holds itself".to_owned(),
        Some(hold) => format!(", held by {}", thread_name(story, hold.thread)),
        None => String::new(),
    };
    let verb = if wait.awaited == Awaited::Turn { "still runs" } else { "waits for" };
    let what = awaited(story, wait);
    let what = if what.is_empty() { what } else { format!(" {what}") };
    format!("{} {holding}{verb}{what}{at}{by}", thread_name(story, wait.thread))
}

fn held(story: &Story, hold: &Hold) -> String {
    let name = object_name(story, hold.object).unwrap_or_else(|| "a lock".to_owned());
    hold.place.as_ref().map_or_else(|| name.clone(), |at| format!("{name} since {}", place_in_words(at)))
}

/// The name of an object.
pub(super) fn object_name(story: &Story, object: u32) -> Option<String> {
    let object = usize::try_from(object).ok().and_then(|number| story.objects.get(number))?;
    Some(clean(&object.name))
}

/// What a thread waits for, in words.
pub(super) fn awaited(story: &Story, wait: &Wait) -> String {
    let object = wait.object.and_then(|object| object_name(story, object));
    let named = |what: &str, joint: &str| {
        object.as_ref().map_or_else(|| what.to_owned(), |name| format!("{what} {joint} {name}"))
    };
    match wait.awaited {
        Awaited::Lock => object.unwrap_or_else(|| "a lock".to_owned()),
        Awaited::Read => named("a turn to read", "under"),
        Awaited::Notification => named("a notification", "of"),
        Awaited::End => wait.other.map_or_else(
            || "the end of a thread".to_owned(),
            |other| format!("the end of {}", thread_name(story, other)),
        ),
        Awaited::Scope => "the end of its threads".to_owned(),
        Awaited::Message => named("a message", "on"),
        Awaited::Room => named("room", "in"),
        Awaited::Unpark => "an unpark".to_owned(),
        Awaited::Barrier => named("the others", "at"),
        Awaited::Initialised => named("an initialisation", "of"),
        Awaited::Time => "its time".to_owned(),
        Awaited::Turn => String::new(),
    }
}
