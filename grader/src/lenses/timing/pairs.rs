//! One measurement: the reference and the submission in turn, until the stopping rule is content.
//!
//! Who runs them is a [`Contest`], so that the rule is tested without a clock.

use std::time::Duration;

use crate::clock;
use crate::lane::calibration::{self, Calibration};
use crate::lane::machine::Gate;
use crate::timing::stopping::{Decision, Pair, Rule, Tally, Time};

/// The most that a measurement may take.
pub(super) const BUDGET: Duration = Duration::from_secs(6);
/// How many runs of the reference alone are looked at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Series {
    /// So many quiet runs are wanted.
    pub(super) runs: usize,
    /// The most that they may take.
    pub(super) budget: Duration,
}

impl Series {
    /// For a calibration on the way to a verdict.
    pub(super) const BRIEF: Self = Self { runs: calibration::RUNS, budget: Duration::from_secs(4) };
    /// For whoever sets the thresholds.
    pub(super) const LONG: Self = Self { runs: 24, budget: Duration::from_secs(30) };
}
/// More CPU time than this per wall second, used by others, is no quiet machine.
const FOREIGN: f64 = 0.15;
/// What the kernel's books may be off by in one run: a tick on each of a few cores.
const BOOKS: Duration = Duration::from_millis(25);

/// Who runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Contestant {
    /// The course's own solution.
    Reference,
    /// What is timed.
    Submission,
}

/// One run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Run {
    /// How long the work took, or until when it was waited for.
    pub(super) wall: Duration,
    /// Whether it came to its end.
    pub(super) end: RunEnd,
    /// The CPU time of the whole process, where that is known.
    pub(super) cpu: Option<Duration>,
    /// The CPU time of everybody else meanwhile, where that is known.
    pub(super) foreign: Option<Duration>,
    /// From start to end of the process.
    pub(super) whole: Duration,
    /// Whether the machine was quiet when it began.
    pub(super) gate: Gate,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RunEnd {
    /// By itself.
    Done,
    /// It was waited for no longer.
    Cut,
}

/// Runs the contestants, and tells the time.
pub(super) trait Contest {
    /// Why there can be no more runs: the submission's fault, or the grader's.
    type Stop;

    /// Runs one of them.
    fn run(&mut self, contestant: Contestant) -> Result<Run, Self::Stop>;

    /// The time since the beginning.
    fn elapsed(&self) -> Duration;
}

/// What a measurement came to.
#[derive(Debug)]
pub(super) struct Measurement {
    pub(super) tally: Tally,
    pub(super) decision: Decision,
    pub(super) references: Vec<Run>,
    pub(super) submissions: Vec<Run>,
}

/// Measures: a reference before and after each run of the submission. Both have run before; `earlier` are the pairs that
/// did not decide then.
pub(super) fn measure<C: Contest>(contest: &mut C, rule: Rule, earlier: Vec<Pair>) -> Result<Measurement, C::Stop> {
    let began = contest.elapsed();
    let mut references = vec![contest.run(Contestant::Reference)?];
    let mut submissions = Vec::new();
    let mut tally = Tally::new(rule, earlier);
    // Not known yet; about two references, if the submission is like them.
    let mut last_pair = 2 * contest.elapsed().saturating_sub(began);
    loop {
        let spent = contest.elapsed().saturating_sub(began);
        // A pair takes about as long as the last one did.
        let time = if spent + last_pair > BUDGET { Time::Over } else { Time::Left };
        let decision = tally.decide(time);
        if decision != Decision::More {
            return Ok(Measurement { tally, decision, references, submissions });
        }
        let before = references.last().map_or(0.0, |run| run.wall.as_secs_f64());
        let between = contest.run(Contestant::Submission)?;
        let after = contest.run(Contestant::Reference)?;
        let (seconds, last) = (between.wall.as_secs_f64(), after.wall.as_secs_f64());
        tally.add(Pair { before, between: seconds, after: last });
        submissions.push(between);
        references.push(after);
        last_pair = contest.elapsed().saturating_sub(began).saturating_sub(spent);
    }
}

