//! The repository keeps its own rules.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::program::repository;

/// Every file below a folder of the repository, as a path from its root.
fn files(below: &str) -> BTreeSet<String> {
    let root = repository();
    let mut files = BTreeSet::new();
    let mut folders = vec![root.join(below)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                if path.file_name().is_some_and(|name| name != "target") {
                    folders.push(path);
                }
            } else {
                files.insert(path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    files
}

fn folders(below: &str) -> BTreeSet<String> {
    let entries = fs::read_dir(repository().join(below)).unwrap().map(|entry| entry.unwrap());
    let folders = entries.filter(|entry| entry.path().is_dir());
    folders.map(|entry| entry.file_name().to_str().unwrap().to_owned()).collect()
}

#[test]
fn the_map_of_files_in_the_architecture_is_the_tree() {
    let text = fs::read_to_string(repository().join("ARCHITECTURE.md")).unwrap();
    let (_, map) = text.split_once("<!-- map -->").expect("the map has a beginning");
    let (map, _) = map.split_once("<!-- end of map -->").expect("the map has an end");
    let mapped: BTreeSet<String> =
        map.lines().filter_map(|line| Some(line.strip_prefix("| `")?.split_once('`')?.0.to_owned())).collect();
    let sources: BTreeSet<String> = files("grader/src")
        .into_iter()
        .filter(|file| Path::new(file).extension().is_some_and(|end| end == "rs"))
        .collect();
    let rooms: BTreeSet<String> =
        sources.iter().map(|file| file.trim_start_matches("grader/src/").to_owned()).collect();
    let missing: Vec<_> = rooms.difference(&mapped).collect();
    let gone: Vec<_> = mapped.difference(&rooms).collect();
    assert!(missing.is_empty() && gone.is_empty(), "not in the map: {missing:?}; not in the tree: {gone:?}");
}

#[test]
fn every_exercise_has_its_place_in_every_folder() {
    let exercises = folders("exercises");
    assert_eq!(exercises.len(), 8);
    for exercise in &exercises {
        for file in ["Cargo.toml", "exercise.toml", "README.md", "README.zh.md", "src/lib.rs"] {
            let path = repository().join("exercises").join(exercise).join(file);
            assert!(path.is_file(), "{} is missing", path.display());
        }
    }
    let complete: BTreeSet<String> = exercises
        .into_iter()
        .filter(|exercise| {
            let toml = fs::read_to_string(repository().join("exercises").join(exercise).join("exercise.toml")).unwrap();
            toml.contains("[[check]]")
        })
        .collect();
    assert_eq!(folders("solutions"), complete);
    assert!(complete.is_subset(&folders("fixtures")), "an exercise has no fixtures");
    assert!(complete.is_subset(&folders("grader/harness")), "an exercise has no driver");
}

#[test]
fn every_attack_names_checks_that_its_exercise_has() {
    let catalog = grader::catalog::Catalog::read(&repository()).unwrap();
    let attacks = grader::attacks::attacks(&repository()).unwrap();
    for attack in &attacks {
        let exercise =
            catalog.iter().find(|exercise| exercise.number == attack.exercise).expect("there is its exercise");
        for check in attack.named_checks() {
            assert!(exercise.check(check).is_some(), "{} names `{check}`", attack.name);
        }
    }
    let groups: BTreeSet<_> = attacks.iter().map(|attack| attack.group).collect();
    assert_eq!(groups.len(), 4, "a group has no attack");
}

#[test]
fn every_exercise_gives_a_hundred_points_and_four_hints_for_each_behaviour() {
    let catalog = grader::catalog::Catalog::read(&repository()).unwrap();
    for exercise in catalog.iter().filter(|exercise| !exercise.checks.is_empty()) {
        assert_eq!(exercise.points(), 100, "exercise {}", exercise.number);
        for check in exercise.checks.iter().filter(|check| check.timing.is_none()) {
            assert_eq!(check.hints.len(), 4, "exercise {} {}", exercise.number, check.name);
        }
    }
}

#[test]
fn no_tracked_text_names_a_path_of_the_machine_it_was_written_on() {
    let root = repository();
    let own = root.to_str().unwrap();
    let folders = ["exercises", "solutions", "fixtures", "grader", "tests", ".ci"];
    for file in folders.iter().flat_map(|folder| files(folder)) {
        let bytes = fs::read(root.join(&file)).unwrap();
        assert!(!String::from_utf8_lossy(&bytes).contains(own), "{file} names {own}");
    }
}

/// The lines of a source file before its tests.
fn lines_before_tests(file: &str) -> Vec<String> {
    let text = fs::read_to_string(repository().join(file)).unwrap();
    text.lines().take_while(|line| *line != "#[cfg(test)]").map(str::to_owned).collect()
}

#[test]
fn pure_modules_touch_no_file_process_clock_or_environment() {
    let mut pure = files("grader/src/judge");
    pure.extend(files("grader/src/report"));
    pure.extend(files("grader/src/timing"));
    pure.insert("grader/src/score.rs".to_owned());
    pure.insert("grader/src/verdict.rs".to_owned());
    let forbidden =
        ["std::fs", "std::process", "std::env", "std::net", "std::thread", "Instant", "SystemTime", "crate::clock"];
    for file in pure.iter().filter(|file| Path::new(file).extension().is_some_and(|end| end == "rs")) {
        for line in lines_before_tests(file) {
            let found = forbidden.iter().find(|word| line.contains(*word));
            assert!(found.is_none(), "{file} uses {}: {line}", found.unwrap());
        }
    }
}

#[test]
fn every_source_file_says_what_it_is() {
    for file in files("grader/src").iter().filter(|file| Path::new(file).extension().is_some_and(|end| end == "rs")) {
        assert!(lines_before_tests(file).first().is_some_and(|line| line.starts_with("//! ")), "{file}");
    }
}

#[test]
fn cargo_run_means_the_grader() {
    // The drivers are programs of the workspace, too: without this, the README's first command asks which one is meant.
    let manifest = fs::read_to_string(repository().join("Cargo.toml")).unwrap();
    let manifest: toml::Table = manifest.parse().unwrap();
    let run = manifest["workspace"]["default-members"].as_array().unwrap();
    assert_eq!(run.iter().map(|member| member.as_str().unwrap()).collect::<Vec<_>>(), ["grader"]);
}
