//! What the observations of exercise 4 mean.

use protocol::batch_converter::{Entry, Observation, Order, Outcome, Particular};
use protocol::workers::LeftoverState;

use super::{allowed_files, due, faults};
use crate::judge::Fault;
use crate::verdict::Reason;

/// Every outcome is the right one, in order, and the folder holds exactly the right files.
pub(super) fn exact(order: &Order, observation: &Observation) -> Option<Fault> {
    let Order::Batches { batches, .. } = order else { return None };
    let required: Vec<(&String, Outcome)> =
        batches.iter().flat_map(|batch| batch.inputs.iter().zip(due(batch))).collect();
    if observation.outcomes.len() != required.len() {
        return Some(wrong_count(observation.outcomes.len(), required.len()));
    }
    let differs = required.iter().zip(&observation.outcomes).find(|((_, due), outcome)| due != *outcome);
    if let Some(((input, due), outcome)) = differs {
        return Some(Fault::wrong(format!("{input} came to {outcome}"), format!("it comes to {due}")));
    }
    compare_files(&allowed_files(batches), &observation.folder)
}

fn wrong_count(outcomes: usize, due: usize) -> Fault {
    Fault::wrong(format!("{outcomes} results came for {due} tasks"), "one result for each task")
}

/// The first difference between two listings.
fn compare_files(due: &[Entry], found: &[Entry]) -> Option<Fault> {
    for file in due {
        match found.iter().find(|other| other.name == file.name) {
            None => return Some(Fault::wrong(format!("there is no `{}`", file.name), "every output is there")),
            Some(other) if other != file => return Some(differs(file, other)),
            Some(_) => {}
        }
    }
    stray(due, found)
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
    Fault::wrong(format!("`{name}` has other pixels"), "its pixels are those of the documented conversion")
}

fn stray(due: &[Entry], found: &[Entry]) -> Option<Fault> {
    let stray = found.iter().find(|file| due.iter().all(|due| due.name != file.name))?;
    Some(Fault::wrong(
        format!("`{}` was left in the folder of outputs", stray.name),
        "the folder holds whole outputs and nothing else",
    ))
}

/// What is there is whole, and right, and was asked for.
pub(super) fn whole_or_absent(order: &Order, observation: &Observation) -> Option<Fault> {
    let Order::Batches { batches, .. } = order else { return None };
    let allowed = allowed_files(batches);
    let broken = observation.folder.iter().find_map(|file| {
        let due = allowed.iter().find(|due| due.name == file.name)?;
        (due != file).then(|| differs(due, file))
    });
    broken.or_else(|| stray(&allowed, &observation.folder)).or_else(|| claims(observation))
}

/// Whoever says that an image was converted has converted it.
fn claims(observation: &Observation) -> Option<Fault> {
    let missing = observation.outcomes.iter().find_map(|outcome| match outcome {
        Outcome::Converted { name, .. } if observation.folder.iter().all(|file| file.name != *name) => Some(name),
        _ => None,
    })?;
    Some(Fault::wrong(format!("`{missing}` counts as converted, and is not there"), "a result is true"))
}

/// Each worker that goes wrong costs one task at most, and nobody else's.
pub(super) fn costs_one(order: &Order, observation: &Observation) -> Option<Fault> {
    let Order::Batches { batches, .. } = order else { return None };
    let due: Vec<Outcome> = batches.iter().flat_map(due).collect();
    if observation.outcomes.len() != due.len() {
        return Some(wrong_count(observation.outcomes.len(), due.len()));
    }
    let differ: Vec<(usize, &Outcome)> =
        observation.outcomes.iter().enumerate().filter(|(place, outcome)| due[*place] != **outcome).collect();
    if let Some((place, outcome)) = differ.iter().find(|(_, outcome)| **outcome != Outcome::Worker) {
        return Some(Fault::wrong(
            format!("task {place} came to {outcome}"),
            format!("it comes to {}, or to Err(Worker) if its worker failed", due[*place]),
        ));
    }
    let (lost, faults) = (differ.len(), faults(order));
    (lost > faults).then(|| {
        Fault::wrong(
            format!("{lost} tasks were lost to {faults} failing workers"),
            "a failing worker costs the task that it has, and no other",
        )
    })
}

/// The very workers that were asked for did everything.
pub(super) fn reused(order: &Order, observation: &Observation) -> Option<Fault> {
    let (Order::Batches { pool, .. } | Order::Idle(pool)) = order else { return None };
    let roll = observation.roll.as_ref()?;
    let (started, due) = (roll.workers.len(), pool.workers);
    if roll.strangers > 0 {
        return Some(Fault {
            reason: Reason::Tampered,
            ..Fault::wrong("something else than a worker spoke in a worker's name", "only workers speak for workers")
        });
    }
    if started != due {
        return Some(Fault::wrong(
            format!("{started} worker processes were started"),
            format!("{due} are, when the pool is made, and they do all tasks"),
        ));
    }
    (!roll.met).then(|| {
        Fault::wrong(format!("at most {} workers were alive at the same time", roll.most_at_once), format!("{due} are"))
    })
}

/// As many tasks as workers were under way at the same time, and one that took long kept nobody else from working.
pub(super) fn idles_nobody(order: &Order, observation: &Observation) -> Option<Fault> {
    let (Order::Held { pool, held, others }, Particular::Held { opened, done }) = (order, &observation.particular)
    else {
        return None;
    };
    if opened < held {
        return Some(Fault::wrong(
            format!("{opened} images were worked on at the same time"),
            format!("{} workers work on {held} images at the same time", pool.workers),
        ));
    }
    (*held < pool.workers && done < others).then(|| {
        Fault::wrong(
            format!("{done} of {others} images were done while the first took its time"),
            "the other workers go on with all other images",
        )
    })
}

