//! `grader check` and what stands around it.

use std::fs;

use predicates::prelude::*;

use crate::program::{fixture, grader, repository, stdout, submission};

#[test]
fn a_reference_solution_gets_every_behaviour_point() {
    grader()
        .args(["check", "3", "--solution", "--quick"])
        .assert()
        .code(0)
        .stdout(predicate::str::contains("85 of 100 points").and(predicate::str::contains("failed").not()));
}

#[test]
fn a_stub_gets_no_point() {
    grader()
        .args(["check", "3", "--quick", "--path"])
        .arg(repository().join("exercises/03-counter"))
        .assert()
        .code(1)
        .stdout(predicate::str::contains("0 of 100 points").and(predicate::str::contains("replace the `todo!`s")));
}

#[test]
fn the_exercise_is_found_from_inside_its_folder_and_from_the_course() {
    for folder in ["exercises/03-counter", "exercises/03-counter/src", "exercises", "."] {
        grader()
            .args(["check", "counter", "--quick", "--only", "each-call-does-its-own-job"])
            .current_dir(repository().join(folder))
            .assert()
            .code(1)
            .stdout(predicate::str::contains("0 of 4 points"));
    }
}

#[test]
fn every_edit_is_seen() {
    let folder = submission("");
    let lib = folder.path().join("src/lib.rs");
    let sources = |folder: &str| repository().join(folder).join("src/lib.rs");
    let right = (sources("solutions/03-counter"), 0);
    let wrong = (sources("fixtures/03-counter/load-then-store"), 1);
    for (path, code) in [&right, &right, &wrong, &right, &wrong] {
        fs::copy(path, &lib).expect("a copy");
        grader()
            .args(["check", "3", "--quick", "--only", "no-increment-is-lost", "--path"])
            .arg(folder.path())
            .assert()
            .code(*code);
    }
    fs::write(&lib, "pub fn broken(").expect("an edit");
    let broken = || stdout(grader().args(["check", "3", "--quick", "--path"]).arg(folder.path()));
    let first = broken();
    assert!(first.contains("unclosed delimiter") && first == broken(), "{first}");
}

#[test]
fn only_the_named_checks_are_run() {
    let text = stdout(grader().args(["check", "3", "--solution", "--quick", "--only", "total-sees-one-moment"]));
    assert_eq!(text.matches('✓').count(), 1, "{text}");
}

#[test]
fn a_failed_check_says_what_was_required_how_to_see_it_again_and_how_to_go_on() {
    let text = stdout(grader().args(["check", "3", "--quick", "--path"]).arg(fixture("03-counter", "wrapping")));
    for part in [
        "✗ failed",
        "an overflow is an error and changes nothing",
        "observed",
        "required",
        "grader replay 3-",
        "grader hint 3 overflow-changes-nothing",
    ] {
        assert!(text.contains(part), "`{part}` is missing in:\n{text}");
    }
}

#[test]
fn a_deadlock_ends_its_own_check_and_no_other() {
    let text = stdout(grader().args(["check", "3", "--quick", "--path"]).arg(fixture("03-counter", "self-transfer")));
    assert!(text.contains("deadlock"), "{text}");
    assert!(text.contains("12 passed, 1 failed"), "{text}");
    let again = "grader check 3 --only transfer-to-itself-changes-nothing --seed 1 --quick --path ";
    assert!(text.contains(again), "{text}");
}

#[test]
fn a_helper_that_takes_the_lock_is_shown_with_the_lines_that_called_it() {
    let text = fs::read_to_string(fixture("03-counter", "argument-order").join("src/lib.rs")).unwrap();
    let long = ".value.lock().unwrap_or_else(PoisonError::into_inner);";
    let text = text.replace(&format!("from{long}"), "from.lock();").replace(&format!("to{long}"), "to.lock();");
    let line = |part: &str| text.lines().position(|line| line.contains(part)).expect("the line is there") + 1;
    let (helper, first, second) = (line("self.value.lock()"), line("from.lock()"), line("to.lock()"));
    let folder = submission(&text);
    let report = stdout(
        grader().args(["check", "3", "--quick", "--only", "transfers-never-deadlock", "--path"]).arg(folder.path()),
    );
    for part in [format!("src/lib.rs:{helper} ← {first}"), format!("src/lib.rs:{helper} (called from line {second})")]
    {
        assert!(report.contains(&part), "`{part}` is missing in:\n{report}");
    }
}

#[test]
fn the_json_form_names_its_schema_and_holds_every_check() {
    let text = stdout(grader().args(["check", "3", "--solution", "--quick", "--format", "json"]));
    let document: grader::report::json::Document = serde_json::from_str(&text).expect("the document reads back");
    assert_eq!(document.schema, grader::report::SCHEMA);
    assert_eq!(document.reports[0].checks.len(), 16);
}

#[test]
fn the_schema_names_every_field_of_a_document_and_says_what_it_means() {
    let schema: serde_json::Value = serde_json::from_str(&stdout(grader().arg("schema"))).unwrap();
    let printed = stdout(
        grader().args(["check", "3", "--quick", "--format", "json", "--path"]).arg(fixture("03-counter", "wrapping")),
    );
    let document: serde_json::Value = serde_json::from_str(&printed).unwrap();
    let described = |fields: &serde_json::Value, value: &serde_json::Value| {
        for name in value.as_object().unwrap().keys() {
            let field = &fields["properties"][name];
            // What a field's type says for itself stands with the type.
            assert!(field["description"].is_string() || field["$ref"].is_string(), "`{name}` is not described");
        }
    };
    described(&schema, &document);
    described(&schema["$defs"]["Report"], &document["reports"][0]);
    for check in document["reports"][0]["checks"].as_array().unwrap() {
        described(&schema["$defs"]["CheckReport"], check);
    }
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
}

#[test]
fn hints_come_one_at_a_time() {
    let one = stdout(grader().args(["hint", "3", "no-increment-is-lost"]));
    assert!(one.starts_with("1. ") && !one.contains("2. "), "{one}");
    assert!(one.contains("grader hint 3 no-increment-is-lost --level 2"), "{one}");
    let all = stdout(grader().args(["hint", "3", "no-increment-is-lost", "--level", "9"]));
    assert!(all.contains("4. ") && !all.contains("--level"), "{all}");
}

#[test]
fn colours_are_for_terminals_unless_they_are_asked_for() {
    let check = ["check", "3", "--solution", "--quick", "--only", "each-call-does-its-own-job"];
    assert!(!stdout(grader().args(check)).contains('\u{1b}'));
    assert!(stdout(grader().args(check).args(["--color", "always"])).contains('\u{1b}'));
}
