//! Who did the work, and when: what each mode has to look like from outside.

use protocol::threads_and_processes::{Call, Called, Comparison, Mode, Unit};

use super::checksum;
use super::runs::{Run, runs_of};
use crate::judge::Fault;
use crate::verdict::Reason;

/// The checksum, and what is repeated of the call, are right.
pub(super) fn right_checksum(call: &Call, comparison: &Comparison) -> Option<Fault> {
    let due = checksum(&call.work);
    if comparison.checksum != due {
        return Some(Fault::wrong(
            format!("the comparison has the checksum {:016x}", comparison.checksum),
            format!("the checksums of all units come to {due:016x}"),
        ));
    }
    let repeated = (comparison.workers, comparison.units);
    let due = (call.spec.workers, call.work.units);
    (repeated != due).then(|| {
        let say = |(workers, units)| format!("`workers: {workers}, units: {units}`");
        Fault::wrong(format!("the comparison has {}", say(repeated)), format!("it has {}", say(due)))
    })
}

/// Every mode has done each unit once a run.
pub(super) fn same_work(call: &Call, called: &Called, comparison: &Comparison) -> Option<Fault> {
    for mode in Mode::ALL {
        let times = |due: u64| called.units.iter().filter(|unit| (unit.mode, unit.unit) == (mode, due)).count();
        let required = || format!("every mode does each of the {} units once a run", call.work.units);
        let foreign = called.units.iter().find(|unit| unit.mode == mode && unit.unit >= call.work.units);
        if let Some(Unit { unit, .. }) = foreign {
            return Some(Fault::wrong(format!("in `{mode:?}` unit {unit} was done, which there is not"), required()));
        }
        let most = (0..call.work.units).map(times).max().unwrap_or(0);
        if let Some(unit) = (0..call.work.units).find(|unit| times(*unit) != most.max(1)) {
            let observed = match (times(unit), most) {
                (0, _) => format!("in `{mode:?}` unit {unit} was never done"),
                (less, more) => {
                    format!("in `{mode:?}` unit {unit} was done {less} times, and another unit {more} times")
                }
            };
            return Some(Fault::wrong(observed, required()));
        }
    }
    right_checksum(call, comparison)
}

/// One thread of the calling process does a run of `Sequential`.
pub(super) fn one_thread(call: &Call, called: &Called, _: &Comparison) -> Option<Fault> {
    let required = "one thread of the calling process does every unit of a run of `Sequential`";
    at_home(Mode::Sequential, called, required).or_else(|| {
        let runs = runs_of(Mode::Sequential, call, called);
        let threads = runs.iter().map(Run::threads).find(|threads| *threads != 1)?;
        Some(Fault::wrong(format!("{threads} threads did the units of a run"), required))
    })
}

/// The threads of `Threads` are as many as were asked for, in the calling process, and all work at once.
pub(super) fn threads_at_once(call: &Call, called: &Called, _: &Comparison) -> Option<Fault> {
    let required = format!("{} threads of the calling process work at the same time", call.spec.workers);
    at_home(Mode::Threads, called, &required).or_else(|| {
        let runs = runs_of(Mode::Threads, call, called);
        let Some(run) = runs.first() else { return Some(Fault::wrong("no unit was done in `Threads`", required)) };
        let (threads, most) = (run.threads(), run.most_at_once());
        if threads == call.spec.workers && called.met == Some(true) {
            return None;
        }
        let observed = format!("{threads} threads did the units of a run, at most {most} of them at the same time");
        Some(Fault::wrong(observed, required))
    })
}

/// The workers of `Processes` are other processes, as many as were asked for, and all work at once.
pub(super) fn processes_at_once(call: &Call, called: &Called, _: &Comparison) -> Option<Fault> {
    let required = format!("{} worker processes work at the same time", call.spec.workers);
    let runs = runs_of(Mode::Processes, call, called);
    let Some(run) = runs.first() else { return Some(Fault::wrong("no unit was done in `Processes`", required)) };
    if let Some(Unit { unit, .. }) = run.units.iter().find(|unit| unit.pid == called.caller) {
        return Some(Fault::wrong(format!("the calling process did unit {unit} itself"), required));
    }
    let roll = called.roll.as_ref()?;
    if roll.strangers > 0 {
        return Some(Fault {
            reason: Reason::Tampered,
            ..Fault::wrong("something else than a worker spoke in a worker's name", "only workers speak for workers")
        });
    }
    let (started, working, most) = (roll.workers.len(), run.processes(), run.most_at_once());
    if started > call.spec.workers {
        return Some(Fault::wrong(format!("{started} worker processes were started"), required));
    }
    if working == call.spec.workers && roll.met && called.met == Some(true) {
        return None;
    }
    let alive = roll.most_at_once;
    Some(Fault::wrong(
        format!(
            "{working} processes did the units of a run; at most {alive} were alive at the same time, and at most {most} \
             at work"
        ),
        required,
    ))
}

