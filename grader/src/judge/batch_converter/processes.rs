//! What becomes of the processes of exercise 4: started once, reused, and nobody left behind.

use protocol::batch_converter::{Observation, Order, Particular, Readers};
use protocol::workers::{LeftoverState, Roll};

use crate::judge::Fault;
use crate::verdict::Reason;

/// The very workers that were asked for did everything.
pub(super) fn reused(order: &Order, observation: &Observation) -> Option<Fault> {
    if let Particular::Unstartable { refused: false } = observation.particular {
        return Some(Fault::wrong(
            "`new` returned a pool although no worker could be started",
            "workers are started when the pool is made, and `new` returns the error if one cannot be",
        ));
    }
    let (Order::Batches { pool, .. } | Order::Idle(pool) | Order::Held { pool, .. }) = order else { return None };
    let roll = observation.roll.as_ref()?;
    counted(roll, pool.workers).or_else(|| match (order, &observation.particular) {
        // Whether all work at the same time is a matter of another check.
        (Order::Held { .. }, Particular::Held { opened, readers, .. }) => read_by_workers(*opened, *readers),
        _ => None,
    })
}

fn counted(roll: &Roll, due: usize) -> Option<Fault> {
    let started = roll.workers.len();
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

/// The images that were waited for were in the hands of worker processes, one in each.
fn read_by_workers(held: usize, Readers { workers, parent }: Readers) -> Option<Fault> {
    let required = format!("{held} worker processes read {held} images");
    if parent > 0 {
        return Some(Fault::wrong(format!("the process of the pool read {parent} images itself"), required));
    }
    // Where the kernel does not tell, there is nothing to say.
    (0 < workers && workers < held)
        .then(|| Fault::wrong(format!("{held} images were read by {workers} worker processes"), required))
}

/// The drop ends, and nobody is left.
pub(super) fn drops(order: &Order, observation: &Observation) -> Option<Fault> {
    if let (Order::Dropping { .. }, Particular::Dropping { ended, answered, .. }) = (order, &observation.particular) {
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
    if let Particular::Orphans { workers, survivors: survivors @ 1.. } = observation.particular {
        return Some(Fault {
            reason: Reason::LeftRunning,
            ..Fault::wrong(
                format!("{survivors} of {workers} workers ran on when the process of their pool had been killed"),
                "a worker ends when its input ends",
            )
        });
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
