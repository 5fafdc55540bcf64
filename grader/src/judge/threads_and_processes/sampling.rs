//! Which runs were counted, in which order, and whether their samples can be true.

use protocol::threads_and_processes::{Call, Called, Comparison, Mode};

use super::runs::{Run, counted, runs_of};
use super::wording::milliseconds;
use crate::judge::Fault;

/// How far a sample may be off, in nanoseconds: whoever rounds to milliseconds is as right.
const TOLERANCE: u64 = 1_000_000;

/// Warm-ups are run, before everything else, and not counted.
pub(super) fn warm_ups_apart(call: &Call, called: &Called, comparison: &Comparison) -> Option<Fault> {
    let (warm_ups, runs) = (call.spec.warm_ups, call.spec.runs);
    for (mode, measured) in Mode::ALL.into_iter().zip(&comparison.measured) {
        let seen = runs_of(mode, call, called);
        if seen.len() != warm_ups + runs {
            return Some(Fault::wrong(
                format!("there were {} runs of `{mode:?}`", seen.len()),
                format!("{warm_ups} warm-ups and {runs} counted runs of each mode"),
            ));
        }
        let samples = measured.samples.len();
        if samples != runs {
            return Some(Fault::wrong(
                format!("`{mode:?}` has {samples} samples"),
                format!("{runs}, one for each counted run, and none for a warm-up"),
            ));
        }
        // One warm-up was made to take longer. Its time is not that of a run which was over before so much had passed.
        let stalled = call.work.event.and_then(|event| seen.get(usize::try_from(event.run).ok()?));
        let longest = stalled.map_or(u64::MAX, Run::least);
        let counted = measured.samples.iter().zip(&seen[warm_ups..]).zip(1..);
        for ((sample, run), number) in counted {
            let most = run.most(called) + TOLERANCE;
            if *sample >= longest && *sample > most {
                return Some(Fault::wrong(
                    format!(
                        "sample {number} of `{mode:?}` is {}, as long as a warm-up, but the run took at most {}",
                        milliseconds(*sample),
                        milliseconds(most)
                    ),
                    "samples are those of the counted runs",
                ));
            }
        }
    }
    None
}

/// No mode has its next counted run before every other has had as many.
pub(super) fn modes_take_turns(call: &Call, called: &Called, _: &Comparison) -> Option<Fault> {
    let modes: Option<Vec<_>> = Mode::ALL.into_iter().map(|mode| counted(mode, call, called)).collect();
    // Whether they are run at all is the business of another check.
    let modes = modes?;
    for number in 1..call.spec.runs {
        let early = modes.iter().map(|runs| &runs[number]).min_by_key(|run| run.began())?;
        let late = modes.iter().map(|runs| &runs[number - 1]).max_by_key(|run| run.began())?;
        if early.began() < late.began() {
            return Some(Fault::wrong(
                format!(
                    "counted run {} of `{:?}` began before counted run {number} of `{:?}`",
                    number + 1,
                    early.mode,
                    late.mode
                ),
                "the modes take turns: every mode has run as often before one of them runs again",
            ));
        }
    }
    None
}

/// Every sample is at least as long as the units of its run, and no longer than the gap that they stand in.
pub(super) fn samples_are_true(call: &Call, called: &Called, comparison: &Comparison) -> Option<Fault> {
    for (mode, measured) in Mode::ALL.into_iter().zip(&comparison.measured) {
        if measured.samples.len() != call.spec.runs {
            return Some(Fault::wrong(
                format!("`{mode:?}` has {} samples", measured.samples.len()),
                format!("{}, one for each counted run", call.spec.runs),
            ));
        }
        let runs = counted(mode, call, called)?;
        for ((sample, run), number) in measured.samples.iter().zip(runs).zip(1..) {
            let (least, most) = (run.least(), run.most(called));
            if *sample + TOLERANCE < least || *sample > most + TOLERANCE {
                return Some(Fault::wrong(
                    format!("sample {number} of `{mode:?}` is {}", milliseconds(*sample)),
                    format!(
                        "the run took at least {}, by the start of its first unit or process and the end of its last \
                         unit, and at most {}, by the units before and after it",
                        milliseconds(least),
                        milliseconds(most)
                    ),
                ));
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use protocol::threads_and_processes::{Event, Happening, Measured, Unit};

    use super::super::runs::tests::{seen, unit};
    use super::*;

    const MS: u64 = 1_000_000;

    /// A run of one unit, of 10 ms, in each mode of the list, with pauses of 5 ms.
    fn called(modes: &[Mode], runs: usize) -> (Call, Called) {
        let units = (0..).zip(modes).map(|(place, mode)| {
            let began = place * 15 * MS;
            Unit { mode: *mode, ..unit(0, 0, began, began + 10 * MS) }
        });
        let (mut call, mut called) = seen(1, units.collect());
        call.work.units = 1;
        call.spec.runs = runs;
        called.ended = modes.len() as u64 * 15 * MS;
        (call, called)
    }

    fn sampled(samples: &[u64]) -> Comparison {
        let measured = Mode::ALL.map(|mode| {
            let samples = samples.iter().map(|sample| sample * MS).collect();
            Measured { mode, samples, median: 0, spread: 0, speed_up: None }
        });
        Comparison { workers: 1, units: 1, checksum: 0, measured }
    }

    #[test]
    fn a_sample_lies_between_the_units_and_the_gap() {
        let (call, called) = called(&Mode::ALL, 1);
        for (sample, is_true) in [(8, false), (9, true), (10, true), (15, true), (16, true), (22, false)] {
            assert_eq!(samples_are_true(&call, &called, &sampled(&[sample])).is_none(), is_true, "{sample}");
        }
    }

    #[test]
    fn modes_may_take_turns_in_any_order_but_not_run_in_blocks() {
        use Mode::{GlobalLock, Processes, Sequential, Threads};
        let turns = [Sequential, Threads, GlobalLock, Processes, Processes, GlobalLock, Threads, Sequential];
        let (call, seen) = called(&turns, 2);
        assert_eq!(modes_take_turns(&call, &seen, &sampled(&[])), None);
        let blocks = [Sequential, Sequential, Threads, Threads, GlobalLock, GlobalLock, Processes, Processes];
        let (call, seen) = called(&blocks, 2);
        let fault = modes_take_turns(&call, &seen, &sampled(&[])).unwrap();
        assert_eq!(fault.observed, "counted run 2 of `Sequential` began before counted run 1 of `Processes`");
    }

    #[test]
    fn a_warm_up_that_is_counted_is_noticed_by_its_number_or_its_length() {
        let modes = [Mode::ALL, Mode::ALL].concat();
        let (mut call, mut seen) = called(&modes, 1);
        call.spec.warm_ups = 1;
        call.work.event = Some(Event { mode: None, run: 0, unit: 0, happening: Happening::Stalls(40) });
        assert_eq!(warm_ups_apart(&call, &seen, &sampled(&[11])), None);
        assert!(warm_ups_apart(&call, &seen, &sampled(&[11, 11])).is_some());
        // All but the last four become late: the warm-ups took longer.
        for unit in &mut seen.units[4..] {
            unit.began += 100 * MS;
            unit.ended += 100 * MS;
        }
        seen.units[0].ended += 40 * MS;
        assert!(warm_ups_apart(&call, &seen, &sampled(&[50])).is_some());
    }
}