/// The threads of `GlobalLock` have one lock, and hand it over when their turn is over.
pub(super) fn lock_goes_round(call: &Call, called: &Called, _: &Comparison) -> Option<Fault> {
    let (workers, turn) = (call.spec.workers, call.spec.turn);
    let required = format!("{workers} threads of the calling process share the units of a run");
    if let Some(fault) = at_home(Mode::GlobalLock, called, &required) {
        return Some(fault);
    }
    let runs = runs_of(Mode::GlobalLock, call, called);
    if runs.is_empty() {
        return Some(Fault::wrong("no unit was done in `GlobalLock`", required));
    }
    runs.iter().find_map(|run| {
        if let Some(pair) = run.units.windows(2).find(|pair| pair[1].began < pair[0].ended) {
            let observed = format!("units {} and {} were under way at the same time", pair[0].unit, pair[1].unit);
            return Some(Fault::wrong(observed, "whoever does a unit has the lock, and there is one"));
        }
        let threads = run.threads();
        if threads != workers {
            return Some(Fault::wrong(format!("{threads} threads did them"), required.clone()));
        }
        let stretch = longest_stretch(&run.units);
        (stretch > turn).then(|| {
            Fault::wrong(
                format!("a thread did {stretch} units in a row while another still had units to do"),
                format!("a thread hands over the lock after {turn}, and others have it before it has it again"),
            )
        })
    })
}

/// The most units that one thread did in a row before another came again.
fn longest_stretch(units: &[&Unit]) -> u64 {
    let stretches = units.chunk_by(|one, next| one.thread == next.thread).map(|stretch| stretch.len() as u64);
    let stretches: Vec<u64> = stretches.collect();
    // Whoever is the last has nobody to hand over to.
    let before_the_last = stretches.len().saturating_sub(1);
    stretches[..before_the_last].iter().copied().max().unwrap_or(0)
}

/// Everything in this mode was done in the calling process.
fn at_home(mode: Mode, called: &Called, required: &str) -> Option<Fault> {
    let away = called.units.iter().find(|unit| unit.mode == mode && unit.pid != called.caller)?;
    Some(Fault::wrong(format!("unit {} was done in another process", away.unit), required))
}

#[cfg(test)]
mod tests {
    use protocol::threads_and_processes::{Measured, Work};

    use super::super::runs::tests::{seen, unit};
    use super::*;

    fn nothing(work: &Work) -> Comparison {
        let measured =
            Mode::ALL.map(|mode| Measured { mode, samples: Vec::new(), median: 0, spread: 0, speed_up: None });
        Comparison { workers: 2, units: work.units, checksum: 0, measured }
    }

    /// One unit after the other, by these threads.
    fn locked(threads: &[u64]) -> Option<Fault> {
        let units = (0..).zip(threads).map(|(place, thread)| unit(place, *thread, place * 10, place * 10 + 10));
        let (call, called) = seen(2, units.collect());
        lock_goes_round(&call, &called, &nothing(&call.work))
    }

    #[test]
    fn the_lock_is_handed_over_after_a_turn_unless_nobody_else_is_left() {
        assert_eq!(locked(&[0, 0, 1, 1, 0, 0, 1]), None);
        assert_eq!(locked(&[0, 1, 0, 1, 1, 1, 1]), None);
        let fault = locked(&[0, 0, 0, 1, 1, 0, 1]).unwrap();
        assert_eq!(fault.observed, "a thread did 3 units in a row while another still had units to do");
        assert_eq!(locked(&[0, 0, 0]).unwrap().observed, "1 threads did them");
    }

    #[test]
    fn two_units_at_a_time_are_one_too_many_under_a_lock() {
        let (call, called) = seen(2, vec![unit(0, 0, 0, 10), unit(1, 1, 9, 20)]);
        let fault = lock_goes_round(&call, &called, &nothing(&call.work)).unwrap();
        assert_eq!(fault.observed, "units 0 and 1 were under way at the same time");
    }
}
