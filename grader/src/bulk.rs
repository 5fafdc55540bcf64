//! Many submissions, one after the other: every one is graded, whatever became of those before it.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::iter;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::catalog::Exercise;
use crate::cause::with_causes;
use crate::grading::{Candidate, GradeError, Grader, Options, Origin, Progress};
use crate::intake::{IntakeError, looks_like_archive, without_ending};
use crate::lenses::timing::AGAIN;
use crate::report::Report;
use crate::report::text::{Layout, render};

/// What became of one student's folder.
#[derive(Debug, Serialize)]
pub struct Entry {
    /// The folder's name.
    pub student: String,
    /// The exercise's number.
    pub exercise: u8,
    /// What was done.
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// What was done with a submission.
#[derive(Debug, Serialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// It was graded.
    Graded {
        /// The report.
        report: Box<Report>,
    },
    /// It is no submission, and gets no points.
    Refused {
        /// Why.
        why: String,
    },
    /// The grader failed. There is no grade, and nothing is the student's fault.
    Void {
        /// Why.
        why: String,
    },
}

/// Why a folder cannot be graded at all.
#[derive(Debug, thiserror::Error)]
pub enum BulkError {
    /// The folder of submissions cannot be read.
    #[error("cannot read `{}`", path.display())]
    Read {
        /// The folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A report cannot be written.
    #[error("cannot write `{}`", path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The program was asked to end.
    #[error("interrupted")]
    Interrupted,
}

/// The folder with a report for each student, apart from what is for all: a student may be called anything.
const REPORTS: &str = "students";
/// The width of the text reports, in columns.
const COLUMNS: usize = 100;

/// Grades every folder and archive in `submissions` and writes the reports to `out`: `students/NAME.txt` and
/// `students/NAME.json` for each student, `grades.csv` and `grades.json` for all. `on_entry` is called after each, and
/// again whenever timing checks that could not be decided were tried once more, at the end of the queue.
///
/// # Errors
/// [`BulkError`]; whatever is wrong with one submission is an [`Entry`].
pub fn grade_folder(
    grader: &Grader,
    exercise: &Exercise,
    (submissions, out): (&Path, &Path),
    options: &Options,
    progress: &dyn Progress,
    on_entry: impl Fn(&Entry),
) -> Result<Vec<Entry>, BulkError> {
    let write = |path: &Path| {
        let path = path.to_owned();
        move |source| BulkError::Write { path, source }
    };
    let reports = out.join(REPORTS);
    fs::create_dir_all(&reports).map_err(write(&reports))?;
    let mut entries = Vec::new();
    let mut undecided = Vec::new();
    // Beside the submissions it would be taken for one.
    let own = out.canonicalize().ok();
    for (student, folder) in students(submissions)? {
        if own.is_some() && folder.canonicalize().ok() == own {
            continue;
        }
        let outcome = grade_one(grader, exercise, (&student, &folder), options, progress)?;
        let entry = Entry { student, exercise: exercise.number, outcome };
        write_entry(&entry, out)?;
        on_entry(&entry);
        if matches!(&entry.outcome, Outcome::Graded { report } if report.is_provisional()) {
            undecided.push((entries.len(), folder));
        }
        entries.push(entry);
    }
    // At the end of the queue the machine may be quieter, and what has been measured counts on.
    for (at, folder) in iter::repeat_n(undecided, AGAIN).flatten() {
        let Entry { student, outcome, .. } = &mut entries[at];
        let Outcome::Graded { report } = outcome else { continue };
        let only: Vec<_> = report.provisional().map(str::to_owned).collect();
        if only.is_empty() {
            continue;
        }
        let again = Options { only: Some(only), ..options.clone() };
        if let Outcome::Graded { report: renewed } = grade_one(grader, exercise, (student, &folder), &again, progress)?
        {
            report.renew(*renewed);
            write_entry(&entries[at], out)?;
            on_entry(&entries[at]);
        }
    }
    let path = out.join("grades.json");
    fs::write(&path, pretty(&entries)).map_err(write(&path))?;
    let path = out.join("grades.csv");
    fs::write(&path, table(&entries)).map_err(write(&path))?;
    Ok(entries)
}

/// Writes the reports of one student.
fn write_entry(entry: &Entry, out: &Path) -> Result<(), BulkError> {
    let write = |path: &Path, bytes: &[u8]| {
        fs::write(path, bytes).map_err(|source| BulkError::Write { path: path.to_owned(), source })
    };
    if let Outcome::Graded { report } = &entry.outcome {
        let text = render(report, Layout { columns: COLUMNS, redacted: false });
        let text = anstream::adapter::strip_str(&text).to_string();
        write(&out.join(REPORTS).join(format!("{}.txt", entry.student)), text.as_bytes())?;
    }
    write(&out.join(REPORTS).join(format!("{}.json", entry.student)), pretty(entry).as_bytes())
}

/// The folders and archives in `submissions`, by name. An archive's ending is not part of the student's name unless there
/// is a folder of the same name.
fn students(submissions: &Path) -> Result<Vec<(String, PathBuf)>, BulkError> {
    let unreadable = |source| BulkError::Read { path: submissions.to_owned(), source };
    let mut students = Vec::new();
    for entry in fs::read_dir(submissions).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let kind = entry.file_type().map_err(unreadable)?;
        if kind.is_dir() || (kind.is_file() && looks_like_archive(&entry.path())) {
            students.push((entry.file_name().to_string_lossy().into_owned(), entry.path()));
        }
    }
    students.sort();
    let named: BTreeSet<String> = students.iter().map(|(name, _)| name.clone()).collect();
    for (name, path) in &mut students {
        let stem = without_ending(path);
        if path.is_file() && !named.contains(&stem) {
            *name = stem;
        }
    }
    Ok(students)
}

