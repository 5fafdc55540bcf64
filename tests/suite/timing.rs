//! Submissions that misbehave while they are timed, machines that are busy, and the bound that timing keeps.
//!
//! What is asserted here holds on a machine with any load. The bound itself is measured by an opt-in test.

use std::fs::{self, File};
use std::io::Read;
use std::path::Path;
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use grader::catalog::Exercise;
use grader::grading::{Candidate, Grader, Options, Origin, Progress};
use grader::judge::Effort;
use grader::lenses::timing::AGAIN;
use grader::sandbox::{Request, Sandbox};
use grader::verdict::Verdict;
use tempfile::TempDir;

use crate::program::{grader, repository, stdout, submission};

/// One timing check of exercise 3.
const CHECK: &str = "contended-throughput";

/// Ends the work of other threads, also when the test panics.
struct EndOnDrop<'a>(&'a AtomicBool);

impl Drop for EndOnDrop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// The reference's counter, whose `increment` does something else from the 100,000th ticket on: no other check gets there.
fn counter_that(does: &str) -> TempDir {
    let text = fs::read_to_string(repository().join("solutions/03-counter/src/lib.rs")).unwrap();
    let increment = "self.add(1).expect(\"a counter at i64::MAX cannot be incremented\")";
    assert!(text.contains(increment));
    submission(&text.replace(
        increment,
        &format!("let ticket = {increment};\n        if ticket > 100_000 {{ {does} }}\n        ticket"),
    ))
}

/// The status and the report of a timing check alone.
fn timed(folder: &TempDir) -> (i32, String) {
    let output = grader().args(["check", "3", "--only", CHECK, "--path"]).arg(folder.path()).output().unwrap();
    (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap())
}

#[test]
fn a_crash_in_timed_work_is_a_verdict_and_leaves_the_lane_free() {
    for _ in 0..2 {
        let (status, report) = timed(&counter_that("panic!(\"only under a clock\")"));
        assert_eq!(status, 1, "{report}");
        assert!(report.contains("crashed") && report.contains("only under a clock"), "{report}");
    }
}

#[test]
fn a_wrong_answer_in_timed_work_gets_no_points_for_speed() {
    let (status, report) = timed(&counter_that("self.reset();"));
    assert_eq!(status, 1, "{report}");
    assert!(report.contains("wrong answer") && report.contains("0/8"), "{report}");
}

#[test]
fn an_early_exit_in_timed_work_is_no_answer() {
    let (status, report) = timed(&counter_that("std::process::exit(0)"));
    assert_eq!(status, 1, "{report}");
    assert!(report.contains("tampered"), "{report}");
}

#[test]
fn work_that_hangs_or_sleeps_under_the_clock_gets_a_verdict_in_bounded_time() {
    for does in ["loop { std::hint::spin_loop(); }", "loop { std::thread::park(); }"] {
        let (status, report) = timed(&counter_that(does));
        // Too slow, or on a busy machine nothing that is final; never a fault of the grader, never a pass.
        assert!(matches!(status, 1 | 4), "{does}: {status}\n{report}");
        assert!(report.contains("too slow") || report.contains("provisional"), "{report}");
    }
}

#[test]
fn a_busy_machine_costs_no_points_and_has_an_exit_status_of_its_own() {
    // What is compiled once is compiled before.
    grader().args(["check", "3", "--solution", "--only", CHECK, "--quick"]).assert().code(0);
    let done = AtomicBool::new(false);
    let cores = thread::available_parallelism().unwrap().get();
    thread::scope(|scope| {
        let _end = EndOnDrop(&done);
        for _ in 0..3 * cores {
            scope.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    std::hint::spin_loop();
                }
            });
        }
        let output = grader().args(["check", "3", "--solution", "--only", CHECK]).output().unwrap();
        let report = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(4), "{report}");
        assert!(report.contains("too busy") && report.contains("8/8") && report.contains("provisional"), "{report}");
    });
}