/// Results in the order of the tasks, although the first were done last.
pub(super) fn in_order(order: &Order, observation: &Observation) -> Option<Fault> {
    let Order::Held { held, others, .. } = order else { return None };
    let names = (0..*held).map(|place| format!("held-{place}.png"));
    let names: Vec<String> = names.chain((0..*others).map(|place| format!("other-{place:02}.png"))).collect();
    if observation.outcomes.len() != names.len() {
        return Some(wrong_count(observation.outcomes.len(), names.len()));
    }
    let wrong = names.iter().zip(&observation.outcomes).enumerate().find_map(|(place, (due, outcome))| match outcome {
        Outcome::Converted { name, .. } if name != due => Some((place, due, outcome)),
        // Those that arrive late come through a pipe, which not every reader of images can read.
        Outcome::Converted { .. } => None,
        _ if place < *held => None,
        _ => Some((place, due, outcome)),
    });
    let (place, due, outcome) = wrong?;
    Some(Fault::wrong(format!("result {place} is {outcome}"), format!("result {place} is that of task {place}, {due}")))
}

/// Many tasks on images that do not exist, and many errors.
pub(super) fn all_missing(order: &Order, observation: &Observation) -> Option<Fault> {
    let Order::Missing { count, .. } = order else { return None };
    if observation.outcomes.len() != *count {
        return Some(wrong_count(observation.outcomes.len(), *count));
    }
    let wrong = observation.outcomes.iter().find(|outcome| **outcome != Outcome::Image)?;
    Some(Fault::wrong(format!("a missing image came to {wrong}"), "it comes to Err(Image)"))
}

/// Exactly one callback of each task, and the right one.
pub(super) fn called_once(order: &Order, observation: &Observation) -> Option<Fault> {
    let (Order::Callbacks { inputs, again, .. }, Particular::Callbacks { calls, again: more }) =
        (order, &observation.particular)
    else {
        return None;
    };
    let is_good = |input: &String| super::listing::images().contains(input);
    let say = |(successes, errors): (usize, usize)| {
        format!("`on_success` was called {successes} times and `on_error` {errors} times")
    };
    for (input, calls) in inputs.iter().zip(calls) {
        let due = if is_good(input) { (1, 0) } else { (0, 1) };
        if *calls != due {
            let callback = if is_good(input) { "`on_success`" } else { "`on_error`" };
            return Some(Fault::wrong(
                format!("for {input}, {}", say(*calls)),
                format!("{callback} is called once, and nothing else"),
            ));
        }
    }
    let due = usize::from(*again);
    let wrong = inputs.iter().zip(more).find(|(input, calls)| is_good(input) && **calls != (due, 0));
    wrong.map(|(_, calls)| {
        Fault::wrong(
            format!("for a task that a callback submitted, {}", say(*calls)),
            "a callback may use the pool: `on_success` is called once for its task",
        )
    })
}

/// Nothing is accepted after `close`; what was accepted is done when `join` returns.
pub(super) fn closes(order: &Order, observation: &Observation) -> Option<Fault> {
    let (Order::Closing { others, .. }, Particular::Closing { refused, early, done }) =
        (order, &observation.particular)
    else {
        return None;
    };
    if *refused != Outcome::Closed {
        return Some(Fault::wrong(
            format!("a task that was submitted after `close` came to {refused}"),
            "it comes to Err(Closed)",
        ));
    }
    let required = "`join` returns when every accepted task is done";
    if *early {
        return Some(Fault::wrong("`join` returned while a task was under way", required));
    }
    if done < others {
        return Some(Fault::wrong(format!("{done} of {others} callbacks had come when `join` returned"), required));
    }
    let mut accepted = observation.outcomes.iter().skip(1);
    let lost = accepted.find(|outcome| !matches!(outcome, Outcome::Converted { .. }))?;
    Some(Fault::wrong(format!("a task that was accepted before `close` came to {lost}"), "it is still done"))
}

/// The drop ends, and nobody is left.
pub(super) fn drops(order: &Order, observation: &Observation) -> Option<Fault> {
    if let (Order::Dropping { .. }, Particular::Dropping { ended, answered }) = (order, &observation.particular) {
        let late = |observed: &str, required: &str| {
            Some(Fault { reason: Reason::Deadlock, ..Fault::wrong(observed, required) })
        };
        if !ended {
            return late("the drop of a pool waited for tasks that do not end", "a drop ends the workers at once");
        }
        if !answered {
            return late("`wait` did not return after the pool was dropped", "`wait` returns Err(Closed)");
        }
    }
    nobody_left(order, observation)
}

/// Every worker has ended and was waited for.
pub(super) fn nobody_left(_: &Order, observation: &Observation) -> Option<Fault> {
    let count = |state| observation.leftovers.iter().filter(|leftover| leftover.state == state).count();
    let observed = match (count(LeftoverState::Running), count(LeftoverState::Zombie)) {
        (0, 0) => return None,
        (0, zombies) => format!("{zombies} workers had ended, and nobody had waited for them"),
        (running, _) => format!("{running} workers were still running after the end of their pool"),
    };
    Some(Fault {
        reason: Reason::LeftRunning,
        ..Fault::wrong(observed, "when the pool has ended, every worker has ended and was waited for")
    })
}

/// Work to be timed is done.
pub(super) fn worked(order: &Order, observation: &Observation) -> Option<Fault> {
    let Order::Work { count, .. } = order else { return None };
    let done = observation.outcomes.iter().filter(|outcome| matches!(outcome, Outcome::Converted { .. })).count();
    (done != *count).then(|| Fault::wrong(format!("{done} of {count} images were converted"), "all are"))
}
