//! Two runs of the same grading give the same bytes, once times and chance are redacted.

use crate::program::{fixture, grader, stdout};

fn redacted(case: &str, format: &str) -> String {
    stdout(
        grader()
            .args(["check", "3", "--quick", "--redacted", "--sandbox", "none", "--format", format, "--path"])
            .arg(fixture("03-counter", case)),
    )
}

#[test]
fn two_runs_give_byte_identical_redacted_reports() {
    for case in ["load-then-store", "argument-order", "poisoned", "right-sharded"] {
        for format in ["text", "json"] {
            let (first, second) = (redacted(case, format), redacted(case, format));
            assert_eq!(first, second, "{case} as {format}");
        }
    }
}

#[test]
fn a_text_report_reads_like_this() {
    insta::assert_snapshot!(redacted("argument-order", "text"));
}

#[test]
fn a_narrow_terminal_gets_a_narrow_report() {
    let mut command = grader();
    command.env("COLUMNS", "40").args(["check", "3", "--quick", "--redacted", "--sandbox", "none", "--path"]);
    let text = stdout(command.arg(fixture("03-counter", "wrapping")));
    insta::assert_snapshot!(text);
}