#[test]
fn who_finds_the_lane_taken_says_so_and_waits() {
    let folder = tempfile::tempdir().unwrap();
    let lane = File::create(folder.path().join("concurrency-grader-timing.lock")).unwrap();
    lane.lock().unwrap();
    let only = ["check", "3", "--solution", "--only", CHECK];
    let command = grader();
    #[expect(clippy::disallowed_methods, reason = "what it says is read while it runs")]
    let mut waiting = std::process::Command::new(command.get_program());
    waiting.args(only).envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    waiting.env("TMPDIR", folder.path()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut waiting = waiting.spawn().unwrap();
    let mut told = String::new();
    let mut stderr = waiting.stderr.take().unwrap();
    let mut byte = [0];
    while !told.contains("Another grader is timing") {
        assert_eq!(stderr.read(&mut byte).unwrap(), 1, "it ended without waiting: {told}");
        told.push(char::from(byte[0]));
    }
    lane.unlock().unwrap();
    stderr.read_to_string(&mut told).unwrap();
    let status = waiting.wait().unwrap().code().unwrap();
    assert!(matches!(status, 0 | 4), "{status}: {told}");
}

#[test]
fn a_quick_run_and_a_failing_submission_are_not_timed() {
    let quick = stdout(grader().args(["check", "3", "--solution", "--quick", "--only", CHECK]));
    assert!(quick.contains("left out of a quick run"), "{quick}");
    let wrong = repository().join("fixtures/03-counter/wrapping");
    let arguments = ["check", "3", "--only", CHECK, "--only", "overflow-changes-nothing", "--path"];
    let failing = stdout(grader().args(arguments).arg(wrong));
    assert!(failing.contains("measured once every other check passes"), "{failing}");
}

struct Silent;

impl Progress for Silent {
    fn preparing(&self, _: &Exercise) {}

    fn waiting(&self, _: &str) {}
}

/// How often each submission is scored beside other work, and how often on the quiet machine.
fn scorings() -> (usize, usize) {
    let loaded = std::env::var("TIMING_RUNS").ok().and_then(|runs| runs.parse().ok()).unwrap_or(40);
    (loaded, loaded.div_ceil(4))
}

/// What scorings of one submission came to, of 100 points.
#[derive(Default)]
struct Scored {
    points: Vec<f64>,
    /// What each measurement cost, whether it decided or not.
    seconds: Vec<f64>,
    /// How many were decided at the first try.
    at_once: usize,
    /// Why the others were not decided in the end.
    undecided: Vec<String>,
}

impl Scored {
    fn median(values: &[f64]) -> f64 {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
    }

    fn range(&self) -> f64 {
        self.points.iter().copied().fold(f64::NEG_INFINITY, f64::max)
            - self.points.iter().copied().fold(f64::INFINITY, f64::min)
    }

    fn longest(&self) -> f64 {
        self.seconds.iter().copied().fold(0.0, f64::max)
    }
}

/// Scores a submission again and again.
fn score(bench: &Grader, exercise: &Exercise, candidate: &Candidate, check: &str, scorings: usize) -> Scored {
    let only = Some(vec![check.to_owned()]);
    let options = Options { seed: 1, effort: Effort::Full, only, colour: false, incremental: false };
    let compiled = bench.compile(exercise, candidate, &options, &Silent).unwrap();
    let mut scored = Scored::default();
    for _ in 0..scorings {
        // Each scoring begins from nothing.
        let _ = fs::remove_dir_all(bench.course().store("undecided").unwrap());
        for attempt in 0..=AGAIN {
            let report = bench.look(exercise, candidate, &compiled, &options, &Silent).unwrap();
            let cost = report.checks[0].measured.as_ref().map_or(0, |measured| measured.cost_ms);
            scored.seconds.push(f64::from(u32::try_from(cost).unwrap()) / 1e3);
            if !report.is_provisional() {
                scored.points.push(100.0 * report.points / report.points_of);
                scored.at_once += usize::from(attempt == 0);
                break;
            }
            if attempt == AGAIN
                && let Verdict::Provisional { why, .. } = &report.checks[0].verdict
            {
                scored.undecided.push(why.clone());
            }
        }
    }
    scored
}

/// What is scored: the exercise, a submission, a timing check of it, and the most that its points may differ.
const SCORED: [(&str, &str, &str, f64); 16] = [
    ("1", "solutions/01-sum-of-squares", "large-file", 5.0),
    ("1", "fixtures/01-sum-of-squares/one-after-the-other", "large-file", 5.0),
    ("2", "solutions/02-downloader", "wall-time", 5.0),
    ("2", "fixtures/02-downloader/timing-rests", "wall-time", 5.0),
    ("3", "solutions/03-counter", "contended-throughput", 8.0),
    ("3", "fixtures/03-counter/timing-slow", "contended-throughput", 8.0),
    ("4", "solutions/04-batch-converter", "a-batch", 5.0),
    ("4", "fixtures/04-batch-converter/converts-six-times", "a-batch", 5.0),
    ("5", "solutions/05-producer-consumer", "one-to-one", 8.0),
    ("5", "fixtures/05-producer-consumer/sleep-polling", "one-to-one", 8.0),
    ("6", "solutions/06-threads-and-processes", "many-units", 5.0),
    ("6", "fixtures/06-threads-and-processes/timing-slow", "many-units", 5.0),
    ("7", "solutions/07-ipc-queue", "many-small-messages", 8.0),
    ("7", "fixtures/07-ipc-queue/timing-byte-by-byte", "many-small-messages", 8.0),
    ("8", "solutions/08-crawler", "wall-time", 5.0),
    ("8", "fixtures/08-crawler/level-by-level", "wall-time", 5.0),
];

/// Which exercises are scored: all, or those that are named.
fn is_wanted(exercise: &str) -> bool {
    std::env::var("TIMING_EXERCISES").map_or(true, |wanted| {
        let mut wanted = wanted.split_whitespace().peekable();
        wanted.peek().is_none() || wanted.any(|number| number == exercise)
    })
}

/// Whether points lie in another band (all of them, some, none) than on a quiet machine, and further than the ten percent
/// of time around a threshold that nobody can tell apart.
fn is_band_error(points: f64, calm: f64) -> bool {
    /// Ten percent of time, on the course's common scale.
    const NEAR: f64 = 8.2;
    if calm >= 100.0 {
        points < 100.0 - NEAR
    } else if calm <= 0.0 {
        points > NEAR
    } else {
        (points >= 100.0 && calm < 100.0 - NEAR) || (points <= 0.0 && calm > NEAR)
    }
}

/// The bound: forty scorings of the same submission while two workers of the same grader check other submissions.
///
/// It takes minutes and a machine without other work: `scripts/timing-bound.sh`.
#[test]
#[ignore = "opt-in: minutes on a quiet machine"]
fn the_same_submission_gets_the_same_points_beside_our_own_work() {
    let sandbox = Sandbox::open_with(Path::new(env!("CARGO_BIN_EXE_grader")), Request::Auto).unwrap();
    let bench = Grader::with(sandbox).unwrap();
    let mut wrong = Vec::new();
    eprintln!(
        "exercise                 submission             check                  n  median  range  quiet  range   cost    \
         max  bands  at once  undecided"
    );
    // What most submissions cost, and the slow ones of this table: these are timed for as many times longer.
    let (mut usual_costs, mut slow_costs) = (Vec::new(), Vec::new());
    for (number, folder, check, bound) in SCORED.into_iter().filter(|(number, ..)| is_wanted(number)) {
        let exercise = bench.catalog().find(number).unwrap();
        let path = repository().join(folder);
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let candidate = Candidate::read(&name, &path, exercise, Origin::Path).unwrap();
        let (scorings, calmly) = scorings();
        let quiet = score(&bench, exercise, &candidate, check, calmly);
        let done = AtomicBool::new(false);
        let loaded = thread::scope(|scope| {
            let _end = EndOnDrop(&done);
            for _ in 0..2 {
                scope.spawn(|| {
                    let other = bench.catalog().find("3").unwrap();
                    let path = repository().join("solutions/03-counter");
                    let other_candidate = Candidate::read("other", &path, other, Origin::Path).unwrap();
                    let options =
                        Options { seed: 1, effort: Effort::Quick, only: None, colour: false, incremental: false };
                    while !done.load(Ordering::SeqCst) {
                        bench.grade(other, &other_candidate, &options, &Silent).unwrap();
                    }
                });
            }
            score(&bench, exercise, &candidate, check, scorings)
        });
        let (median, calm) = (Scored::median(&loaded.points), Scored::median(&quiet.points));
        let cost = Scored::median(&loaded.seconds);
        let (range, longest) = (loaded.range(), loaded.longest());
        let band_errors = loaded.points.iter().filter(|points| is_band_error(**points, calm)).count();
        let row = format!(
            "{:<25}{name:<23}{check:<21}{:>3}{median:>8.1}{range:>7.1}{calm:>7.1}{:>7.1}{cost:>5.1} s{longest:>5.1} s\
             {band_errors:>7}{:>9}{:>5} and {}",
            exercise.folder(),
            loaded.points.len(),
            quiet.range(),
            loaded.at_once,
            loaded.undecided.len(),
            quiet.undecided.len(),
        );
        eprintln!("{row}");
        for why in quiet.undecided.iter().chain(&loaded.undecided) {
            eprintln!("    not decided: {why}");
        }
        let costs = if folder.starts_with("solutions") { &mut usual_costs } else { &mut slow_costs };
        costs.extend(loaded.seconds);
        // Where much was not decided, little is shown.
        let is_shown = !quiet.points.is_empty() && 4 * loaded.undecided.len() <= scorings;
        if !is_shown || range > bound || (median - calm).abs() > 3.0 || longest > 6.0 || band_errors > 0 {
            wrong.push(row);
        }
    }
    let (usual, slow) = (Scored::median(&usual_costs), Scored::median(&slow_costs));
    let told = format!("the median verdict costs {usual:.1} s, and {slow:.1} s on a slow submission");
    eprintln!("{told}");
    assert!(usual <= 2.0, "{told}");
    assert!(wrong.is_empty(), "beyond the bound:\n{}", wrong.join("\n"));
}
