//! The form for people: a terminal, 40 columns or 200, with colours or without.
//!
//! Every verdict is a glyph and a word; the order is the exercise's; a failure says what was required, what was seen,
//! where, how to see it again and how to go on.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write;

use protocol::explore::Replay;

use anstyle::{AnsiColor, Style};
use textwrap::{Options, WordSeparator, WordSplitter};
use unicode_width::UnicodeWidthStr;

use super::hostile::one_line;
use super::lanes::{self, Extent};
use super::{Build, CheckReport, Report};
use crate::timing::measured::{Measured, Ratio, Thresholds};
use crate::verdict::{Failure, Lens, Reason, Repeats, Verdict, Witness, WitnessCall};

/// How the text is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// The width in columns; below 40 counts as 40.
    pub columns: usize,
    /// Whether what differs from run to run is replaced by placeholders.
    pub redacted: bool,
}

const HEADING: Style = Style::new().bold();
const GOOD: Style = AnsiColor::Green.on_default();
const BAD: Style = AnsiColor::Red.on_default().bold();
const QUIET: Style = Style::new().dimmed();
const LABEL: Style = AnsiColor::Cyan.on_default();

/// How far the lines below a check are moved in.
const INDENT: usize = 4;
/// How wide the labels below a check are.
const LABELS: usize = 10;

/// The report as text with colour commands; the caller strips them where they are not wanted.
pub fn render(report: &Report, layout: Layout) -> String {
    let layout = Layout { columns: layout.columns.clamp(40, 120), ..layout };
    if let Build::Refused { diagnostics, note } = &report.build {
        return refused(diagnostics, note.as_deref());
    }
    let mut text = String::new();
    heading(&mut text, report, layout);
    for check in &report.checks {
        check_lines(&mut text, check, layout);
    }
    summary(&mut text, report, layout);
    text
}

/// A failure alone.
pub fn render_failure(failure: &Failure, layout: Layout) -> String {
    let mut text = String::new();
    failure_body(&mut text, failure, layout);
    text
}

/// What a kept schedule shows now, step by step. `edited` says whether the submission has changed since.
pub fn render_replay(replay: &Replay, failure: Option<&Failure>, edited: bool, layout: Layout) -> String {
    let mut text = String::new();
    if edited {
        let _ = writeln!(text, "{QUIET}The submission has changed since this schedule was recorded.{QUIET:#}");
    }
    text.push('\n');
    for line in lanes::steps(&replay.story, layout.columns, Extent::Whole) {
        let _ = writeln!(text, "{line}");
    }
    text.push('\n');
    if let Some(divergence) = &replay.divergence {
        let place =
            divergence.place.as_ref().map_or(String::new(), |place| format!(" at {}:{}", place.file, place.line));
        let words = format!(
            "The recorded schedule fitted for {} choices; then {}{place} took another way, and the default schedule went on.",
            divergence.choices,
            one_line(&divergence.thread),
        );
        for line in wrapped(&words, layout.columns) {
            let _ = writeln!(text, "{line}");
        }
    }
    let Some(failure) = failure else {
        let _ = writeln!(text, "{GOOD}✓ no longer fails{GOOD:#}");
        return text;
    };
    let _ = writeln!(text, "{BAD}✗ reproduced{BAD:#}");
    // The steps stand above, all of them.
    text.push_str(&render_failure(&Failure { witness: Witness::Nothing, ..failure.clone() }, layout));
    text
}

/// The compiler's words, and nothing else unless they would not be understood.
fn refused(diagnostics: &str, note: Option<&str>) -> String {
    let mut text = super::hostile::lines(diagnostics, true);
    if let Some(note) = note {
        let _ = writeln!(text, "{note}");
    }
    text
}

