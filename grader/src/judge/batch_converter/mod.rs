//! The oracle of exercise 4: a pool of processes that converts images.

mod evidence;
mod files;
mod listing;
mod processes;
mod rounds;

use protocol::batch_converter::{Batch, Entry, Habit, Observation, Order, Outcome, Particular, Pool};
use protocol::workers::Fault as WorkerFault;

use crate::judge::snapshot::Snapshot;
use crate::judge::{Fault, Judge, Plan, Round};
use crate::verdict::{Repeats, Witness};

/// The oracle of exercise 4.
pub(super) struct ConverterJudge;

impl Judge for ConverterJudge {
    fn rounds(&self, plan: &Plan<'_>) -> Vec<Round> {
        rounds::of(plan)
    }

    fn snapshots(&self) -> Vec<Snapshot> {
        vec![listing::snapshot()]
    }
}

/// Looks at an observation.
type Evidence = fn(&Order, &Observation) -> Option<Fault>;

/// A round that is judged by `evidence`, after what no call may do: panic, or refuse to make a pool.
fn round(order: Order, evidence: Evidence) -> Round {
    let scene = Witness::Lines { lines: say(&order) };
    Round::new(&order.clone(), Repeats::Roughly, move |observation: Observation| {
        let fault = failed_call(&observation).or_else(|| evidence(&order, &observation))?;
        let mut lines = say(&order);
        if let Witness::Lines { lines: shown } = &fault.witness {
            lines.extend(shown.iter().cloned());
        }
        Some(fault.with_witness(Witness::Lines { lines }))
    })
    .shown_as(scene)
}

fn failed_call(observation: &Observation) -> Option<Fault> {
    match &observation.particular {
        Particular::Panicked(panic) => Some(Fault::panicked("a call", panic)),
        Particular::NoPool(why) => Some(Fault::wrong(why, "`new` and `join` return `Ok`")),
        _ => None,
    }
}

/// The order in words.
fn say(order: &Order) -> Vec<String> {
    let (pool, what) = match order {
        Order::Batches { pool, batches } => {
            let mut lines: Vec<String> = batches.iter().map(say_batch).collect();
            lines.truncate(4);
            (pool, lines)
        }
        Order::Many { pool, count } => {
            (pool, vec![format!("`map` of {count} tasks on a tiny image, with long names for the outputs")])
        }
        Order::Held { pool, held, others, .. } => {
            (pool, vec![format!("`map` of {held} images that do not arrive before {} others are done", others.len())])
        }
        Order::Recovers(pool) => {
            let images = pool.workers;
            (pool, vec![format!("`map` of {images} images that do not arrive before all are waited for, twice")])
        }
        Order::Callbacks { pool, inputs, habit } => (pool, vec![say_callbacks(inputs.len(), *habit)]),
        Order::Orphans(pool) => (
            pool,
            vec!["an image that does not arrive; the process of the pool is killed; the image arrives".to_owned()],
        ),
        Order::Unstartable(pool) => (pool, vec!["a launcher of whose workers some cannot be started".to_owned()]),
        Order::Closing { pool, others } => (
            pool,
            vec![format!(
                "`submit` of an image that arrives late and of {others} others, `close`, `submit`, `submit_with`, `join`"
            )],
        ),
        Order::Dropping { pool, held, called } => {
            let with = if *called > 0 { " with callbacks" } else { "" };
            (pool, vec![format!("{} images that never arrive{with}; the pool is dropped", held + called)])
        }
        Order::Idle(pool) => (pool, vec!["nothing to do".to_owned()]),
        Order::Work { pool, input, conversion, count } => (pool, vec![format!("{count} times {input}, {conversion}")]),
    };
    let mut lines = what;
    lines.push(format!("workers: {}", pool.workers));
    lines.extend(
        pool.launch
            .faults
            .iter()
            .take(3)
            .map(|(worker, fault)| format!("worker {worker} {}", crate::judge::worker_faults::say(*fault))),
    );
    lines.extend(pool.launch.patience_ms.map(|patience| format!("`launcher.patience()` is {patience} ms")));
    lines
}

fn say_callbacks(inputs: usize, habit: Habit) -> String {
    let habit = match habit {
        Habit::Returns => "",
        Habit::Submits => "; each success submits one more task from its callback",
        Habit::Panics => "; the first callback panics",
    };
    format!("`submit_with` of {inputs} images{habit}")
}

fn say_batch(batch: &Batch) -> String {
    let mut inputs = batch.inputs.clone();
    let more = inputs.len().saturating_sub(8);
    inputs.truncate(8);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{more}: {}", inputs.join(", "), batch.conversion)
}

/// The outcomes that a batch has to have, one by one.
fn due(batch: &Batch) -> Vec<Outcome> {
    let of_input = |input: &String| {
        listing::picture(input, batch.conversion).map_or(Outcome::Image, |picture| Outcome::Converted {
            name: output_name(input, batch),
            width: picture.width,
            height: picture.height,
        })
    };
    batch.inputs.iter().map(of_input).collect()
}

/// The name of an output.
fn output_name(input: &str, batch: &Batch) -> String {
    let stem = input.rsplit_once('.').map_or(input, |(stem, _)| stem);
    format!("{stem}.{}", batch.conversion.format.extension())
}

/// The files that the batches may leave, by the last of them that writes each.
fn allowed_files(batches: &[Batch]) -> Vec<Entry> {
    let mut files: Vec<Entry> = Vec::new();
    for batch in batches {
        for input in &batch.inputs {
            let Some(picture) = listing::picture(input, batch.conversion) else { continue };
            let name = output_name(input, batch);
            files.retain(|file| file.name != name);
            files.push(Entry { name, picture: Some(picture) });
        }
    }
    files.sort_by(|a, b| a.name.cmp(&b.name));
    files
}

/// How many workers go wrong.
fn faults(pool: &Pool) -> usize {
    pool.launch.faults.iter().filter(|(_, fault)| !matches!(fault, WorkerFault::Slow(_))).count()
}

/// How many tasks are lost for certain: with one worker at a time, the first gets the first task, and with these faults
/// it goes wrong when it has it.
fn certainly_lost(pool: &Pool) -> usize {
    use WorkerFault::{DiesAfterReading, DiesAfterWriting, HangsAfterWriting, Nonsense};
    if pool.workers > 1 {
        return 0;
    }
    let has_a_task =
        |fault| matches!(fault, DiesAfterReading(1) | DiesAfterWriting(0) | HangsAfterWriting(0) | Nonsense);
    let faults = pool.launch.faults.iter().enumerate();
    faults.take_while(|(place, (worker, fault))| place == worker && has_a_task(*fault)).count()
}