/// Runs the reference alone until there are enough quiet runs; returns their seconds, or as many as there were.
pub(super) fn calibrate<C: Contest>(contest: &mut C, series: Series) -> Result<Vec<f64>, C::Stop> {
    let began = contest.elapsed();
    contest.run(Contestant::Reference)?;
    let mut seconds = Vec::new();
    while seconds.len() < series.runs && contest.elapsed().saturating_sub(began) < series.budget {
        let run = contest.run(Contestant::Reference)?;
        if run.is_quiet() {
            seconds.push(run.wall.as_secs_f64());
        }
    }
    Ok(seconds)
}

/// Whether the reference's quiet runs of a measurement contradict its calibration.
pub(super) fn is_outdated(calibration: &Calibration, measurement: &Measurement, width: f64) -> bool {
    let quiet = measurement.references.iter().filter(|run| run.is_quiet());
    let seconds: Vec<f64> = quiet.map(|run| run.wall.as_secs_f64()).collect();
    calibration.is_contradicted_by(&seconds, width, clock::since_epoch())
}

impl Run {
    /// Whether nobody else was seen.
    fn is_quiet(&self) -> bool {
        let alone = self.foreign.is_none_or(|foreign| foreign <= self.whole.mul_f64(FOREIGN) + BOOKS);
        self.gate == Gate::Quiet && self.end == RunEnd::Done && alone
    }
}

/// CPU seconds per wall second of these runs; `None` where that is not known.
pub(super) fn cores(runs: &[Run]) -> Option<f64> {
    let cpu: Duration = runs.iter().map(|run| run.cpu).sum::<Option<_>>()?;
    let wall: Duration = runs.iter().map(|run| run.wall).sum();
    (!wall.is_zero()).then(|| cpu.as_secs_f64() / wall.as_secs_f64())
}

