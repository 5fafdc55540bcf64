//! The statistics of timing: from pairs of runs to a ratio, an interval and a share of the points.
//!
//! Pure: no clock, no process, no file. Who runs the pairs is `lenses/timing`; what they say is [`stopping::Tally`]'s
//! business, and what is told of them is [`measured::Measured`].

pub mod estimate;
pub mod measured;
pub mod scale;
pub mod stopping;

#[cfg(test)]
mod recorded;

/// A count as a number to calculate with.
fn real(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::INFINITY, f64::from)
}
