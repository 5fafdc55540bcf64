//! What was measured of one timing check, and what it means in one sentence.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::estimate::Estimate;

/// What was measured: plain data for reports.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Measured {
    /// The submission's time as a multiple of the reference's, and its interval. `None` if no pair was run.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub ratio: Option<Ratio>,
    /// How many pairs there are: those that were run, and those kept of an earlier measurement that did not decide.
    pub pairs: usize,
    /// How many of them were clean: between two runs of the reference as long as on a quiet machine.
    pub clean: usize,
    /// The reference's usual time on this machine, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reference_ms: Option<f64>,
    /// The reference's time during this measurement, as a multiple of its usual time.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub inflation: Option<f64>,
    /// CPU seconds per wall second of the submission.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub cores: Option<f64>,
    /// The same of the reference.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reference_cores: Option<f64>,
    /// CPU seconds per wall second that neither of them used.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub foreign_cores: Option<f64>,
    /// The time on the virtual clock, where the exercise has one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub makespan: Option<Makespan>,
    /// The thresholds that the points come from.
    pub thresholds: Thresholds,
    /// The machine that this was measured on.
    pub machine: String,
    /// How long the measurement took, in milliseconds.
    pub cost_ms: u64,
    /// What it means.
    pub meaning: String,
}

/// A ratio with its interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Ratio {
    /// The estimate.
    pub estimate: f64,
    /// The lower end of the 95 % interval; `None` where there were too few pairs for one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub low: Option<f64>,
    /// Its upper end.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub high: Option<f64>,
}

/// The two thresholds of a check, as ratios.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Thresholds {
    /// Up to this ratio, all points.
    pub full: f64,
    /// From this ratio, none.
    pub none: f64,
}

/// A time on the virtual clock. It is the same on every run.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Makespan {
    /// What the submission took, in milliseconds.
    pub taken_ms: f64,
    /// The least that the work can take, in milliseconds.
    pub optimum_ms: f64,
}

impl Makespan {
    /// How many times the optimum was taken.
    pub fn ratio(&self) -> f64 {
        self.taken_ms / self.optimum_ms
    }
}

impl From<Estimate> for Ratio {
    fn from(Estimate { centre, low, high }: Estimate) -> Self {
        let interval = low > 0.0 && high.is_finite();
        Self { estimate: centre, low: interval.then_some(low), high: interval.then_some(high) }
    }
}

/// Below this many busy cores, work counts as running one after the other.
const ALONE: f64 = 1.2;
/// So much more CPU time than the reference is worth a word.
const MORE_WORK: f64 = 1.3;
/// The submission keeps less than this share of the reference's cores busy: it waits.
const WAITING: f64 = 0.7;

impl Measured {
    /// The sentence for a ratio that was measured.
    pub fn explain(&self) -> String {
        if let Some(makespan) = self.makespan.filter(|makespan| makespan.ratio() > self.thresholds.full) {
            return format!(
                "the waits alone take {:.1} times as long as they must: some that could overlap come one after the other",
                makespan.ratio()
            );
        }
        let Some(ratio) = self.ratio.map(|ratio| ratio.estimate) else {
            return "nothing could be measured".to_owned();
        };
        if ratio <= self.thresholds.full {
            return if ratio < 0.9 { "faster than the reference" } else { "about as fast as the reference" }.to_owned();
        }
        let (Some(cores), Some(reference)) = (self.cores, self.reference_cores) else {
            return format!("{ratio:.1} times as slow as the reference");
        };
        let work = ratio * cores / reference;
        if cores < ALONE && reference > cores * 1.4 && cores >= WAITING {
            "about one core busy: the work is not running in parallel".to_owned()
        } else if work > MORE_WORK && cores > reference * WAITING {
            format!("it uses {work:.1} times as much CPU time as the reference for the same work")
        } else if cores < reference * WAITING {
            format!(
                "{cores:.1} cores busy, where the reference keeps {reference:.1} busy: it waits more than it needs to"
            )
        } else {
            format!("{ratio:.1} times as slow as the reference, for about the same CPU time")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(ratio: f64, cores: f64, reference_cores: f64) -> Measured {
        Measured {
            ratio: Some(Ratio { estimate: ratio, low: None, high: None }),
            pairs: 8,
            clean: 8,
            reference_ms: Some(110.0),
            inflation: Some(1.0),
            cores: Some(cores),
            reference_cores: Some(reference_cores),
            foreign_cores: Some(0.0),
            makespan: None,
            thresholds: Thresholds { full: 1.25, none: 4.0 },
            machine: String::new(),
            cost_ms: 2_000,
            meaning: String::new(),
        }
    }

    #[test]
    fn one_busy_core_where_the_reference_has_two_means_not_parallel() {
        assert_eq!(measured(1.8, 1.0, 1.9).explain(), "about one core busy: the work is not running in parallel");
    }

    #[test]
    fn more_cpu_time_waiting_and_speed_are_told_apart() {
        assert_eq!(measured(1.1, 1.9, 1.9).explain(), "about as fast as the reference");
        assert_eq!(measured(0.5, 1.9, 1.9).explain(), "faster than the reference");
        assert!(measured(2.0, 1.9, 1.9).explain().starts_with("it uses 2.0 times as much CPU time"));
        assert!(measured(3.0, 0.2, 1.9).explain().contains("waits more"));
        assert!(measured(1.4, 1.5, 1.9).explain().contains("for about the same CPU time"));
    }

    #[test]
    fn where_the_processor_cannot_be_watched_the_ratio_speaks_alone() {
        let unwatched = Measured { cores: None, ..measured(2.5, 1.0, 1.0) };
        assert_eq!(unwatched.explain(), "2.5 times as slow as the reference");
    }

    #[test]
    fn a_long_makespan_is_named_first() {
        let makespan = Some(Makespan { taken_ms: 400.0, optimum_ms: 100.0 });
        assert!(Measured { makespan, ..measured(1.0, 0.1, 0.1) }.explain().contains("4.0 times as long"));
    }

    #[test]
    fn an_interval_without_ends_is_none() {
        let ratio = Ratio::from(Estimate { centre: 1.5, low: 0.0, high: f64::INFINITY });
        assert_eq!(ratio, Ratio { estimate: 1.5, low: None, high: None });
    }
}
