//! What follows from samples.

use std::time::Duration;

use course::Mode;

use crate::{BenchError, Comparison, Measured};

impl Comparison {
    /// What follows from samples: there is a list of them for each mode, in the order of [`Mode::ALL`].
    ///
    /// # Errors
    /// [`BenchError::NoRuns`] if a mode has none.
    pub fn from_samples(
        workers: usize,
        units: u64,
        checksum: u64,
        samples: [Vec<Duration>; 4],
    ) -> Result<Self, BenchError> {
        if samples.iter().any(Vec::is_empty) {
            return Err(BenchError::NoRuns);
        }
        let sequential = median(&samples[0]);
        let mut modes = Mode::ALL.into_iter();
        let measured = samples.map(|samples| {
            let mode = modes.next().unwrap_or(Mode::Processes);
            let median = median(&samples);
            Measured {
                mode,
                median,
                spread: spread(&samples),
                speed_up: (!median.is_zero()).then(|| sequential.div_duration_f64(median)),
                samples,
            }
        });
        Ok(Self { workers, units, checksum, measured })
    }
}

/// The middle one, or the mean of the two in the middle.
fn median(samples: &[Duration]) -> Duration {
    let mut sorted = samples.to_vec();
    sorted.sort_unstable();
    let middle = sorted.len() / 2;
    if sorted.len().is_multiple_of(2) { (sorted[middle - 1] + sorted[middle]) / 2 } else { sorted[middle] }
}

fn spread(samples: &[Duration]) -> Duration {
    let longest = samples.iter().max();
    longest.zip(samples.iter().min()).map_or(Duration::ZERO, |(longest, shortest)| *longest - *shortest)
}