fn grade_one(
    grader: &Grader,
    exercise: &Exercise,
    (student, folder): (&str, &Path),
    options: &Options,
    progress: &dyn Progress,
) -> Result<Outcome, BulkError> {
    let candidate = match Candidate::read(student, folder, exercise, Origin::Path) {
        Ok(candidate) => candidate,
        Err(error @ IntakeError::Read { .. }) => return Ok(Outcome::Void { why: with_causes(&error) }),
        Err(error) => return Ok(Outcome::Refused { why: with_causes(&error) }),
    };
    match grader.grade(exercise, &candidate, options, progress) {
        Ok(report) => Ok(Outcome::Graded { report: Box::new(report) }),
        Err(GradeError::Interrupted) => Err(BulkError::Interrupted),
        Err(_) if crate::interrupt::requested() => Err(BulkError::Interrupted),
        Err(error) => Ok(Outcome::Void { why: with_causes(&error) }),
    }
}

fn pretty(value: &impl Serialize) -> String {
    serde_json::to_string_pretty(value).expect("an entry has a JSON form") + "\n"
}

/// The grades as CSV.
fn table(entries: &[Entry]) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let mut row = |fields: [&str; 6]| writer.write_record(fields).expect("a vector takes every record");
    row(["student", "exercise", "outcome", "points", "points_of", "note"]);
    for entry in entries {
        let exercise = entry.exercise.to_string();
        let student = cell(&entry.student);
        match &entry.outcome {
            Outcome::Graded { report } => {
                let (points, of) = (report.points.to_string(), report.points_of.to_string());
                row([&student, &exercise, "graded", &points, &of, ""]);
            }
            Outcome::Refused { why } => row([&student, &exercise, "refused", "0", "", &cell(why)]),
            Outcome::Void { why } => row([&student, &exercise, "void", "", "", &cell(why)]),
        }
    }
    writer.into_inner().expect("a vector can be flushed")
}

/// A cell that no spreadsheet takes for a formula.
fn cell(text: &str) -> String {
    let text = crate::report::hostile::one_line(text);
    if text.starts_with(['=', '+', '-', '@']) { format!("'{text}") } else { text }
}
