//! What follows from samples, by the exercise's own definitions.

use protocol::threads_and_processes::{Call, Called, Comparison, Measured, Mode, Observation, Order, Outcome, Samples};

use super::{out_of_turn, wording};
use crate::judge::{Fault, Round};
use crate::verdict::Repeats;

/// How far a speed-up may be off, as a share of it: fractions are rounded in more than one order.
const ROUNDING: f64 = 1e-9;

/// A call of `from_samples` that must return what follows from them.
pub(super) fn summary(samples: Samples) -> Round {
    Round::new(&Order::Summarise(samples.clone()), Repeats::Exactly, move |observation: Observation| {
        let Observation::Summarised(outcome) = observation else { return Some(out_of_turn()) };
        judge(&samples, &outcome).map(|fault| fault.with_witness(wording::samples(&samples)))
    })
}

/// The numbers of a comparison follow from its own samples.
pub(super) fn follow(_: &Call, _: &Called, comparison: &Comparison) -> Option<Fault> {
    let samples = comparison.measured.clone().map(|measured| measured.samples);
    let medians = samples.clone().map(|samples| median(&samples));
    let fault =
        comparison.measured.iter().zip(medians).find_map(|(measured, due)| judge_mode(measured, due?, medians[0]?));
    let Comparison { workers, units, checksum, .. } = *comparison;
    fault.map(|fault| fault.with_witness(wording::samples(&Samples { workers, units, checksum, samples })))
}

fn judge(given: &Samples, outcome: &Outcome) -> Option<Fault> {
    let comparison = match outcome {
        Outcome::Compared(comparison) => comparison,
        Outcome::Panicked(panic) => return Some(Fault::panicked("`from_samples`", panic)),
        Outcome::NoRuns if given.samples.iter().any(Vec::is_empty) => return None,
        outcome => {
            let due = if given.samples.iter().any(Vec::is_empty) { "`Err(NoRuns)`" } else { "a comparison" };
            let returned = format!("`from_samples` returned `{outcome}`");
            return Some(Fault::wrong(returned, format!("`from_samples` returns {due}")));
        }
    };
    let first = median(&given.samples[0]);
    for ((mode, samples), measured) in Mode::ALL.into_iter().zip(&given.samples).zip(&comparison.measured) {
        let (Some(median), Some(first)) = (median(samples), first) else {
            return Some(Fault::wrong("`from_samples` returned a comparison", "`from_samples` returns `Err(NoRuns)`"));
        };
        if (measured.mode, &measured.samples) != (mode, samples) {
            let observed = format!("at the place of `{mode:?}` are other samples, or those of another mode");
            return Some(Fault::wrong(observed, "every mode has its own samples, in the order in which they came"));
        }
        if let Some(fault) = judge_mode(measured, median, first) {
            return Some(fault);
        }
    }
    let repeated = (comparison.workers, comparison.units, comparison.checksum);
    (repeated != (given.workers, given.units, given.checksum)).then(|| {
        Fault::wrong("workers, units or checksum are not those that were given", "they are kept as they were given")
    })
}

fn judge_mode(measured: &Measured, median: u64, sequential: u64) -> Option<Fault> {
    let mode = measured.mode;
    let wrong = |what: &str, observed: u64, due: u64| {
        let observed = format!("the {what} of `{mode:?}` is {observed} ns");
        Some(Fault::wrong(observed, format!("it is {due} ns")))
    };
    if measured.median != median {
        return wrong("median", measured.median, median);
    }
    let spread = spread(&measured.samples);
    if measured.spread != spread {
        return wrong("spread", measured.spread, spread);
    }
    let due = speed_up(sequential, median);
    let found = measured.speed_up.map(f64::from);
    let is_due = match (found, due) {
        (Some(found), Some(due)) => (found - due).abs() <= due * ROUNDING,
        (None, None) => true,
        _ => false,
    };
    (!is_due).then(|| {
        Fault::wrong(
            format!("the speed-up of `{mode:?}` is `{found:?}`"),
            format!("it is `{due:?}`: {sequential} ns, the median of `Sequential`, by {median} ns"),
        )
    })
}

/// The middle one, or the mean of the two in the middle; `None` of no samples.
fn median(samples: &[u64]) -> Option<u64> {
    let mut sorted = samples.to_vec();
    sorted.sort_unstable();
    let upper = *sorted.get(sorted.len() / 2)?;
    let lower = sorted[(sorted.len() - 1) / 2];
    Some(lower.midpoint(upper))
}

fn spread(samples: &[u64]) -> u64 {
    samples.iter().max().zip(samples.iter().min()).map_or(0, |(longest, shortest)| longest - shortest)
}

#[expect(clippy::cast_precision_loss, reason = "a fraction is rounded anyway")]
fn speed_up(sequential: u64, median: u64) -> Option<f64> {
    (median > 0).then(|| sequential as f64 / median as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_of_an_even_number_is_the_mean_of_two() {
        assert_eq!(median(&[]), None);
        assert_eq!(median(&[7]), Some(7));
        assert_eq!(median(&[9, 1, 5]), Some(5));
        assert_eq!(median(&[9, 1, 5, 2]), Some(3));
        assert_eq!(spread(&[9, 1, 5, 2]), 8);
    }

    #[test]
    fn no_speed_up_is_infinite_or_no_number() {
        assert_eq!(
            (speed_up(6, 3), speed_up(0, 3), speed_up(6, 0), speed_up(0, 0)),
            (Some(2.0), Some(0.0), None, None)
        );
    }
}
