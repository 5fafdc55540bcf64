//! `grader list`.

use std::fmt::Write;

use serde::Serialize;
use textwrap::{Options, fill};

use super::{Failure, Format, ListArguments, Outcome, Terminal};
use crate::catalog::{Catalog, Exercise};
use crate::course::Course;
use crate::exit::ExitStatus;
use crate::grading::GradeError;

/// An exercise in `--format json`.
#[derive(Serialize)]
struct Listed<'catalog> {
    number: u8,
    slug: &'catalog str,
    title: &'catalog str,
    title_zh: &'catalog str,
    chapter: &'catalog str,
    points: u32,
    checks: Vec<ListedCheck<'catalog>>,
}

#[derive(Serialize)]
struct ListedCheck<'catalog> {
    name: &'catalog str,
    property: &'catalog str,
    points: u32,
}

pub(super) fn run(arguments: &ListArguments, terminal: &Terminal) -> Outcome {
    let course = Course::open().map_err(GradeError::from)?;
    let catalog = Catalog::read(course.root()).map_err(GradeError::from)?;
    terminal.print(&match arguments.format {
        Format::Text => text(&catalog, terminal.columns()),
        Format::Json => json(&catalog)?,
    });
    Ok(ExitStatus::Passed)
}

/// The width from which a check's name and property stand in one line.
const WIDE: usize = 100;

fn text(catalog: &Catalog, columns: usize) -> String {
    let mut text = String::new();
    let titles = Options::new(columns).subsequent_indent("   ");
    for exercise in catalog.iter() {
        let Exercise { number, slug, title, title_zh, .. } = exercise;
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{}", fill(&format!("{number}  {slug} · {title} · {title_zh}"), &titles));
        for check in &exercise.checks {
            let head = format!("   {:<36} {:>3}  ", check.name, check.points);
            if columns >= WIDE {
                let indent = " ".repeat(head.len());
                let beside = Options::new(columns).initial_indent(&head).subsequent_indent(&indent);
                let _ = writeln!(text, "{}", fill(&check.property, beside));
            } else {
                let below = Options::new(columns).initial_indent("     ").subsequent_indent("     ");
                let _ = writeln!(text, "{}\n{}", head.trim_end(), fill(&check.property, below));
            }
        }
    }
    text
}

fn json(catalog: &Catalog) -> Result<String, Failure> {
    let list: Vec<Listed<'_>> = catalog.iter().map(listed).collect();
    let text = serde_json::to_string_pretty(&list);
    text.map(|text| text + "\n").map_err(|error| Failure::Use { message: error.to_string(), hint: String::new() })
}

fn listed(exercise: &Exercise) -> Listed<'_> {
    let checks = exercise.checks.iter().map(|check| ListedCheck {
        name: &check.name,
        property: &check.property,
        points: check.points,
    });
    Listed {
        number: exercise.number,
        slug: &exercise.slug,
        title: &exercise.title,
        title_zh: &exercise.title_zh,
        chapter: &exercise.chapter,
        points: exercise.points(),
        checks: checks.collect(),
    }
}
