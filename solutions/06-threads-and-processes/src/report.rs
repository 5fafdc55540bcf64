//! A comparison for people and for tools.

use std::fmt::{self, Write};
use std::time::Duration;

use course::Mode;
use serde::Serialize;

use crate::{Comparison, Measured};

/// A table for people.
pub fn render(comparison: &Comparison) -> String {
    let mut table = String::new();
    // Writing to a string cannot fail.
    let _ = write_table(comparison, &mut table);
    table
}

fn write_table(comparison: &Comparison, table: &mut String) -> fmt::Result {
    let Comparison { workers, units, measured, .. } = comparison;
    writeln!(table, "workers: {workers}, units: {units}, runs: {}\n", measured[0].samples.len())?;
    writeln!(table, "{:<11}  {:>13}  {:>13}  {:>8}", "mode", "median", "spread", "speed-up")?;
    for Measured { mode, median, spread, speed_up, .. } in measured {
        let speed_up = speed_up.map_or("-".to_owned(), |speed_up| format!("{speed_up:.2}"));
        let (median, spread) = (milliseconds(*median), milliseconds(*spread));
        writeln!(table, "{mode:<11}  {median:>13}  {spread:>13}  {speed_up:>8}")?;
    }
    Ok(())
}

fn milliseconds(time: Duration) -> String {
    format!("{:.3} ms", time.as_secs_f64() * 1e3)
}

/// The JSON form of a comparison.
#[derive(Serialize)]
struct ComparisonForm {
    workers: usize,
    units: u64,
    checksum: String,
    modes: Vec<MeasuredForm>,
}

/// The JSON form of a mode.
#[derive(Serialize)]
struct MeasuredForm {
    mode: Mode,
    samples_ns: Vec<u64>,
    median_ns: u64,
    spread_ns: u64,
    speed_up: Option<f64>,
}

impl From<&Measured> for MeasuredForm {
    fn from(measured: &Measured) -> Self {
        Self {
            mode: measured.mode,
            samples_ns: measured.samples.iter().copied().map(nanoseconds).collect(),
            median_ns: nanoseconds(measured.median),
            spread_ns: nanoseconds(measured.spread),
            speed_up: measured.speed_up,
        }
    }
}

/// The same for tools.
///
/// # Panics
/// Never: a comparison has a JSON form.
pub fn to_json(comparison: &Comparison) -> String {
    let form = ComparisonForm {
        workers: comparison.workers,
        units: comparison.units,
        checksum: format!("{:016x}", comparison.checksum),
        modes: comparison.measured.iter().map(MeasuredForm::from).collect(),
    };
    serde_json::to_string(&form).expect("a comparison has a JSON form")
}

/// Whole nanoseconds; no run takes the centuries that do not fit.
fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
