//! The listing of outputs: for each image and conversion the size and a digest of the pixels, as the harness's own
//! converter makes them.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;
use std::sync::LazyLock;

use protocol::batch_converter::{Batch, CONVERSIONS, Conversion, Observation, Order, Picture, Pool};
use protocol::workers::Launch;
use serde_json::value::{RawValue, to_raw_value};

use crate::judge::snapshot::{Snapshot, Source};

/// One output a line: image, conversion, width, height, digest.
const LISTING: &str = include_str!("listing.tsv");

static PICTURES: LazyLock<BTreeMap<(&'static str, String), Picture>> =
    LazyLock::new(|| LISTING.lines().filter_map(picture_of_line).collect());

/// What a conversion makes of an image; `None` if it is no image.
pub(super) fn picture(input: &str, conversion: Conversion) -> Option<Picture> {
    let found = PICTURES.iter().find(|((name, words), _)| *name == input && *words == conversion.to_string());
    found.map(|(_, picture)| *picture)
}

/// The names of the good images.
pub(super) fn images() -> Vec<String> {
    let mut names: Vec<String> = PICTURES.keys().map(|(name, _)| (*name).to_owned()).collect();
    names.dedup();
    names
}

/// Where the listing is stored, and what it is made of: the pictures that the reference solution leaves. A test of the
/// harness compares it with what the harness's own converter makes.
pub(super) fn snapshot() -> Snapshot {
    Snapshot { path: "grader/src/judge/batch_converter/listing.tsv", source: Source::Reference { orders, text } }
}

/// Every image with one conversion after the other; outputs of two would have the same name.
fn orders(images: &[String]) -> Vec<Box<RawValue>> {
    let order = |conversion| Order::Batches {
        pool: Pool { workers: 2, launch: Launch::default() },
        batches: vec![Batch { inputs: images.to_vec(), conversion }],
    };
    let orders = CONVERSIONS.iter().map(|conversion| to_raw_value(&order(*conversion)));
    orders.map(|order| order.expect("an order of the protocol has a JSON form")).collect()
}

fn text(images: &[String], observations: &[Box<RawValue>]) -> Result<String, serde_json::Error> {
    let folders: Vec<Observation> =
        observations.iter().map(|observation| serde_json::from_str(observation.get())).collect::<Result<_, _>>()?;
    let mut text = String::new();
    for image in images {
        for (conversion, observation) in CONVERSIONS.iter().zip(&folders) {
            let stem = Path::new(image).file_stem().unwrap_or_default().to_string_lossy();
            let output = format!("{stem}.{}", conversion.format.extension());
            let file = observation.folder.iter().find(|file| file.name == output);
            let Some(Picture { width, height, digest, .. }) = file.and_then(|file| file.picture) else { continue };
            // Writing to a string does not fail.
            let _ = writeln!(text, "{image}\t{conversion}\t{width}\t{height}\t{digest:016x}");
        }
    }
    Ok(text)
}

fn picture_of_line(line: &'static str) -> Option<((&'static str, String), Picture)> {
    let mut columns = line.split('\t');
    let (name, words) = (columns.next()?, columns.next()?);
    let conversion = CONVERSIONS.iter().find(|conversion| conversion.to_string() == words)?;
    let (width, height) = (columns.next()?.parse().ok()?, columns.next()?.parse().ok()?);
    let digest = u64::from_str_radix(columns.next()?, 16).ok()?;
    Some(((name, words.to_owned()), Picture { format: conversion.format, width, height, digest, transparent: false }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_image_is_listed_with_every_conversion() {
        assert_eq!(images().len(), 8);
        for name in images() {
            for conversion in CONVERSIONS {
                assert!(picture(&name, conversion).is_some(), "{name} {conversion}");
            }
        }
        assert_eq!(picture("truncated.png", CONVERSIONS[0]), None);
    }
}