/// CPU seconds per wall second of everybody else during these runs; `None` where that is not known.
pub(super) fn foreign_cores(runs: &[Run]) -> Option<f64> {
    let foreign: Duration = runs.iter().map(|run| run.foreign).sum::<Option<_>>()?;
    let wall: Duration = runs.iter().map(|run| run.whole).sum();
    (!wall.is_zero()).then(|| foreign.as_secs_f64() / wall.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timing::scale::Scale;
    use crate::timing::stopping::{ENOUGH, MOST, Quiet};

    const RULE: Rule = Rule {
        scale: Scale { full: 1.25, none: 4.0 },
        quiet: Quiet { one: (0.07, 0.13), median: (0.088, 0.112) },
        width: 0.04,
    };

    /// Contestants that take what they are told to, on a clock of their own.
    struct Told<F> {
        clock: Duration,
        runs: usize,
        take: F,
    }

    impl<F: FnMut(Contestant, usize) -> Result<(u64, Gate), &'static str>> Contest for Told<F> {
        type Stop = &'static str;

        fn run(&mut self, contestant: Contestant) -> Result<Run, Self::Stop> {
            let (milliseconds, gate) = (self.take)(contestant, self.runs)?;
            let wall = Duration::from_millis(milliseconds);
            self.clock += wall;
            self.runs += 1;
            Ok(Run { wall, end: RunEnd::Done, cpu: Some(wall), foreign: None, whole: wall, gate })
        }

        fn elapsed(&self) -> Duration {
            self.clock
        }
    }

    fn told<F: FnMut(Contestant, usize) -> Result<(u64, Gate), &'static str>>(take: F) -> Told<F> {
        Told { clock: Duration::ZERO, runs: 0, take }
    }

    /// The reference takes 100 ms; the submission as many as given.
    fn against(submission: u64) -> impl FnMut(Contestant, usize) -> Result<(u64, Gate), &'static str> {
        move |contestant, _| Ok((if contestant == Contestant::Reference { 100 } else { submission }, Gate::Quiet))
    }

    #[test]
    fn runs_alternate_and_each_submission_stands_between_two_references() {
        let mut order = String::new();
        let mut contest = told(|contestant, run| {
            order.push(if contestant == Contestant::Reference { 'A' } else { 'B' });
            against(150)(contestant, run)
        });
        let measurement = measure(&mut contest, RULE, Vec::new()).unwrap();
        assert_eq!(order, "ABABABABABABABABA", "eight pairs");
        assert!(matches!(measurement.decision, Decision::Settled(estimate) if (estimate.centre - 1.5).abs() < 1e-9));
        assert_eq!((measurement.references.len(), measurement.submissions.len()), (ENOUGH + 1, ENOUGH));
    }

    #[test]
    fn the_pairs_of_an_earlier_measurement_need_not_be_run_again() {
        let earlier = vec![Pair { before: 0.1, between: 0.15, after: 0.1 }; ENOUGH - 1];
        let mut contest = told(against(150));
        let measurement = measure(&mut contest, RULE, earlier).unwrap();
        assert_eq!((contest.runs, measurement.tally.pairs().len()), (3, ENOUGH));
        assert!(matches!(measurement.decision, Decision::Settled(_)));
    }

    #[test]
    fn an_ordinary_verdict_costs_two_seconds() {
        let mut contest = told(against(105));
        measure(&mut contest, RULE, Vec::new()).unwrap();
        assert!(contest.elapsed() <= Duration::from_secs(2), "{:?}", contest.elapsed());
    }

    #[test]
    fn no_measurement_takes_longer_than_six_seconds() {
        for submission in [1, 50, 150, 300, 450, 700, 1_000, 1_400] {
            for reference in [60, 100, 150, 200, 500] {
                let mut noise = fastrand::Rng::with_seed(7);
                let mut contest = told(|contestant, _| {
                    let base = if contestant == Contestant::Reference { reference } else { submission };
                    Ok((base + noise.u64(0..=base / 4), Gate::Busy))
                });
                measure(&mut contest, RULE, Vec::new()).unwrap();
                assert!(
                    contest.elapsed() <= BUDGET + Duration::from_millis(500),
                    "{submission} {reference}: {:?}",
                    contest.elapsed()
                );
                assert!(contest.runs <= 2 * MOST + 2);
            }
        }
    }

    #[test]
    fn a_machine_that_is_never_quiet_ends_undecided() {
        let busy = |contestant, _| Ok((if contestant == Contestant::Reference { 190 } else { 195 }, Gate::Busy));
        let measurement = measure(&mut told(busy), RULE, Vec::new()).unwrap();
        assert!(matches!(measurement.decision, Decision::Undecided(Some(_))));
        assert_eq!(measurement.tally.clean(), []);
        assert!(calibrate(&mut told(busy), Series::BRIEF).unwrap().is_empty(), "nor can it be calibrated");
    }

    #[test]
    fn a_crash_ends_the_measurement_at_once() {
        let mut contest = told(|contestant, run| if run == 5 { Err("crashed") } else { against(100)(contestant, run) });
        assert_eq!(measure(&mut contest, RULE, Vec::new()).unwrap_err(), "crashed");
    }

    #[test]
    fn a_calibration_takes_seven_quiet_runs() {
        let mut contest = told(|_, run| Ok((100, if run % 3 == 1 { Gate::Busy } else { Gate::Quiet })));
        assert_eq!(calibrate(&mut contest, Series::BRIEF).unwrap(), [0.1; calibration::RUNS]);
    }

    #[test]
    fn the_processor_is_shared_out_between_ours_and_others() {
        let second = Duration::from_secs(1);
        let run = Run {
            wall: second,
            end: RunEnd::Done,
            cpu: Some(2 * second),
            foreign: Some(second),
            whole: 2 * second,
            gate: Gate::Quiet,
        };
        assert_eq!((cores(&[run; 3]), foreign_cores(&[run; 3])), (Some(2.0), Some(0.5)));
        assert_eq!((cores(&[]), foreign_cores(&[Run { foreign: None, ..run }])), (None, None));
        assert!(!run.is_quiet());
    }
}
