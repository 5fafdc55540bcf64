//! Whether the thresholds of an exercise hold on this machine: measured with the reference and with the variants of it
//! that are slow on purpose.

use std::path::Path;

use crate::catalog::{Check, Exercise, Thresholds};
use crate::compile::Compilation;
use crate::grading::{Candidate, Grader, Options, Origin, Progress};
use crate::lane::calibration::Calibration;
use crate::lenses::timing::{AGAIN, Reference, Timed};
use crate::verdict::Verdict;
use crate::verify::{self, Case, VerifyError};

/// How far a measured ratio has to be from a threshold, as a factor.
pub const MARGIN: f64 = 1.1;
/// The most that the middle half of the reference's runs may vary on a quiet machine.
pub const SPREAD: f64 = 0.1;
/// What a run of a reference should take, in milliseconds: less is mostly start, more makes a verdict slow.
pub const LENGTH_MS: (f64, f64) = (100.0, 200.0);

/// What was measured of one timing check.
#[derive(Debug)]
pub struct Calibrated {
    /// The check's name.
    pub check: String,
    /// The reference alone; `None` if it was not timed with a clock.
    pub reference: Option<Calibration>,
    /// Each variant, the reference itself first.
    pub variants: Vec<Variant>,
    /// Why the thresholds do not hold; none if they do.
    pub complaints: Vec<String>,
    /// Whether the machine was too busy to say.
    pub undecided: bool,
}

/// A submission with a known place on the scale.
#[derive(Clone, Debug, PartialEq)]
pub struct Variant {
    /// Its fixture, or `solution`.
    pub name: String,
    /// The ratio; `None` if it could not be measured.
    pub ratio: Option<f64>,
    /// The percentage of the points; `None` if nothing was decided.
    pub percent: Option<f64>,
    /// Between which percentages it has to be.
    pub band: [f64; 2],
    /// How far its ratio has to be from a threshold, as a factor: one on the virtual clock repeats exactly.
    pub margin: f64,
}

/// Measures every timing check of an exercise.
///
/// # Errors
/// [`VerifyError`] if a variant cannot be had or timed.
pub fn calibrate(
    grader: &Grader,
    exercise: &Exercise,
    options: &Options,
    progress: &dyn Progress,
    on_check: impl Fn(&Calibrated),
) -> Result<Vec<Calibrated>, VerifyError> {
    let cases = verify::cases(grader.course().root(), exercise)?;
    let mut all = Vec::new();
    for (check, thresholds) in exercise.checks.iter().filter_map(|check| Some((check, check.timing.as_ref()?))) {
        let subject = grader.subject(exercise, options)?;
        let reference = grader.calibrate(&subject, check, progress)?;
        let busy = reference == Reference::Busy;
        let mut variants = Vec::new();
        for case in cases.iter().filter(|_| !busy) {
            let Some(band) = case.expected.timing.get(&check.name) else { continue };
            let timed = time(grader, exercise, case, check, (options, progress))?;
            variants.push(variant(&case.name, *band, timed.as_ref()));
        }
        let undecided = busy || variants.iter().any(|variant| variant.percent.is_none());
        let reference = match reference {
            Reference::Measured(calibration) => Some(*calibration),
            Reference::Busy | Reference::Virtual => None,
        };
        let declared: Vec<_> = cases.iter().filter_map(|case| case.expected.timing.get(&check.name)).collect();
        let complaints = complaints(thresholds, reference.as_ref(), (&declared, &variants));
        let calibrated = Calibrated { check: check.name.clone(), reference, variants, complaints, undecided };
        on_check(&calibrated);
        all.push(calibrated);
    }
    Ok(all)
}

fn time(
    grader: &Grader,
    exercise: &Exercise,
    case: &Case,
    check: &Check,
    (options, progress): (&Options, &dyn Progress),
) -> Result<Option<Timed>, VerifyError> {
    let candidate = Candidate::read(&case.name, Path::new(&case.folder), exercise, Origin::Path)?;
    let compiled = grader.compile(exercise, &candidate, options, progress)?;
    let Compilation::Built(built) = &compiled.compilation else { return Ok(None) };
    let subject = grader.subject(exercise, options)?;
    let digest = candidate.submission.digest();
    let mut timed = grader.time(&subject, (built, &digest), check, progress)?;
    for _ in 0..AGAIN {
        if !matches!(timed.verdict, Verdict::Provisional { .. }) {
            break;
        }
        timed = grader.time(&subject, (built, &digest), check, progress)?;
    }
    Ok(Some(timed))
}

fn variant(name: &str, band: [f64; 2], timed: Option<&Timed>) -> Variant {
    let measured = timed.and_then(|timed| timed.measured.as_ref());
    let exact = measured.and_then(|measured| measured.makespan).map(|makespan| makespan.ratio());
    let ratio = exact.or_else(|| measured.and_then(|measured| Some(measured.ratio?.estimate)));
    let percent = timed.and_then(|timed| match &timed.verdict {
        Verdict::Passed => Some(100.0),
        Verdict::Slower { share } => Some(100.0 * share),
        Verdict::Failed(_) => Some(0.0),
        Verdict::Provisional { .. } | Verdict::NotRun { .. } | Verdict::Inconclusive { .. } => None,
    });
    Variant { name: name.to_owned(), ratio, percent, band, margin: if exact.is_some() { 1.0 } else { MARGIN } }
}

