//! The timing lens: the submission's time as a multiple of the reference's, measured in pairs in a lane of its own.
//!
//! [`look`] gives a [`Timed`]: a verdict with what was measured. A machine that is too busy never costs points: the
//! verdict is then [`Verdict::Provisional`], and says so.

mod pairs;
mod race;

use std::path::Path;
use std::time::Duration;

use serde_json::value::RawValue;

use super::explore::told;
use super::{LensError, Subject, driver_job, early_end, failure};
use crate::catalog::Check;
use crate::clock;
use crate::grading::Progress;
use crate::judge::{Fault, Plan, Round, VirtualWork};
use crate::lane::calibration::Calibration;
use crate::lane::machine::Fingerprint;
use crate::lane::undecided::Undecided;
use crate::lane::{Lane, Work};
use crate::session::Session;
use crate::timing::estimate::{Estimate, quantile_of};
use crate::timing::measured::{Makespan, Measured, Ratio, Thresholds};
use crate::timing::scale::Scale;
use crate::timing::stopping::{Decision, Rule};
use crate::verdict::{Failure, Lens, Reason, Repeats, Verdict, Witness};
use pairs::{Contest, Contestant, Measurement, RunEnd, Series, calibrate, cores, foreign_cores, is_outdated, measure};
use race::{Race, Stop};

/// How often a check that could not be decided is tried again, where somebody has the time.
pub const AGAIN: usize = 3;
/// How long the lane is waited for.
const LANE: Duration = Duration::from_mins(1);
/// So many series of runs of a reference are tried until one is steady.
const SERIES: usize = 3;
/// How long a run of a reference is waited for before it is calibrated.
const UNKNOWN: Duration = Duration::from_secs(2);
/// A run is waited for until it is this many times slower than where the points end: the stopping rule then needs no
/// more than three such runs, also beside a reference that is as slow as a quiet one may be.
const CUT: f64 = 2.0;

/// What a measurement needs besides its subject.
#[derive(Clone, Copy)]
pub struct Means<'a> {
    /// The reference solution's driver.
    pub reference: &'a Path,
    /// The submission's driver.
    pub submission: &'a Path,
    /// The submission's modelled driver, where there is one.
    pub modelled: Option<&'a Path>,
    /// The digest of the submission.
    pub digest: &'a str,
    /// Where calibrations are kept.
    pub calibrations: &'a Path,
    /// Where the pairs of measurements are kept that did not decide.
    pub undecided: &'a Path,
    /// This machine.
    pub machine: &'a Fingerprint,
    /// Who is told what is waited for.
    pub progress: &'a dyn Progress,
}

/// What came of a timing check.
#[derive(Debug)]
pub struct Timed {
    /// The verdict.
    pub verdict: Verdict,
    /// What it rests on; `None` if nothing was measured.
    pub measured: Option<Measured>,
}

/// Times one check.
///
/// # Errors
/// [`LensError`]: the grader's fault.
pub fn look(subject: &Subject<'_>, means: &Means<'_>, check: &Check) -> Result<Timed, LensError> {
    let plan = Plan { check: &check.name, lens: Lens::Timing, seed: subject.seed, effort: subject.effort };
    let rounds = subject.judge.rounds(&plan);
    let on_virtual_clock = subject.judge.virtual_work(&plan);
    let unplanned = || LensError::NoTiming { check: check.name.clone() };
    let thresholds = check.timing.as_ref().ok_or_else(unplanned)?;
    let scale = Scale { full: thresholds.full, none: thresholds.none };
    if rounds.is_empty() && on_virtual_clock.is_none() {
        return Err(unplanned());
    }
    let makespan = match on_virtual_clock.zip(means.modelled) {
        Some((work, driver)) => match makespan(subject, driver, &work)? {
            Ok(makespan) => Some(makespan),
            Err(fault) => return Ok(Timed::failed(*fault)),
        },
        None => None,
    };
    let work = work_of(subject, check, &rounds);
    let session = Timing { subject, means, work, scale, width: thresholds.width / 100.0, makespan };
    if rounds.is_empty() {
        return Ok(session.by_makespan());
    }
    let waiting = || means.progress.waiting("Another grader is timing on this machine. Waiting for it to finish.");
    let Some(lane) = Lane::enter(LANE, waiting)? else {
        return Ok(session.provisional(None, "another grader was timing on this machine for a whole minute"));
    };
    let timed = session.race(&rounds);
    drop(lane);
    timed
}

/// What the reference of a check takes on this machine.
#[derive(Clone, Debug, PartialEq)]
pub enum Reference {
    /// So much.
    Measured(Box<Calibration>),
    /// The machine was too busy to say.
    Busy,
    /// Only the virtual clock times this check.
    Virtual,
}