fn heading(text: &mut String, report: &Report, layout: Layout) {
    let title = format!("Exercise {} · {}", report.exercise, report.title);
    let both = format!("{title} · {}", report.title_zh);
    let lines = if both.width() > layout.columns { vec![title, report.title_zh.clone()] } else { vec![both] };
    for line in lines {
        let _ = writeln!(text, "{HEADING}{line}{HEADING:#}");
    }
    let mut facts = vec![format!("sandbox: {}", report.sandbox.level), format!("seed: {}", report.seed)];
    if report.quick {
        facts.push("quick".to_owned());
    }
    if !report.submission.dropped.is_empty() {
        facts.push(format!("not used: {}", one_line(&report.submission.dropped.join(", "))));
    }
    if let Build::NotExplored { why } = &report.build {
        facts.push(format!("not explored: {}", one_line(why)));
    }
    for line in wrapped(&facts.join(" · "), layout.columns) {
        let _ = writeln!(text, "{QUIET}{line}{QUIET:#}");
    }
    for missing in &report.sandbox.missing {
        for line in wrapped(&format!("the sandbox lacks {}", one_line(missing)), layout.columns) {
            let _ = writeln!(text, "{QUIET}{line}{QUIET:#}");
        }
    }
    text.push('\n');
}

fn check_lines(text: &mut String, check: &CheckReport, layout: Layout) {
    let (glyph, word, style) = match &check.verdict {
        Verdict::Passed => ("✓", "passed", GOOD),
        Verdict::Failed(_) => ("✗", "failed", BAD),
        Verdict::Slower { .. } => ("≈", "slower", LABEL),
        Verdict::Provisional { .. } => ("?", "for now", LABEL),
        Verdict::NotRun { .. } => ("–", "not run", QUIET),
        Verdict::Inconclusive { .. } => ("?", "unclear", LABEL),
    };
    let points = format!("{}/{}", number(check.points), number(check.points_of));
    let before = format!("{glyph} {word:<8}");
    let room = layout.columns - before.width();
    let lines = wrapped(&check.property, room - points.width() - 1);
    for (at, line) in lines.iter().enumerate() {
        if at == 0 {
            let gap = " ".repeat(room - line.width() - points.width());
            let _ = writeln!(text, "{style}{before}{style:#}{line}{gap}{points}");
        } else {
            let _ = writeln!(text, "{}{line}", " ".repeat(before.width()));
        }
    }
    if let Some(measured) = &check.measured {
        measured_lines(text, measured, layout);
    }
    match &check.verdict {
        Verdict::Passed => {}
        Verdict::Slower { .. } => {
            if let Some(next) = &check.next {
                command(text, "next", next);
            }
        }
        Verdict::Failed(failure) => failure_lines(text, check, failure, layout),
        Verdict::Provisional { why, .. } => {
            labelled(
                text,
                "",
                &format!("{why}. The points are provisional: check again when less is going on."),
                layout,
            );
        }
        Verdict::NotRun { cause } => labelled(text, "", &cause.to_string(), layout),
        Verdict::Inconclusive { why } => labelled(text, "", why, layout),
    }
}

/// What was measured under a timing check.
fn measured_lines(text: &mut String, measured: &Measured, layout: Layout) {
    if let Some(makespan) = &measured.makespan {
        let words = format!(
            "{:.1} ms on a clock without noise, where {:.1} ms are enough: {:.2} times",
            makespan.taken_ms,
            makespan.optimum_ms,
            makespan.ratio()
        );
        labelled(text, "waits", &words, layout);
    }
    if let Some(Ratio { estimate, low, high }) = measured.ratio {
        let interval =
            low.zip(high).map_or(String::new(), |(low, high)| format!(" (95 % interval: {low:.2} to {high:.2})"));
        let Thresholds { full, none } = measured.thresholds;
        let words = format!(
            "{estimate:.2} times the reference's time{interval}; all points up to {full:.2}, none from {none:.2}"
        );
        labelled(text, "ratio", &words, layout);
    }
    if measured.pairs > 0 {
        let mut words = format!("{} clean pairs of {}", measured.clean, measured.pairs);
        for (cores, who) in [
            (measured.cores, "yours keeps"),
            (measured.reference_cores, "the reference"),
            (measured.foreign_cores, "others"),
        ] {
            let _ = cores.map(|cores| write!(words, ", {who} {cores:.2}"));
        }
        if measured.cores.is_some() {
            words.push_str(" cores busy");
        }
        labelled(text, "evidence", &words, layout);
    }
    labelled(text, "means", &measured.meaning, layout);
}