/// Why thresholds do not hold, in sentences.
fn complaints(
    thresholds: &Thresholds,
    reference: Option<&Calibration>,
    (declared, variants): (&[&[f64; 2]], &[Variant]),
) -> Vec<String> {
    let mut complaints = Vec::new();
    if let Some(spread) = reference.map(Calibration::spread).filter(|spread| *spread > SPREAD) {
        complaints.push(format!(
            "the middle half of the reference's runs varies by {:.0} % on a quiet machine; at most {:.0} % may be",
            100.0 * spread,
            100.0 * SPREAD
        ));
    }
    if declared.iter().all(|[_, most]| *most >= 100.0) {
        complaints.push("no fixture declares a band of points below 100 % for it".to_owned());
    }
    for variant in variants {
        let Variant { name, band: [least, most], margin, .. } = variant;
        let (Some(ratio), Some(percent)) = (variant.ratio, variant.percent) else { continue };
        if !(*least..=*most).contains(&percent) {
            complaints.push(format!("`{name}` gets {percent:.0} % of the points, not {least} to {most} %"));
        }
        let full = *least >= 100.0;
        if full && ratio > thresholds.full / margin {
            complaints.push(format!(
                "`{name}` takes {ratio:.2} times the reference, within 10 % of where the points begin to go ({})",
                thresholds.full
            ));
        }
        if !full && *most < 100.0 && ratio < thresholds.full * margin {
            complaints.push(format!(
                "`{name}` takes {ratio:.2} times the reference, and is not separated from it by 10 % beyond {}",
                thresholds.full
            ));
        }
        if *most <= 0.0 && ratio < thresholds.none * margin {
            complaints.push(format!(
                "`{name}` takes {ratio:.2} times the reference, within 10 % of where the points end ({})",
                thresholds.none
            ));
        }
    }
    complaints
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lane::Work;
    use crate::lane::machine::Fingerprint;

    fn thresholds() -> Thresholds {
        Thresholds { full: 1.25, none: 4.0, width: 4.0, source: String::new(), measured: None }
    }

    fn variant(name: &str, ratio: f64, percent: f64, band: [f64; 2]) -> Variant {
        Variant { name: name.to_owned(), ratio: Some(ratio), percent: Some(percent), band, margin: MARGIN }
    }

    /// With every band declared that is measured.
    fn complaints(reference: Option<&Calibration>, variants: &[Variant]) -> Vec<String> {
        let declared: Vec<_> = variants.iter().map(|variant| &variant.band).collect();
        super::complaints(&thresholds(), reference, (&declared, variants))
    }

    fn sound() -> Vec<Variant> {
        vec![variant("solution", 1.0, 100.0, [100.0, 100.0]), variant("timing-serial", 1.8, 69.0, [60.0, 75.0])]
    }

    #[test]
    fn thresholds_that_separate_reference_and_variants_hold() {
        assert_eq!(complaints(None, &sound()), [""; 0]);
    }

    #[test]
    fn a_check_without_a_slow_variant_is_refused() {
        assert_eq!(complaints(None, &sound()[..1]).len(), 1);
    }

    #[test]
    fn ratios_within_ten_percent_of_a_threshold_are_refused() {
        let near = [
            variant("solution", 1.2, 100.0, [100.0, 100.0]),
            variant("timing-slow", 1.3, 96.0, [90.0, 99.0]),
            variant("timing-hopeless", 4.2, 0.0, [0.0, 0.0]),
        ];
        assert_eq!(complaints(None, &near).len(), 3);
    }

    #[test]
    fn a_variant_outside_its_band_is_refused() {
        let mut variants = sound();
        variants[1] = variant("timing-serial", 2.5, 40.0, [60.0, 75.0]);
        assert!(complaints(None, &variants)[0].contains("gets 40 % of the points, not 60 to 75 %"));
    }

    #[test]
    fn a_reference_that_varies_by_more_than_a_tenth_is_refused() {
        let machine = Fingerprint::take("rustc 1.0.0", "none");
        let work = Work { exercise: 3, check: "speed".to_owned(), orders: String::new() };
        let steady = Calibration::of(&machine, &work, &[0.1; 7]).unwrap();
        assert!(complaints(Some(&steady), &sound()).is_empty());
        let wide = Calibration { quartiles: (0.09, 0.11), ..steady };
        assert!(complaints(Some(&wide), &sound())[0].contains("varies by 20 %"));
    }

    #[test]
    fn what_was_not_decided_is_no_complaint() {
        let mut variants = sound();
        variants[1].percent = None;
        assert!(complaints(None, &variants).is_empty());
    }
}