/// Measures the reference of a check alone, for longer than a verdict does, and keeps that as its calibration: the first
/// of a few series whose spread is at most `steady`, or else the steadiest. What disturbs a whole series is not the work.
///
/// # Errors
/// [`LensError`]: the grader's fault.
pub fn calibrate_reference(
    subject: &Subject<'_>,
    means: &Means<'_>,
    check: &Check,
    steady: f64,
) -> Result<Reference, LensError> {
    let plan = Plan { check: &check.name, lens: Lens::Timing, seed: subject.seed, effort: subject.effort };
    let rounds = subject.judge.rounds(&plan);
    if rounds.is_empty() {
        return Ok(Reference::Virtual);
    }
    let Some(_lane) = Lane::enter(LANE, || ())? else { return Ok(Reference::Busy) };
    // No points are given.
    let scale = Scale { full: 1.0, none: 2.0 };
    let work = work_of(subject, check, &rounds);
    let timing = Timing { subject, means, work, scale, width: 1.0, makespan: None };
    let mut steadiest: Option<Calibration> = None;
    for _ in 0..SERIES {
        let Some(calibration) = timing.calibrate(&rounds, Series::LONG)? else { continue };
        if steadiest.as_ref().is_none_or(|steadiest| calibration.spread() < steadiest.spread()) {
            steadiest = Some(calibration);
        }
        if steadiest.as_ref().is_some_and(|steadiest| steadiest.spread() <= steady) {
            break;
        }
    }
    // The last one is in the store, which need not be this one; as above, a full disk costs no more than time.
    if let Some(steadiest) = &steadiest {
        let _ = steadiest.keep(means.calibrations);
    }
    Ok(steadiest.map_or(Reference::Busy, |steadiest| Reference::Measured(Box::new(steadiest))))
}

/// One timing check under way.
struct Timing<'a> {
    subject: &'a Subject<'a>,
    means: &'a Means<'a>,
    work: Work,
    scale: Scale,
    /// How wide an interval may be, as a share of the points.
    width: f64,
    makespan: Option<Makespan>,
}

