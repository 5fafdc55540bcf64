//! What the results of exercise 4 mean: of calls, of handles, of callbacks.

use protocol::batch_converter::{Habit, Observation, Order, Outcome, Particular, Pool};

use super::files::claims;
use super::listing::images;
use super::{certainly_lost, faults};
use crate::judge::Fault;
use crate::verdict::Reason;

pub(super) fn wrong_count(outcomes: usize, due: usize) -> Fault {
    Fault::wrong(format!("{outcomes} results came for {due} tasks"), "one result for each task")
}

fn is_good(input: &String) -> bool {
    images().contains(input)
}

/// A name without what tells the format: outputs are called after their images.
fn stem(name: &str) -> &str {
    name.split_once('.').map_or(name, |(stem, _)| stem)
}

/// The images of the batches that were not converted, by the outcomes; or one that nobody asked for, or asked for once
/// less.
fn unconverted<'a>(images: impl Iterator<Item = &'a String>, outcomes: &[Outcome]) -> Result<Vec<&'a String>, Fault> {
    let mut left: Vec<&String> = images.collect();
    for outcome in outcomes {
        let Outcome::Converted { name, .. } = outcome else { continue };
        let Some(place) = left.iter().position(|image| stem(image) == stem(name)) else {
            return Err(Fault::wrong(format!("one result too many is {outcome}"), "one result for each task"));
        };
        left.swap_remove(place);
    }
    Ok(left)
}

/// Broken images are their own errors, all others are converted. The order of the results is not looked at.
pub(super) fn broken_alone(order: &Order, observation: &Observation) -> Option<Fault> {
    let Order::Batches { batches, .. } = order else { return None };
    let inputs: Vec<&String> = batches.iter().flat_map(|batch| &batch.inputs).collect();
    let outcomes = &observation.outcomes;
    if outcomes.len() != inputs.len() {
        return Some(wrong_count(outcomes.len(), inputs.len()));
    }
    let required = "a broken image comes to Err(Image), and every other one to Ok";
    let strange = outcomes.iter().find(|outcome| !matches!(outcome, Outcome::Converted { .. } | Outcome::Image));
    if let Some(strange) = strange {
        return Some(Fault::wrong(format!("a result is {strange}"), required));
    }
    let left = match unconverted(inputs.into_iter(), outcomes) {
        Ok(left) => left,
        Err(fault) => return Some(fault),
    };
    if let Some(image) = left.into_iter().find(|image| is_good(image)) {
        return Some(Fault::wrong(format!("{image}, which is whole, was not converted"), required));
    }
    claims(observation)
}

/// Each worker that goes wrong costs the task that it has, and nobody else's. The order of the results is not looked at.
pub(super) fn costs_one(order: &Order, observation: &Observation) -> Option<Fault> {
    let Order::Batches { pool, batches } = order else { return None };
    let count = batches.iter().map(|batch| batch.inputs.len()).sum();
    let outcomes = &observation.outcomes;
    if outcomes.len() != count {
        return Some(wrong_count(outcomes.len(), count));
    }
    let strange = outcomes.iter().find(|outcome| !matches!(outcome, Outcome::Converted { .. } | Outcome::Worker));
    if let Some(strange) = strange {
        return Some(Fault::wrong(
            format!("a task came to {strange}"),
            "it comes to Ok, or to Err(Worker) if its worker failed",
        ));
    }
    match unconverted(batches.iter().flat_map(|batch| &batch.inputs), outcomes) {
        Ok(left) => wrong_cost(left.len(), pool).or_else(|| claims(observation)),
        Err(fault) => Some(fault),
    }
}

fn wrong_cost(lost: usize, pool: &Pool) -> Option<Fault> {
    let (faults, certain) = (faults(pool), certainly_lost(pool));
    if lost > faults {
        return Some(Fault::wrong(
            format!("{lost} tasks were lost to {faults} failing workers"),
            "a failing worker costs the task that it has, and no other",
        ));
    }
    (lost < certain).then(|| {
        Fault::wrong(
            format!("{certain} workers failed while they had a task, and {lost} tasks came to Err(Worker)"),
            "workers do the tasks, and the task of one that fails comes to Err(Worker) and is not tried again",
        )
    })
}

/// When a worker has failed, as many as before work at the same time.
pub(super) fn recovered(order: &Order, observation: &Observation) -> Option<Fault> {
    let (Order::Recovers(pool), Particular::Recovers { before, after }) = (order, &observation.particular) else {
        return None;
    };
    let workers = pool.workers;
    if *before < workers {
        // That all work at the same time as long as nobody fails is a matter of another check.
        return None;
    }
    if *after < workers {
        return Some(Fault::wrong(
            format!("{workers} images were worked on at the same time, and after a worker had failed {after}"),
            format!("a worker that failed is replaced: {workers} workers work on {workers} images at the same time"),
        ));
    }
    let count = 2 * workers;
    if observation.outcomes.len() != count {
        return Some(wrong_count(observation.outcomes.len(), count));
    }
    wrong_cost(observation.outcomes.iter().filter(|outcome| **outcome == Outcome::Worker).count(), pool)
}

