//! `grader doctor`: what this machine gives, what it lacks, and how to get that.

use anstyle::{AnsiColor, Style};
use textwrap::{Options, fill};

use super::{DoctorArguments, Failure, Format, Outcome, Terminal};
use crate::doctor::{Diagnosis, Finding, State, diagnose};
use crate::exit::ExitStatus;

const GOOD: Style = AnsiColor::Green.on_default();
const LESS: Style = AnsiColor::Yellow.on_default();
const BAD: Style = AnsiColor::Red.on_default().bold();
const HEADING: Style = Style::new().bold();

/// How far what is told of a thing is moved in.
const INDENT: &str = "    ";

pub(super) fn run(arguments: &DoctorArguments, terminal: &Terminal) -> Outcome {
    let diagnosis = diagnose();
    terminal.print(&match arguments.format {
        Format::Text => text(&diagnosis, terminal.columns()),
        Format::Json => json(&diagnosis)?,
    });
    Ok(if diagnosis.ready { ExitStatus::Passed } else { ExitStatus::GraderFault })
}

fn json(diagnosis: &Diagnosis) -> Result<String, Failure> {
    let text = serde_json::to_string_pretty(diagnosis);
    text.map(|text| text + "\n").map_err(|error| Failure::Fault { message: error.to_string(), hint: String::new() })
}

fn text(diagnosis: &Diagnosis, columns: usize) -> String {
    let width = columns.clamp(40, 100);
    let mut text: String = diagnosis.findings.iter().map(|finding| lines(finding, width)).collect();
    text.push_str(&fill(&conclusion(diagnosis), width));
    text.push('\n');
    text
}

fn lines(finding: &Finding, width: usize) -> String {
    let (style, word) = match finding.state {
        State::Ready => (GOOD, "✓ ready  "),
        State::Less => (LESS, "○ less   "),
        State::Missing => (BAD, "✗ missing"),
    };
    let wrapped = |text: &str, first: &str, rest: &str| {
        fill(text, Options::new(width).initial_indent(first).subsequent_indent(rest).break_words(true))
    };
    let mut text = format!("{style}{word}{style:#} {HEADING}{}{HEADING:#}\n", finding.what);
    text.push_str(&wrapped(&finding.found, INDENT, INDENT));
    text.push('\n');
    for step in &finding.next {
        text.push_str(&wrapped(step, "    next: ", "          "));
        text.push('\n');
    }
    text
}

fn conclusion(diagnosis: &Diagnosis) -> String {
    match (&diagnosis.level, diagnosis.ready) {
        (_, false) => "\nSubmissions cannot be graded here. Mend what is missing, and ask again.".to_owned(),
        (Some(level), true) if level == "full" => {
            "\nReady: submissions are graded at the full level. `grader self-test` shows what it contains.".to_owned()
        }
        (Some(level), true) if level == "reduced" => {
            "\nReady for your own code. `grader grade` wants `--sandbox reduced` here, and \
             `grader self-test` shows what that lets through."
                .to_owned()
        }
        _ => "\nReady for your own code alone: nothing contains a stranger's here.".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn diagnosis() -> Diagnosis {
        let finding = |what: &str, state, found: &str, next: &[&str]| Finding {
            what: what.to_owned(),
            state,
            found: found.to_owned(),
            next: next.iter().map(|step| (*step).to_owned()).collect(),
        };
        Diagnosis {
            ready: false,
            level: Some("reduced".to_owned()),
            findings: vec![
                finding("Rust toolchain", State::Ready, "rustc 1.95.0 in `/home/ada/.rustup/toolchains/stable`", &[]),
                finding("linker", State::Missing, "there is no `cc` in /usr/bin:/bin", &["install a C compiler"]),
                finding(
                    "sandbox: full",
                    State::Less,
                    "not to be had: namespaces: cannot make namespaces: Operation not permitted",
                    &["sysctl -w kernel.apparmor_restrict_unprivileged_userns=0"],
                ),
            ],
        }
    }

    #[test]
    fn every_width_holds_every_line() {
        for columns in [40, 80, 200] {
            let text = anstream::adapter::strip_str(&text(&diagnosis(), columns)).to_string();
            let widest = text.lines().map(|line| line.chars().count()).max().unwrap_or(0);
            assert!(widest <= columns.min(100), "{widest} columns of {columns}:\n{text}");
        }
    }

    #[test]
    fn what_is_missing_says_what_to_do_next() {
        let text = anstream::adapter::strip_str(&text(&diagnosis(), 80)).to_string();
        insta::assert_snapshot!(text);
    }
}
