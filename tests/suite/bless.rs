//! `grader bless`: the stored snapshots of the course, in a checkout that is none of anybody's.

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use predicates::prelude::*;
use tempfile::TempDir;

use crate::program::{grader, repository};

const SITE_MAP: &str = "grader/src/judge/crawler/sitemap.tsv";
const LISTING: &str = "grader/src/judge/batch_converter/listing.tsv";

/// As much of a checkout as there is to bless.
fn checkout() -> TempDir {
    let root = tempfile::tempdir().unwrap();
    for folder in ["grader/harness", "exercises/08-crawler", "solutions", "fixtures"] {
        fs::create_dir_all(root.path().join(folder)).unwrap();
    }
    for file in [SITE_MAP, LISTING] {
        fs::create_dir_all(root.path().join(file).parent().unwrap()).unwrap();
        fs::copy(repository().join(file), root.path().join(file)).unwrap();
    }
    root
}

fn bless(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = grader();
    command.arg("bless").args(arguments).current_dir(folder);
    command
}

#[test]
fn every_stored_snapshot_is_what_it_is_made_of() {
    let same = predicate::str::contains("✓ the same").and(predicate::str::contains(", 0 different"));
    bless(&repository(), &["--check"]).assert().code(0).stdout(same);
}

#[test]
fn outside_of_a_checkout_there_is_nothing_to_bless() {
    let folder = tempfile::tempdir().unwrap();
    bless(folder.path(), &[])
        .assert()
        .code(2)
        .stderr(predicate::str::contains("not a checkout").and(predicate::str::contains("cargo run -- bless")));
}

#[test]
fn an_exercise_without_a_snapshot_is_wrong_use() {
    bless(checkout().path(), &["3"])
        .assert()
        .code(2)
        .stderr(predicate::str::contains("exercise 3 has no stored snapshot"));
}

#[test]
fn a_snapshot_that_differs_is_shown_and_renewed_once() {
    let root = checkout();
    let file = root.path().join(SITE_MAP);
    let due = fs::read_to_string(&file).unwrap();
    let outdated = due.replacen("/\t0\tHtml\n", "/\t7\tHtml\n", 1);
    assert_ne!(due, outdated);
    fs::write(&file, &outdated).unwrap();
    let inside = root.path().join("exercises/08-crawler");
    let patch = predicate::str::contains("-/\t7\tHtml\n+/\t0\tHtml\n");

    let compared = predicate::str::contains("✗ differs").and(patch.clone());
    bless(&inside, &["8", "--check"]).assert().code(1).stdout(compared);
    assert_eq!(fs::read_to_string(&file).unwrap(), outdated, "only compared");

    let renewed = predicate::str::contains("+ renewed").and(patch).and(predicate::str::contains("commit it"));
    bless(&inside, &["8"]).assert().code(0).stdout(renewed);
    assert_eq!(fs::read_to_string(&file).unwrap(), due);

    let before = fs::metadata(&file).unwrap().modified().unwrap();
    bless(&inside, &["8"])
        .assert()
        .code(0)
        .stdout("✓ the same  grader/src/judge/crawler/sitemap.tsv\n1 the same, 0 renewed\n");
    assert_eq!(fs::metadata(&file).unwrap().modified().unwrap(), before, "nothing was written");
}