/// As many tasks as workers were under way at the same time, and one that took long kept nobody else from working.
pub(super) fn idles_nobody(order: &Order, observation: &Observation) -> Option<Fault> {
    let (Order::Held { pool, held, outputs, .. }, Particular::Held { opened, done, .. }) =
        (order, &observation.particular)
    else {
        return None;
    };
    if opened < held {
        return Some(Fault::wrong(
            format!("{opened} images were worked on at the same time"),
            format!("{} workers work on {held} images at the same time", pool.workers),
        ));
    }
    (*held < pool.workers && done < outputs).then(|| {
        Fault::wrong(
            format!("{done} of {outputs} images were done while the first took its time"),
            "the other workers go on with all other images",
        )
    })
}

/// Results in the order of the tasks, although the first were done last.
pub(super) fn in_order(order: &Order, observation: &Observation) -> Option<Fault> {
    let Order::Held { held, others, .. } = order else { return None };
    let late = (0..*held).map(|place| (format!("held-{place}.png"), true));
    let others = others.iter().enumerate().map(|(place, input)| (format!("other-{place:02}.png"), is_good(input)));
    let due: Vec<(String, bool)> = late.chain(others).collect();
    if observation.outcomes.len() != due.len() {
        return Some(wrong_count(observation.outcomes.len(), due.len()));
    }
    let mut results = due.iter().zip(&observation.outcomes).enumerate();
    let (place, outcome, due) = results.find_map(|(place, ((due, good), outcome))| match outcome {
        Outcome::Converted { name, .. } if *good && name == due => None,
        Outcome::Converted { .. } => Some((place, outcome, due)),
        // Those that arrive late come through a pipe, which not every reader of images can read.
        _ if *good && place >= *held => Some((place, outcome, due)),
        _ => None,
    })?;
    Some(Fault::wrong(format!("result {place} is {outcome}"), format!("result {place} is that of task {place}, {due}")))
}

/// Many tasks, and many results.
pub(super) fn all_converted(order: &Order, observation: &Observation) -> Option<Fault> {
    let Order::Many { count, .. } = order else { return None };
    if observation.outcomes.len() != *count {
        return Some(wrong_count(observation.outcomes.len(), *count));
    }
    let wrong = observation.outcomes.iter().find(|outcome| !matches!(outcome, Outcome::Converted { .. }))?;
    Some(Fault::wrong(format!("a good image came to {wrong}"), "it comes to Ok"))
}

/// Exactly one callback of each task, and the right one.
pub(super) fn called_once(order: &Order, observation: &Observation) -> Option<Fault> {
    let (Order::Callbacks { pool, inputs, habit }, Particular::Callbacks { calls, again, stuck }) =
        (order, &observation.particular)
    else {
        return None;
    };
    if *stuck > 0 {
        return Some(Fault {
            reason: Reason::Deadlock,
            ..Fault::wrong(
                "a callback that submitted a task did not return",
                "a callback may use the pool: nothing is locked while it runs, and nobody waits for it",
            )
        });
    }
    let mut failing = faults(pool);
    for (input, calls) in inputs.iter().zip(calls) {
        let due = if is_good(input) { (1, 0) } else { (0, 1) };
        if *calls == due {
            continue;
        }
        if *calls == (0, 1) && failing > 0 {
            failing -= 1;
            continue;
        }
        let callback = if is_good(input) { "`on_success`" } else { "`on_error`" };
        return Some(Fault::wrong(
            format!("for {input}, {}", say_calls(*calls)),
            format!("{callback} is called once, and nothing else"),
        ));
    }
    let due = (usize::from(*habit == Habit::Submits), 0);
    let wrong = inputs.iter().zip(again).find(|(input, calls)| is_good(input) && **calls != due);
    wrong.map(|(_, calls)| {
        Fault::wrong(
            format!("for a task that a callback submitted, {}", say_calls(*calls)),
            "a callback may use the pool: `on_success` is called once for its task",
        )
    })
}

/// A task that a dropped pool has given up calls back, as every other one.
pub(super) fn called_by_drop(_: &Order, observation: &Observation) -> Option<Fault> {
    // That a drop ends is a matter of another check.
    let Particular::Dropping { ended: true, calls, .. } = &observation.particular else { return None };
    let wrong = calls.iter().find(|calls| **calls != (0, 1))?;
    Some(Fault::wrong(
        format!("for a task that was not done when the pool was dropped, {}", say_calls(*wrong)),
        "it comes to Err(Closed): `on_error` is called once, and nothing else",
    ))
}

/// A task that comes after `close` calls back once. Whether it is refused is a matter of another check.
pub(super) fn called_when_closed(_: &Order, observation: &Observation) -> Option<Fault> {
    let Particular::Closing { refusals: (successes, errors), .. } = observation.particular else { return None };
    (successes + errors != 1).then(|| {
        Fault::wrong(
            format!("for a task that was submitted after `close`, {}", say_calls((successes, errors))),
            "`on_error` is called once, with ConvertError::Closed",
        )
    })
}

fn say_calls((successes, errors): (usize, usize)) -> String {
    format!("`on_success` was called {successes} times and `on_error` {errors} times")
}

/// Nothing is accepted after `close`; what was accepted is done when `join` returns.
pub(super) fn closes(order: &Order, observation: &Observation) -> Option<Fault> {
    let (Order::Closing { others, .. }, Particular::Closing { refused, early, done, .. }) =
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

/// Work to be timed is done.
pub(super) fn worked(order: &Order, observation: &Observation) -> Option<Fault> {
    let Order::Work { count, .. } = order else { return None };
    let done = observation.outcomes.iter().filter(|outcome| matches!(outcome, Outcome::Converted { .. })).count();
    (done != *count).then(|| Fault::wrong(format!("{done} of {count} images were converted"), "all are"))
}
