//! From the units of work that were seen to the runs that they make.

use std::collections::BTreeSet;

use protocol::threads_and_processes::{Call, Called, Mode, Unit};

/// One run of a mode: as many units as the workload has, in the order of their beginnings.
#[derive(Clone, Debug)]
pub(super) struct Run<'a> {
    pub(super) mode: Mode,
    pub(super) units: Vec<&'a Unit>,
}

/// The runs of a mode, in order; the last can be incomplete.
pub(super) fn runs_of<'a>(mode: Mode, call: &Call, called: &'a Called) -> Vec<Run<'a>> {
    let units: Vec<&Unit> = called.units.iter().filter(|unit| unit.mode == mode).collect();
    let length = usize::try_from(call.work.units).unwrap_or(usize::MAX).max(1);
    units.chunks(length).map(|units| Run { mode, units: units.to_vec() }).collect()
}

/// The counted runs of a mode: the last ones, as many as are asked for. `None` if there are fewer.
pub(super) fn counted<'a>(mode: Mode, call: &Call, called: &'a Called) -> Option<Vec<Run<'a>>> {
    let mut runs = runs_of(mode, call, called);
    let warm_ups = runs.len().checked_sub(call.spec.runs)?;
    Some(runs.split_off(warm_ups))
}

impl Run<'_> {
    /// When its first unit began, in nanoseconds.
    pub(super) fn began(&self) -> u64 {
        self.units.first().map_or(0, |unit| unit.began)
    }

    /// When its last unit had ended, in nanoseconds.
    pub(super) fn ended(&self) -> u64 {
        self.units.iter().map(|unit| unit.ended).max().unwrap_or(0)
    }

    /// The least time that it can have taken, in nanoseconds: from the start of its first process or unit to the end of its
    /// last unit.
    pub(super) fn least(&self) -> u64 {
        let began = self.units.iter().map(|unit| unit.since.unwrap_or(unit.began)).min().unwrap_or(0);
        self.ended().saturating_sub(began)
    }

    /// The most time that it can have taken, in nanoseconds: from the end of the last unit before it to the start of the
    /// first one after it, or to the ends of the call.
    pub(super) fn most(&self, called: &Called) -> u64 {
        let (began, ended) = (self.began(), self.ended());
        let before = called.units.iter().filter(|unit| unit.began < began).map(|unit| unit.ended).max();
        let after = called.units.iter().filter(|unit| unit.began > ended).map(|unit| unit.began).min();
        after.unwrap_or(called.ended).saturating_sub(before.unwrap_or(called.began))
    }

    /// How many threads did its units.
    pub(super) fn threads(&self) -> usize {
        self.units.iter().map(|unit| (unit.pid, unit.thread)).collect::<BTreeSet<_>>().len()
    }

    /// How many processes did its units.
    pub(super) fn processes(&self) -> usize {
        self.units.iter().map(|unit| unit.pid).collect::<BTreeSet<_>>().len()
    }

    /// The most units that were under way at one time.
    pub(super) fn most_at_once(&self) -> usize {
        let under_way =
            |at: u64| self.units.iter().filter(|unit| unit.began <= at && at < unit.ended.max(unit.began + 1)).count();
        self.units.iter().map(|unit| under_way(unit.began)).max().unwrap_or(0)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use protocol::threads_and_processes::{Outcome, Spec, Work};
    use protocol::workers::Launch;

    use super::*;

    /// A unit under `GlobalLock`, in a thread of process 1.
    pub(crate) fn unit(unit: u64, thread: u64, began: u64, ended: u64) -> Unit {
        Unit { mode: Mode::GlobalLock, unit, pid: 1, thread, began, ended, since: None }
    }

    /// A call with one run, and what was seen of it from 0 to 1000.
    pub(crate) fn seen(workers: usize, units: Vec<Unit>) -> (Call, Called) {
        let work = Work {
            units: units.len() as u64,
            seed: 0,
            steps: 0,
            pause_us: 0,
            start_ms: 0,
            noted: true,
            meeting: None,
            event: None,
        };
        let spec = Spec { workers, warm_ups: 0, runs: 1, turn: 2 };
        let called = Called {
            outcome: Outcome::NoRuns,
            caller: 1,
            began: 0,
            ended: 1000,
            units,
            met: None,
            roll: None,
            leftovers: Vec::new(),
            threads_left: 0,
        };
        (Call { spec, work, launch: Launch::default() }, called)
    }

    #[test]
    fn a_run_takes_at_least_its_units_and_at_most_the_gap_that_they_stand_in() {
        let worker = Unit { mode: Mode::Processes, since: Some(250), ..unit(0, 1, 300, 400) };
        let units = vec![unit(0, 0, 100, 200), worker, unit(1, 0, 700, 800)];
        let (mut call, called) = seen(1, units);
        call.work.units = 1;
        let run = &runs_of(Mode::Processes, &call, &called)[0];
        assert_eq!((run.least(), run.most(&called)), (150, 500));
        let runs = runs_of(Mode::GlobalLock, &call, &called);
        assert_eq!(runs.iter().map(Run::least).collect::<Vec<_>>(), [100, 100]);
        assert_eq!(runs.iter().map(|run| run.most(&called)).collect::<Vec<_>>(), [300, 600]);
    }

    #[test]
    fn units_are_at_once_if_one_begins_before_another_has_ended() {
        let (call, called) = seen(2, vec![unit(0, 0, 0, 10), unit(1, 1, 5, 15), unit(2, 0, 15, 20)]);
        let run = &runs_of(Mode::GlobalLock, &call, &called)[0];
        assert_eq!((run.most_at_once(), run.threads(), run.processes()), (2, 2, 1));
    }
}
