//! What `render` and `to_json` make of given comparisons.
//!
//! The tables stand in `tables.txt`: for each given comparison a line with its name after `== `, and what the reference
//! solution's `render` makes of it.

use protocol::Panic;
use protocol::threads_and_processes::{Comparison, Measured, Mode, Observation, Order, SpeedUp};
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Value, json};

use super::out_of_turn;
use crate::diff;
use crate::judge::snapshot::{Snapshot, Source};
use crate::judge::{Fault, Round};
use crate::verdict::{Repeats, Witness};

/// The snapshot.
const TABLES: &str = include_str!("tables.txt");

/// What stands before the name of a table.
const TITLE: &str = "== ";

/// The comparisons that are rendered, by the names that they have in the snapshot.
pub(super) fn given() -> Vec<(&'static str, Comparison)> {
    let ms = 1_000_000;
    let us = 1_000;
    vec![
        (
            "four workers",
            comparison(
                4,
                1000,
                [
                    (vec![412_300 * us, 411_000 * us, 414_100 * us], 412_300 * us, 3100 * us, Some(1.0)),
                    (vec![105_020 * us, 104_000 * us, 112_411 * us], 105_020 * us, 8411 * us, Some(3.926)),
                    (vec![415_772 * us, 415_000 * us, 427_000 * us], 415_772 * us, 12 * ms, Some(0.991_65)),
                    (vec![118_400 * us, 118_150 * us, 124_400 * us], 118_400 * us, 6250 * us, Some(3.482_26)),
                ],
            ),
        ),
        (
            "nothing takes time",
            comparison(
                1,
                0,
                [
                    (vec![0], 0, 0, None),
                    (vec![0], 0, 0, None),
                    (vec![2 * us], 2 * us, 0, Some(0.0)),
                    (vec![3 * ms], 3 * ms, 0, Some(0.0)),
                ],
            ),
        ),
        (
            "hours and thousands",
            comparison(
                64,
                18_000_000_000_000_000_000,
                [
                    (vec![7_200_000 * ms, 7_200_001 * ms], 7_200_000_500 * us, ms, Some(1.0)),
                    (vec![us, 3 * us], 2 * us, 2 * us, Some(3_600_000_250.0)),
                    (vec![14_400_001 * ms, 14_400_001 * ms], 14_400_001 * ms, 0, Some(0.5)),
                    (vec![57_600_004 * us, 57_600_004 * us], 57_600_004 * us, 0, Some(125.0)),
                ],
            ),
        ),
    ]
}

/// Samples, median, spread, speed-up.
type Numbers = (Vec<u64>, u64, u64, Option<f64>);

fn comparison(workers: usize, units: u64, numbers: [Numbers; 4]) -> Comparison {
    let mut modes = Mode::ALL.into_iter();
    let measured = numbers.map(|(samples, median, spread, speed_up)| {
        let mode = modes.next().unwrap_or(Mode::Processes);
        Measured { mode, samples, median, spread, speed_up: speed_up.map(SpeedUp::from) }
    });
    Comparison { workers, units, checksum: 0x00c0_ffee_0bad_cafe_u64.rotate_left(u32::from(workers > 4) * 8), measured }
}

/// Where the tables are stored, and what they are made of: what the reference solution renders.
pub(super) fn snapshot() -> Snapshot {
    Snapshot {
        path: "grader/src/judge/threads_and_processes/tables.txt",
        source: Source::Reference { orders, text: stored },
    }
}

fn orders(_: &[String]) -> Vec<Box<RawValue>> {
    let orders = given().into_iter().map(|(_, comparison)| to_raw_value(&Order::Render(comparison)));
    orders.map(|order| order.expect("an order of the protocol has a JSON form")).collect()
}

fn stored(_: &[String], observations: &[Box<RawValue>]) -> Result<String, serde_json::Error> {
    let mut all = String::new();
    for ((name, _), observation) in given().into_iter().zip(observations) {
        let table = match serde_json::from_str(observation.get())? {
            Observation::Text(Ok(table)) => table,
            other => return Err(serde::de::Error::custom(format!("`render` gave no table for `{name}`: {other:?}"))),
        };
        all.extend([TITLE, name, "\n", &table]);
    }
    Ok(all)
}

/// The table of this name in the snapshot.
fn table(name: &str) -> Option<&'static str> {
    let sections = TABLES.split(TITLE).filter_map(|section| section.split_once('\n'));
    sections.into_iter().find(|(title, _)| *title == name).map(|(_, table)| table)
}