impl Timing<'_> {
    /// Runs the pairs. The lane is ours.
    fn race(&self, rounds: &[Round]) -> Result<Timed, LensError> {
        // A warm-up: a submission that crashes or answers wrongly is known before anything is measured, on any machine.
        if let Err(fault) = accept(self.between(rounds, UNKNOWN).run(Contestant::Submission))? {
            return Ok(Timed::failed(*fault));
        }
        let kept = Calibration::read(self.means.calibrations, self.means.machine, &self.work);
        let fresh = kept.is_none();
        let Some(mut calibration) =
            kept.map_or_else(|| self.calibrate(rounds, Series::BRIEF), |kept| Ok(Some(kept)))?
        else {
            return Ok(self.provisional(None, "the machine was too busy to find out what the reference takes here"));
        };
        let mut outcome = self.measure(rounds, &calibration)?;
        if let Ok(measurement) = &outcome
            && !fresh
            && is_outdated(&calibration, measurement, self.width)
            && let Some(renewed) = self.calibrate(rounds, Series::BRIEF)?
        {
            calibration = renewed;
            outcome = self.measure(rounds, &calibration)?;
        }
        Ok(match outcome {
            Ok(measurement) => {
                self.remember(&measurement);
                self.judge(&measurement, &calibration)
            }
            Err(fault) => Timed::failed(*fault),
        })
    }

    /// Measures the reference alone, and keeps what it takes. `None` on a machine that is not quiet.
    fn calibrate(&self, rounds: &[Round], series: Series) -> Result<Option<Calibration>, LensError> {
        self.means
            .progress
            .waiting(&format!("Measuring what the reference takes on this machine ({}).", self.work.check));
        let mut race = self.between(rounds, UNKNOWN);
        // Only the reference runs.
        let seconds = accept(calibrate(&mut race, series))?
            .map_err(|fault| LensError::Reference { observed: fault.observed, required: fault.required })?;
        let calibration = Calibration::of(self.means.machine, &self.work, &seconds);
        if let Some(calibration) = &calibration {
            // A disk that cannot be written costs the time of another calibration, not the grade.
            let _ = calibration.keep(self.means.calibrations);
        }
        Ok(calibration)
    }

    fn measure(
        &self,
        rounds: &[Round],
        calibration: &Calibration,
    ) -> Result<Result<Measurement, Box<Fault>>, LensError> {
        self.means.progress.waiting(&format!("Timing against the reference ({}).", self.work.check));
        let cut = Duration::from_secs_f64(calibration.usual * self.scale.none * CUT);
        let rule = Rule { scale: self.scale, quiet: calibration.quiet(self.width), width: self.width };
        let Means { undecided, machine, digest, .. } = *self.means;
        let earlier = Undecided::read(undecided, machine, &self.work, digest);
        accept(measure(&mut self.between(rounds, cut), rule, earlier))
    }

    /// Keeps the pairs that the next measurement goes on from, until one decides.
    fn remember(&self, Measurement { tally, decision, .. }: &Measurement) {
        let Means { undecided, machine, digest, .. } = *self.means;
        let pairs = tally.lasting();
        if matches!(decision, Decision::Settled(_)) || pairs.is_empty() {
            return Undecided::forget(undecided, &self.work, digest);
        }
        let (machine, work, submission) = (machine.clone(), self.work.clone(), digest.to_owned());
        let kept = Undecided { machine, work, submission, pairs, taken: clock::since_epoch().as_secs() };
        // A disk that cannot be written costs the time of more pairs, not the grade.
        let _ = kept.keep(undecided);
    }

    fn between<'a>(&'a self, rounds: &'a [Round], cut: Duration) -> Race<'a> {
        let Means { reference, submission, .. } = *self.means;
        Race { subject: self.subject, reference, submission, rounds, cut, began: clock::now(), paused: Vec::new() }
    }

    /// The verdict on pairs.
    fn judge(&self, measurement: &Measurement, calibration: &Calibration) -> Timed {
        let Measurement { tally, decision, references, submissions } = measurement;
        let seconds: Vec<f64> = references.iter().map(|run| run.wall.as_secs_f64()).collect();
        let estimate = match decision {
            Decision::Settled(estimate) => Some(*estimate),
            Decision::Undecided(estimate) => *estimate,
            Decision::More => None,
        };
        let runs: Vec<_> = references.iter().chain(submissions).copied().collect();
        let spent: Duration = runs.iter().map(|run| run.whole).sum();
        let mut measured = Measured {
            ratio: estimate.map(Ratio::from),
            pairs: tally.pairs().len(),
            clean: tally.clean().len(),
            reference_ms: Some(rounded(calibration.usual * 1e3)),
            inflation: quantile_of(&seconds, 0.5).map(|median| rounded(median / calibration.usual)),
            cores: cores(submissions).map(rounded),
            reference_cores: cores(references).map(rounded),
            foreign_cores: foreign_cores(&runs).map(rounded),
            cost_ms: u64::try_from(spent.as_millis()).unwrap_or(u64::MAX),
            ..self.nothing()
        };
        measured.meaning = measured.explain();
        if let Decision::Settled(estimate) = decision {
            let cut = submissions.iter().any(|run| run.end == RunEnd::Cut);
            let verdict = self.verdict(self.scale.share(estimate.centre), &measured, cut);
            return Timed { verdict, measured: Some(measured) };
        }
        if let Some(agreed) = tally.agreed() {
            let percent = |ratio| 100.0 * self.scale.share(ratio);
            let why = format!(
                "the machine is too noisy to tell yet: the clean pairs say between {:.0} and {:.0} % of the points, and count \
                 on for an hour",
                percent(agreed.high),
                percent(agreed.low),
            );
            return self.provisional_with(measured, Some(agreed), why);
        }
        let busy = references.iter().filter(|run| !run.began_quietly()).count();
        let why = format!(
            "the machine was too busy to judge: the reference took {:.2} times what it takes when all is quiet, with a \
             clean pair in {} of {} tries, and {busy} of {} waits for a quiet moment were in vain",
            measured.inflation.unwrap_or(1.0),
            measured.clean,
            measured.pairs,
            references.len(),
        );
        self.provisional_with(measured, estimate, why)
    }

    /// The verdict for a share of the points that time alone would give.
    fn verdict(&self, share: f64, measured: &Measured, cut: bool) -> Verdict {
        let share = self.makespan.map_or(share, |makespan| share.min(self.scale.share(makespan.ratio())));
        if share >= 1.0 {
            return Verdict::Passed;
        }
        if share > 0.0 {
            return Verdict::Slower { share };
        }
        let observed = match (&measured.ratio, &measured.makespan) {
            (Some(ratio), _) if ratio.estimate >= self.scale.none => {
                let more = if cut { "more than " } else { "" };
                format!("{more}{:.1} times the reference's time: {}", ratio.estimate, measured.meaning)
            }
            (_, Some(makespan)) => format!(
                "{:.0} ms of waiting on a clock without noise, where {:.0} ms are enough",
                makespan.taken_ms, makespan.optimum_ms
            ),
            _ => measured.meaning.clone(),
        };
        let Scale { full, none } = self.scale;
        let required = format!("at most {full} times for all points, and less than {none} times for any");
        Verdict::Failed(Box::new(too_slow(observed, required)))
    }

    /// The verdict where the virtual clock says it all.
    fn by_makespan(&self) -> Timed {
        let mut measured = self.nothing();
        measured.meaning = measured.explain();
        Timed { verdict: self.verdict(1.0, &measured, false), measured: Some(measured) }
    }

    fn provisional(&self, estimate: Option<Estimate>, why: &str) -> Timed {
        self.provisional_with(self.nothing(), estimate, why.to_owned())
    }

    /// No decision: the points at the favourable end, for now.
    fn provisional_with(&self, measured: Measured, estimate: Option<Estimate>, why: String) -> Timed {
        let share = estimate.map_or(1.0, |estimate| self.scale.share(estimate.low));
        let share = self.makespan.map_or(share, |makespan| share.min(self.scale.share(makespan.ratio())));
        let measured = Measured { meaning: "nothing is decided yet".to_owned(), ..measured };
        Timed { verdict: Verdict::Provisional { share, why }, measured: Some(measured) }
    }

    /// What is known before anything is measured.
    fn nothing(&self) -> Measured {
        Measured {
            ratio: None,
            pairs: 0,
            clean: 0,
            reference_ms: None,
            inflation: None,
            cores: None,
            reference_cores: None,
            foreign_cores: None,
            makespan: self.makespan,
            thresholds: Thresholds { full: self.scale.full, none: self.scale.none },
            machine: self.means.machine.to_string(),
            cost_ms: 0,
            meaning: String::new(),
        }
    }
}