fn failure_lines(text: &mut String, check: &CheckReport, failure: &Failure, layout: Layout) {
    if failure.reason == Reason::NotImplemented {
        let place = failure.location.as_ref().map(|location| format!(": {location}")).unwrap_or_default();
        labelled(text, "", &format!("not implemented yet{place}"), layout);
        return;
    }
    failure_body(text, failure, layout);
    if let Some(replay) = &check.replay {
        command(text, "again", replay);
    }
    if let Some(next) = &check.next {
        command(text, "next", next);
    }
    text.push('\n');
}

fn failure_body(text: &mut String, failure: &Failure, layout: Layout) {
    let varies = layout.redacted && failure.repeats == Repeats::Roughly;
    let observed = if varies { "[observed]".to_owned() } else { one_line(&failure.observed) };
    labelled(text, &failure.reason.to_string(), "", layout);
    labelled(text, "observed", &observed, layout);
    let required = if varies { "[required]".to_owned() } else { one_line(&failure.required) };
    labelled(text, "required", &required, layout);
    if let Some(location) = &failure.location {
        labelled(text, "at", &one_line(&location.to_string()), layout);
    }
    if !varies {
        witness_lines(text, &failure.witness, layout);
    }
}

fn witness_lines(text: &mut String, witness: &Witness, layout: Layout) {
    match witness {
        Witness::Nothing => {}
        Witness::Lines { lines } => {
            for line in lines {
                let _ = writeln!(text, "{}{}", " ".repeat(INDENT), one_line(line));
            }
        }
        Witness::Interleaving { failure } => {
            let indent = " ".repeat(INDENT);
            text.push('\n');
            for line in lanes::lanes(failure, layout.columns - INDENT) {
                let _ = writeln!(text, "{indent}{line}");
            }
            text.push('\n');
        }
        Witness::Calls { calls } => call_lines(text, calls, layout),
    }
}

/// The calls in the order in which they began, a column for each thread where there is room.
fn call_lines(text: &mut String, calls: &[WitnessCall], layout: Layout) {
    let threads: BTreeMap<usize, bool> = calls.iter().map(|call| (call.thread, call.main)).collect();
    let name = |thread, main| if main { "main".to_owned() } else { format!("thread {thread}") };
    let column = (layout.columns - INDENT) / threads.len().max(1);
    let indent = " ".repeat(INDENT);
    let in_columns = column >= 26 && threads.len() > 1;
    if in_columns {
        let names = threads.iter().map(|(thread, main)| format!("{:column$}", name(*thread, *main)));
        let _ = writeln!(text, "{indent}{}", names.collect::<String>().trim_end());
    }
    for call in calls {
        let words = one_line(&format!("{} → {}", call.call, call.answer));
        let _ = if in_columns {
            let place = threads.range(..call.thread).count();
            writeln!(text, "{indent}{}{words}", " ".repeat(column * place))
        } else if threads.len() == 1 {
            writeln!(text, "{indent}{words}")
        } else {
            writeln!(text, "{indent}{}: {words}", name(call.thread, call.main))
        };
    }
}

/// A command below a check: on one line, however long, so that it can be copied.
fn command(text: &mut String, label: &str, words: &str) {
    let _ = writeln!(text, "{}{LABEL}{label:<LABELS$}{LABEL:#}{words}", " ".repeat(INDENT));
}

/// A line below a check, with a label in its own column.
fn labelled(text: &mut String, label: &str, words: &str, layout: Layout) {
    let indent = " ".repeat(INDENT);
    if words.is_empty() {
        let _ = writeln!(text, "{indent}{BAD}{label}{BAD:#}");
        return;
    }
    if label.is_empty() {
        for line in wrapped(words, layout.columns - INDENT) {
            let _ = writeln!(text, "{indent}{QUIET}{line}{QUIET:#}");
        }
        return;
    }
    for (at, line) in wrapped(words, layout.columns - INDENT - LABELS).iter().enumerate() {
        let label = if at == 0 { label } else { "" };
        let _ = writeln!(text, "{indent}{LABEL}{label:<LABELS$}{LABEL:#}{line}");
    }
}