/// Calls of `render`, whose tables stand in the snapshot.
pub(super) fn tables() -> Vec<Round> {
    let rounds = given().into_iter().map(|(name, comparison)| {
        text(&Order::Render(comparison), "`render`", move |found| {
            let due = table(name).unwrap_or_default();
            (found != due).then(|| differs(("a table that is not the one that is due", "the table"), found, due))
        })
    });
    rounds.collect()
}

/// Calls of `to_json`.
pub(super) fn objects() -> Vec<Round> {
    let rounds = given().into_iter().map(|(_, comparison)| {
        let due = pretty(&object(&comparison));
        text(&Order::ToJson(comparison), "`to_json`", move |found| match serde_json::from_str(found) {
            Ok(found) => {
                let found = pretty(&with_fractions(found));
                (found != due)
                    .then(|| differs(("a JSON object that is not the one that is due", "the object"), &found, &due))
            }
            Err(error) => {
                let lines = found.lines().map(str::to_owned).collect();
                let fault = Fault::wrong(format!("`to_json` returned what is no JSON: {error}"), "it returns JSON");
                Some(fault.with_witness(Witness::Lines { lines }))
            }
        })
    });
    rounds.collect()
}

fn text(order: &Order, function: &'static str, judge: impl Fn(&str) -> Option<Fault> + Send + Sync + 'static) -> Round {
    Round::new(order, Repeats::Exactly, move |observation: Observation| {
        let Observation::Text(text) = observation else { return Some(out_of_turn()) };
        let panicked = |panic: Panic| Some(Fault::panicked(function, &panic));
        text.map_or_else(panicked, |text| judge(&text))
    })
}

/// Two texts as a diff: lines with a `-` are missing, lines with a `+` are too many.
fn differs((observed, required): (&str, &str), found: &str, due: &str) -> Fault {
    let mut lines = vec!["`-` is required, `+` was returned".to_owned()];
    lines.extend(diff::side_by_side(due, found));
    if !found.ends_with('\n') && due.ends_with('\n') {
        lines.push("the last line has no newline at its end".to_owned());
    }
    Fault::wrong(observed, format!("{required} below, character by character")).with_witness(Witness::Lines { lines })
}

/// The JSON form, by the exercise's own words.
fn object(comparison: &Comparison) -> Value {
    let modes = comparison.measured.iter().map(|measured| {
        json!({
            "mode": measured.mode,
            "samples_ns": measured.samples,
            "median_ns": measured.median,
            "spread_ns": measured.spread,
            "speed_up": measured.speed_up.map(f64::from),
        })
    });
    json!({
        "workers": comparison.workers,
        "units": comparison.units,
        "checksum": format!("{:016x}", comparison.checksum),
        "modes": modes.collect::<Vec<_>>(),
    })
}

/// The same, with every speed-up as a fraction: `1` and `1.0` are the same number.
fn with_fractions(mut object: Value) -> Value {
    let modes = object.get_mut("modes").and_then(Value::as_array_mut).into_iter().flatten();
    for speed_up in modes.filter_map(|mode| mode.get_mut("speed_up")) {
        if let Some(fraction) = speed_up.as_f64() {
            *speed_up = fraction.into();
        }
    }
    object
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default() + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_given_comparison_has_its_table_and_every_table_its_comparison() {
        let names: Vec<&str> = given().iter().map(|(name, _)| *name).collect();
        let titles: Vec<&str> = TABLES.lines().filter_map(|line| line.strip_prefix(TITLE)).collect();
        assert_eq!(names, titles);
        for name in names {
            assert_eq!(table(name).unwrap().lines().count(), 7, "{name}");
        }
    }

    #[test]
    fn a_whole_number_is_a_fraction_too_and_fields_have_no_order() {
        let (_, comparison) = given().remove(0);
        let text = pretty(&object(&comparison)).replace("\"speed_up\": 1.0", "\"speed_up\": 1");
        assert_eq!(with_fractions(serde_json::from_str(&text).unwrap()), object(&comparison));
    }

    #[test]
    fn a_missing_newline_is_told() {
        let Witness::Lines { lines } = differs(("a", "b"), "x\ny", "x\ny\n").witness else { panic!("no lines") };
        assert_eq!(lines.last().unwrap(), "the last line has no newline at its end");
    }
}
