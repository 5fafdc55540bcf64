//! `grader grade`: a folder of submissions.

use std::fs;
use std::io::{Cursor, Write};

use predicates::prelude::*;

use crate::program::{fixture, grader};

/// The bytes of an archive with one file.
fn zip(name: &str, text: &str) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    writer.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
    writer.write_all(text.as_bytes()).unwrap();
    writer.finish().unwrap().into_inner()
}

#[test]
fn every_student_gets_a_grade_whatever_became_of_the_others() {
    let submissions = tempfile::tempdir().unwrap();
    let student = |name: &str, below: &str, text: &str| {
        let folder = submissions.path().join(name).join(below).join("src");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("lib.rs"), text).unwrap();
    };
    let text = |case: &str| fs::read_to_string(fixture("03-counter", case).join("src/lib.rs")).unwrap();
    student("ada", "", &text("right-sharded"));
    student("=cmd()", "homework 3", &text("wrapping"));
    student("broken", "", "fn (");
    fs::create_dir(submissions.path().join("empty")).unwrap();
    fs::write(submissions.path().join("eve.zip"), zip("../src/lib.rs", "")).unwrap();
    fs::write(submissions.path().join("zoe.zip"), zip("hw/src/lib.rs", &text("right-sharded"))).unwrap();
    // What is no submission at all is not a student's.
    fs::write(submissions.path().join("roster.txt"), "ada").unwrap();
    let out = submissions.path().join("out");

    grader()
        .args(["grade", "--exercise", "3", "--quick", "--out"])
        .arg(&out)
        .arg(submissions.path())
        .assert()
        .code(0)
        .stdout(predicate::str::contains("6 submissions, 0 without a grade"));

    let mut grades = csv::Reader::from_path(out.join("grades.csv")).unwrap();
    let rows: Vec<Vec<String>> =
        grades.records().map(|row| row.unwrap().iter().take(5).map(str::to_owned).collect()).collect();
    assert_eq!(
        rows,
        [
            ["'=cmd()", "3", "graded", "80", "100"],
            ["ada", "3", "graded", "85", "100"],
            ["broken", "3", "graded", "0", "100"],
            ["empty", "3", "refused", "0", ""],
            ["eve", "3", "refused", "0", ""],
            ["zoe", "3", "graded", "85", "100"],
        ]
    );
    assert!(fs::read_to_string(out.join("students/ada.txt")).unwrap().contains("85 of 100 points"));
    let entries: serde_json::Value = serde_json::from_slice(&fs::read(out.join("grades.json")).unwrap()).unwrap();
    assert_eq!(entries.as_array().unwrap().len(), 6);
}

#[test]
fn a_missing_folder_of_submissions_is_wrong_use() {
    grader()
        .args(["grade", "--exercise", "3", "--out", "out", "no/such/folder"])
        .assert()
        .code(2)
        .stderr(predicate::str::contains("cannot read `no/such/folder`"));
}