fn summary(text: &mut String, report: &Report, layout: Layout) {
    let count = |wanted: fn(&Verdict) -> bool| report.checks.iter().filter(|check| wanted(&check.verdict)).count();
    let passed = count(|verdict| matches!(verdict, Verdict::Passed));
    let failed = count(|verdict| matches!(verdict, Verdict::Failed(_)));
    let slower = count(|verdict| matches!(verdict, Verdict::Slower { .. }));
    let provisional = count(|verdict| matches!(verdict, Verdict::Provisional { .. }));
    let others = report.checks.len() - passed - failed - slower - provisional;
    let mut words = format!("{} of {} points: {passed} passed", number(report.points), number(report.points_of));
    if failed > 0 {
        let _ = write!(words, ", {failed} failed");
    }
    if slower > 0 {
        let _ = write!(words, ", {slower} slower");
    }
    if provisional > 0 {
        let _ = write!(words, ", {provisional} for now");
    }
    if others > 0 {
        let _ = write!(words, ", {others} not run");
    }
    let elapsed = if layout.redacted {
        "[time]".to_owned()
    } else {
        format!("{}.{} s", report.elapsed_ms / 1000, report.elapsed_ms % 1000 / 100)
    };
    let style = if failed > 0 { BAD } else { GOOD };
    if !text.ends_with("\n\n") {
        text.push('\n');
    }
    for line in wrapped(&format!("{words} · {elapsed}"), layout.columns) {
        let _ = writeln!(text, "{style}{line}{style:#}");
    }
    if failed == 0 {
        for covered in coverage(report) {
            for line in wrapped(&covered, layout.columns) {
                let _ = writeln!(text, "{QUIET}{line}{QUIET:#}");
            }
        }
    }
    if report.checks.iter().all(|check| is_unfinished(&check.verdict)) && failed > 0 {
        for line in
            wrapped("Nothing is implemented yet: replace the `todo!`s one by one, and check again.", layout.columns)
        {
            let _ = writeln!(text, "{line}");
        }
    }
}

/// How much each lens has covered in all checks together: what a pass rests on.
fn coverage(report: &Report) -> Vec<String> {
    let of = |wanted: Lens| {
        let looks = report.checks.iter().flat_map(|check| &check.looked).filter(|looked| looked.lens == wanted);
        looks.map(|looked| looked.covered).reduce(|all, more| all.and(more).unwrap_or(all))
    };
    let lenses = [Lens::Explore, Lens::Stress, Lens::Chaos];
    lenses.into_iter().filter_map(|lens| of(lens).map(|covered| format!("{lens}: {covered}"))).collect()
}

fn is_unfinished(verdict: &Verdict) -> bool {
    match verdict {
        Verdict::Failed(failure) => failure.reason == Reason::NotImplemented,
        Verdict::NotRun { .. } => true,
        Verdict::Passed | Verdict::Slower { .. } | Verdict::Provisional { .. } | Verdict::Inconclusive { .. } => false,
    }
}

/// A number of points: whole ones without decimals.
fn number(points: f64) -> String {
    if points.fract() == 0.0 { format!("{points:.0}") } else { format!("{points:.1}") }
}

/// The words in lines of at most so many columns. Names with hyphens stay whole; Chinese breaks where Chinese may.
fn wrapped(words: &str, columns: usize) -> Vec<String> {
    let separator = if words.is_ascii() { WordSeparator::AsciiSpace } else { WordSeparator::UnicodeBreakProperties };
    let options = Options::new(columns.max(10)).word_separator(separator).word_splitter(WordSplitter::NoHyphenation);
    textwrap::wrap(words, options).into_iter().map(Cow::into_owned).collect()
}