/// What is timed.
fn work_of(subject: &Subject<'_>, check: &Check, rounds: &[Round]) -> Work {
    let mut orders = blake3::Hasher::new();
    for order in rounds.iter().flat_map(|round| round.preparation.iter().chain([&round.order])) {
        orders.update(order.get().as_bytes()).update(b"\n");
    }
    let orders = orders.finalize().to_hex()[..16].to_owned();
    Work { exercise: subject.exercise.number, check: check.name.clone(), orders }
}

/// Parts the submission's faults from the grader's.
fn accept<T>(outcome: Result<T, Stop>) -> Result<Result<T, Box<Fault>>, LensError> {
    match outcome {
        Ok(value) => Ok(Ok(value)),
        Err(Stop::Fault(fault)) => Ok(Err(fault)),
        Err(Stop::Lens(error)) => Err(error),
    }
}

impl Timed {
    fn failed(fault: Fault) -> Self {
        let failure = failure(Lens::Timing, Repeats::Roughly, fault);
        Self { verdict: Verdict::Failed(Box::new(failure)), measured: None }
    }
}

fn too_slow(observed: String, required: String) -> Failure {
    Failure {
        reason: Reason::TooSlow,
        lens: Lens::Timing,
        observed,
        required,
        witness: Witness::Nothing,
        location: None,
        repeats: Repeats::Roughly,
    }
}

/// The work's duration on the virtual clock.
fn makespan(
    subject: &Subject<'_>,
    driver: &Path,
    work: &VirtualWork,
) -> Result<Result<Makespan, Box<Fault>>, LensError> {
    let mut session = Session::start(subject.sandbox, driver_job(subject, driver), subject.exercise.limits.patience())?;
    let found = match session.measure(&work.round.order)? {
        Ok(found) => found,
        Err(over) => return Ok(Err(Box::new(early_end(&over, &subject.exercise.limits)))),
    };
    if let Some(found) = found.failure {
        return Ok(Err(Box::new(told(&work.round, found, None))));
    }
    let observation = String::from_utf8(found.observation).unwrap_or_default();
    let observation = RawValue::from_string(observation).map_err(LensError::Observation)?;
    if let Some(fault) = work.round.judge(&observation).map_err(LensError::Observation)? {
        return Ok(Err(Box::new(fault)));
    }
    if let Err(over) = session.finish()? {
        return Ok(Err(Box::new(early_end(&over, &subject.exercise.limits))));
    }
    let milliseconds = |duration: Duration| rounded(duration.as_secs_f64() * 1e3);
    Ok(Ok(Makespan {
        taken_ms: milliseconds(Duration::from_nanos(found.virtual_ns)),
        optimum_ms: milliseconds(work.optimum),
    }))
}

/// Two digits after the point: more would be noise.
fn rounded(number: f64) -> f64 {
    (number * 100.0).round() / 100.0
}
