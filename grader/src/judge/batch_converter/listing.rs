//! The listing of outputs: for each image and conversion the size and a digest of the pixels, as the harness's own
//! converter makes them.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use protocol::batch_converter::{CONVERSIONS, Conversion, Picture};

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

fn picture_of_line(line: &'static str) -> Option<((&'static str, String), Picture)> {
    let mut columns = line.split('\t');
    let (name, words) = (columns.next()?, columns.next()?);
    let conversion = CONVERSIONS.iter().find(|conversion| conversion.to_string() == words)?;
    let (width, height) = (columns.next()?.parse().ok()?, columns.next()?.parse().ok()?);
    let digest = u64::from_str_radix(columns.next()?, 16).ok()?;
    Some(((name, words.to_owned()), Picture { format: conversion.format, width, height, digest }))
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
