//! The rounds that need nothing but a pool.

use std::path::PathBuf;

use protocol::batch_converter::{
    Batch, Change, Conversion, Format, Observation, Order, Outcome, Particular, Pool as PoolOrder,
};

use crate::callbacks::callbacks;
use crate::orphans::orphans;
use crate::studio::{Studio, asset};
use crate::{Pool, Subject, scenes};

/// How often a round is run in which more tasks are lost than workers have faults.
const ATTEMPTS: usize = 3;

/// Runs a round.
pub(crate) fn perform(subject: &dyn Subject, order: &Order) -> Observation {
    match order {
        Order::Batches { pool, batches } => until_settled(pool, |pool| run_batches(subject, pool, batches)),
        Order::Many { pool, count } => many(subject, pool, *count),
        Order::Idle(pool) => with_pool(pool, subject, |studio, _| {
            studio.assemble();
            (Vec::new(), Particular::Nothing)
        }),
        Order::Work { pool, input, conversion, count } => with_pool(pool, subject, |studio, pool| {
            let job = |place| studio.job(asset(input), &format!("{place}"), *conversion);
            (pool.map((0..*count).map(job).collect()), Particular::Nothing)
        }),
        Order::Held { pool, held, others, outputs } => scenes::held(subject, pool, *held, (others, *outputs)),
        Order::Recovers(pool) => until_settled(pool, |pool| scenes::recovers(subject, pool)),
        Order::Callbacks { pool, inputs, habit } => callbacks(subject, pool, inputs, *habit),
        Order::Closing { pool, others } => scenes::closing(subject, pool, *others),
        Order::Dropping { pool, held, called } => scenes::dropping(subject, pool, *held, *called),
        Order::Orphans(pool) => orphans(pool),
        Order::Unstartable(pool) => scenes::unstartable(subject, pool),
    }
}

/// Where workers hang on purpose and patience is short, a machine that is busy with something else can make a worker late
/// that does not hang. All get more time then.
fn until_settled(pool: &PoolOrder, run: impl Fn(&PoolOrder) -> Observation) -> Observation {
    let mut pool = pool.clone();
    for _ in 1..ATTEMPTS {
        let observation = run(&pool);
        let lost = observation.outcomes.iter().filter(|outcome| **outcome == Outcome::Worker).count();
        match &mut pool.launch.patience_ms {
            Some(patience) if lost > pool.launch.faults.len() => *patience *= 2,
            _ => return observation,
        }
    }
    run(&pool)
}

fn run_batches(subject: &dyn Subject, pool: &PoolOrder, batches: &[Batch]) -> Observation {
    with_pool(pool, subject, |studio, pool| {
        let convert = |batch: &Batch| {
            let inputs: Vec<PathBuf> = batch.inputs.iter().map(|name| asset(name)).collect();
            pool.convert_batch(&inputs, studio.outputs(), batch.conversion)
        };
        (batches.iter().flat_map(convert).collect(), Particular::Nothing)
    })
}

/// Tasks and results together are longer than a pipe is wide.
fn many(subject: &dyn Subject, pool: &PoolOrder, count: usize) -> Observation {
    with_pool(pool, subject, |studio, pool| {
        let conversion = Conversion { change: Change::Keep, format: Format::Png };
        let long = "a-name-of-some-length-".repeat(9);
        let job = |place| studio.job(asset("pixel.png"), &format!("{long}{place}"), conversion);
        (pool.map((0..count).map(job).collect()), Particular::Nothing)
    })
}

/// Calls `body` with a pool, joins that, and notes what there is to note.
pub(crate) fn with_pool(
    order: &PoolOrder,
    subject: &dyn Subject,
    body: impl FnOnce(&Studio, &dyn Pool) -> (Vec<Outcome>, Particular),
) -> Observation {
    let studio = Studio::open(order);
    let called = driver::quietly(|| match studio.pool(subject) {
        Ok(pool) => {
            let (outcomes, particular) = body(&studio, &*pool);
            match pool.join() {
                Ok(()) => (outcomes, particular),
                Err(error) => (outcomes, Particular::NoPool(format!("`join` failed: {error}"))),
            }
        }
        Err(error) => (Vec::new(), Particular::NoPool(format!("`new` failed: {error}"))),
    });
    let (outcomes, particular) = called.unwrap_or_else(|panic| (Vec::new(), Particular::Panicked(panic)));
    studio.close(outcomes, particular)
}
