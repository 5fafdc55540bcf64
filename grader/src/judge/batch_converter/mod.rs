//! The oracle of exercise 4: a pool of processes that converts images.

mod evidence;
mod listing;
mod rounds;

use protocol::batch_converter::{Batch, Entry, Observation, Order, Outcome, Particular};
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
    Round::new(&order.clone(), Repeats::Roughly, move |observation: Observation| {
        let fault = failed_call(&observation).or_else(|| evidence(&order, &observation))?;
        Some(fault.with_witness(Witness::Lines { lines: say(&order) }))
    })
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
        Order::Missing { pool, count } => (pool, vec![format!("{count} tasks on images that do not exist")]),
        Order::Held { pool, held, others } => {
            (pool, vec![format!("{held} images that do not arrive before {others} others are done")])
        }
        Order::Callbacks { pool, inputs, again } => {
            let again = if *again { "; each success submits one more task from its callback" } else { "" };
            (pool, vec![format!("`submit_with` of {} images{again}", inputs.len())])
        }
        Order::Closing { pool, others } => (
            pool,
            vec![format!("`submit` of an image that arrives late and of {others} others, `close`, `submit`, `join`")],
        ),
        Order::Dropping { pool, held } => (pool, vec![format!("{held} images that never arrive; the pool is dropped")]),
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
fn faults(order: &Order) -> usize {
    let Order::Batches { pool, .. } = order else { return 0 };
    pool.launch.faults.iter().filter(|(_, fault)| !matches!(fault, WorkerFault::Slow(_))).count()
}
