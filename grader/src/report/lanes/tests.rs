//! Invented failures, at the widths of a phone, a terminal and a wide screen.

use protocol::Panic;
use protocol::explore::{Action, Awaited, Event, FailureKind, Hold, Object, Thread, ThreadPanic, Wait};

use super::*;

fn src(line: u32) -> Place {
    Place { file: "src/lib.rs".to_owned(), line, from: None }
}

fn call(thread: u32, label: &str) -> Event {
    Event { thread, action: Action::Call { label: label.to_owned() }, place: None }
}

fn result(thread: u32, label: &str, result: &str) -> Event {
    Event { thread, action: Action::Return { label: label.to_owned(), result: result.to_owned() }, place: None }
}

fn operation(thread: u32, what: &str, object: u32, outcome: &str, line: u32) -> Event {
    let action = Action::Operation { what: what.to_owned(), object: Some(object), outcome: outcome.to_owned() };
    Event { thread, action, place: Some(src(line)) }
}

fn wait(thread: u32, awaited: Awaited, object: Option<u32>, line: Option<u32>) -> Wait {
    Wait { thread, awaited, object, other: None, place: line.map(src) }
}

fn story(threads: &[&str], objects: &[&str], events: Vec<Event>) -> Story {
    Story {
        threads: threads.iter().map(|name| Thread { name: (*name).to_owned(), ended: false }).collect(),
        objects: objects.iter().map(|name| Object { name: (*name).to_owned(), first: None }).collect(),
        events,
        ..Story::default()
    }
}

fn failure(kind: FailureKind, story: Story) -> Failure {
    Failure { kind, found_at: 3, delays: Some(1), story }
}

fn shown(failure: &Failure, width: usize) -> String {
    let lines = lanes(failure, width);
    for line in &lines {
        assert!(columns(line) <= width, "wider than {width}: {line}");
        assert_eq!(line.trim_end(), line);
    }
    lines.join("\n")
}

/// The whole of an increment that nobody interrupts.
fn increment(thread: u32, value: u64) -> Vec<Event> {
    vec![
        call(thread, "increment()"),
        operation(thread, "load", 0, &value.to_string(), 14),
        operation(thread, "store", 0, &(value + 1).to_string(), 15),
        result(thread, "increment()", &value.to_string()),
    ]
}

/// Two threads with two increments each; the first is interrupted between its load and its store.
fn lost_update() -> Failure {
    let whole = increment(1, 0);
    let events = [whole[..2].to_vec(), increment(2, 0), increment(2, 1), whole[2..].to_vec(), increment(1, 1)];
    let kind = FailureKind::Rejected { observation: Vec::new() };
    failure(kind, story(&["main", "writer 1", "writer 2"], &["atomic in `counter`"], events.concat()))
}

/// Two transfers that take their locks in the order of their arguments.
fn argument_order() -> Failure {
    let events = vec![
        call(1, "transfer(a, b, 1)"),
        operation(1, "lock", 0, "", 31),
        call(2, "transfer(b, a, 1)"),
        operation(2, "lock", 1, "", 31),
    ];
    let mut story = story(&["main", "first", "second"], &["lock in `a`", "lock in `b`"], events);
    story.waits = vec![
        wait(0, Awaited::Scope, None, None),
        wait(1, Awaited::Lock, Some(1), Some(32)),
        wait(2, Awaited::Lock, Some(0), Some(32)),
    ];
    story.holds =
        vec![Hold { thread: 1, object: 0, place: Some(src(31)) }, Hold { thread: 2, object: 1, place: Some(src(31)) }];
    failure(FailureKind::Deadlock, story)
}

#[test]
fn a_lost_update_is_shown_in_at_most_eight_rows() {
    let rows = rows::rows(&lost_update().story, Extent::Dozen);
    assert!(rows.len() <= 8, "{rows:#?}");
    insta::assert_snapshot!(shown(&lost_update(), 80), @r"
    writer 1                       │ writer 2
    ───────────────────────────────┼───────────────────────────────
    increment(): load `counter`: 0 │                                │ src/lib.rs:14
                                   │ increment() → 0
                                   │ increment() → 1
    store `counter`: 1             │                                │ src/lib.rs:15
    increment() → 0
    increment() → 1
    ");
    insta::assert_snapshot!(shown(&lost_update(), 40), @r"
    writer 1 │ increment(): load: 0
             │   src/lib.rs:14
    writer 2 │ increment() → 0
    writer 2 │ increment() → 1
    writer 1 │ store `counter`: 1
             │   src/lib.rs:15
    writer 1 │ increment() → 0
    writer 1 │ increment() → 1
    ");
    insta::assert_snapshot!(shown(&lost_update(), 200), @r"
    writer 1                                 │ writer 2
    ─────────────────────────────────────────┼─────────────────────────────────────────
    increment(): load atomic in `counter`: 0 │                                          │ src/lib.rs:14
                                             │ increment() → 0
                                             │ increment() → 1
    store atomic in `counter`: 1             │                                          │ src/lib.rs:15
    increment() → 0
    increment() → 1
    ");
}

#[test]
fn a_deadlock_names_both_locks_both_holders_and_both_lines() {
    insta::assert_snapshot!(shown(&argument_order(), 80), @r"
    first                          │ second
    ───────────────────────────────┼───────────────────────────────
    transfer(a, b, 1): take `a`    │                                │ src/lib.rs:31
                                   │ transfer(b, a, 1): take `b`    │ src/lib.rs:31
    waits for lock in `b`          │                                │ src/lib.rs:32
                                   │ waits for lock in `a`          │ src/lib.rs:32
    first holds lock in `a` since src/lib.rs:31 and waits for lock in `b` at
      src/lib.rs:32, held by second
    second holds lock in `b` since src/lib.rs:31 and waits for lock in `a` at
      src/lib.rs:32, held by first
    ");
    insta::assert_snapshot!(shown(&argument_order(), 40), @r"
    first  │ transfer(a, b, 1): take `a`
           │   src/lib.rs:31
    second │ transfer(b, a, 1): take `b`
           │   src/lib.rs:31
    first  │ waits for lock in `b`
           │   src/lib.rs:32
    second │ waits for lock in `a`
           │   src/lib.rs:32
    first holds lock in `a` since
      src/lib.rs:31 and waits for lock in
      `b` at src/lib.rs:32, held by second
    second holds lock in `b` since
      src/lib.rs:31 and waits for lock in
      `a` at src/lib.rs:32, held by first
    ");
    insta::assert_snapshot!(shown(&argument_order(), 200), @r"
    first                               │ second
    ────────────────────────────────────┼────────────────────────────────────
    transfer(a, b, 1): take lock in `a` │                                     │ src/lib.rs:31
                                        │ transfer(b, a, 1): take lock in `b` │ src/lib.rs:31
    waits for lock in `b`               │                                     │ src/lib.rs:32
                                        │ waits for lock in `a`               │ src/lib.rs:32
    first holds lock in `a` since src/lib.rs:31 and waits for lock in `b` at src/lib.rs:32, held by second
    second holds lock in `b` since src/lib.rs:31 and waits for lock in `a` at src/lib.rs:32, held by first
    ");
}

#[test]
fn a_helper_is_shown_with_the_lines_that_called_it() {
    let mut failure = argument_order();
    let called = |line: u32, from: u32| Some(Place { from: Some(Box::new(src(from))), ..src(line) });
    let story = &mut failure.story;
    (story.events[1].place, story.events[3].place) = (called(54, 65), called(54, 65));
    (story.waits[1].place, story.waits[2].place) = (called(54, 66), called(54, 66));
    (story.holds[0].place, story.holds[1].place) = (called(54, 65), called(54, 65));
    insta::assert_snapshot!(shown(&failure, 80), @r"
    first                        │ second
    ─────────────────────────────┼─────────────────────────────
    transfer(a, b, 1): take `a`  │                              │ src/lib.rs:54 ← 65
                                 │ transfer(b, a, 1): take `b`  │ src/lib.rs:54 ← 65
    waits for lock in `b`        │                              │ src/lib.rs:54 ← 66
                                 │ waits for lock in `a`        │ src/lib.rs:54 ← 66
    first holds lock in `a` since src/lib.rs:54 (called from line 65) and waits for
      lock in `b` at src/lib.rs:54 (called from line 66), held by second
    second holds lock in `b` since src/lib.rs:54 (called from line 65) and waits for
      lock in `a` at src/lib.rs:54 (called from line 66), held by first
    ");
}

#[test]
fn a_lost_wake_up_tells_what_was_let_go() {
    let events = vec![
        call(1, "pop()"),
        operation(1, "lock", 0, "", 20),
        operation(1, "wait", 1, "lets go of the lock", 22),
        call(2, "push(7)"),
        operation(2, "lock", 0, "", 12),
        operation(2, "notify_one", 1, "wakes hurried", 14),
        result(2, "push(7)", "()"),
    ];
    let mut story = story(&["main", "consumer", "producer"], &["lock in `queue`", "condvar in `queue`"], events);
    story.waits = vec![wait(0, Awaited::End, None, None), wait(1, Awaited::Notification, Some(1), Some(22))];
    story.waits[0].other = Some(1);
    insta::assert_snapshot!(shown(&failure(FailureKind::Deadlock, story), 80), @r"
    consumer                       │ producer
    ───────────────────────────────┼───────────────────────────────
    pop(): take `queue`            │                                │ src/lib.rs:20
    wait: lets go of the lock      │                                │ src/lib.rs:22
                                   │ notify_one: wakes hurried      │ src/lib.rs:14
                                   │ push(7) returns
    waits for a notification       │                                │ src/lib.rs:22
    consumer waits for a notification of condvar in `queue` at src/lib.rs:22
    ");
}

#[test]
fn a_lock_that_a_thread_holds_itself_is_told_so() {
    let mut story = story(&["main"], &["lock #1"], vec![operation(0, "lock", 0, "", 5)]);
    story.waits = vec![wait(0, Awaited::Lock, Some(0), Some(6))];
    story.holds = vec![Hold { thread: 0, object: 0, place: Some(src(5)) }];
    insta::assert_snapshot!(shown(&failure(FailureKind::Deadlock, story), 60), @r"
    main
    ──────────────────────
    take lock #1           │ src/lib.rs:5
    waits for lock #1      │ src/lib.rs:6
    main holds lock #1 since src/lib.rs:5 and waits for lock #1
      at src/lib.rs:6, which it holds itself
    ");
}

#[test]
fn a_long_story_is_cut_to_a_dozen_rows() {
    let mut events: Vec<Event> = (0..40).flat_map(|value| increment(1 + u32::from(value % 2 == 1), value)).collect();
    events.extend(increment(1, 40)[..2].to_vec());
    for round in 0..10 {
        events.push(operation(2, "load", 0, "40", 50 + round));
        events.push(operation(2, "store", 1, "1", 70));
    }
    events.extend(increment(1, 40)[2..].to_vec());
    let kind = FailureKind::Rejected { observation: Vec::new() };
    let failure = failure(kind, story(&["main", "a", "b"], &["atomic #1", "atomic #2"], events));
    assert!(rows::rows(&failure.story, Extent::Dozen).len() <= 12);
    insta::assert_snapshot!(shown(&failure, 80), @r"
    a                              │ b
    ───────────────────────────────┼───────────────────────────────
    … 39 earlier steps
                                   │ increment() → 39
    increment(): load: 40          │                                │ src/lib.rs:14
                                   │ load atomic #1: 40             │ src/lib.rs:50
                                   │ … 8 steps
                                   │ load atomic #1: 40             │ src/lib.rs:59
    store atomic #1: 41            │                                │ src/lib.rs:15
    increment() → 40
    ");
}

#[test]
fn a_story_without_an_overlap_keeps_its_ends() {
    let events: Vec<Event> = (0..30).flat_map(|value| increment(1, value)).collect();
    let kind = FailureKind::Rejected { observation: Vec::new() };
    let rows = rows::rows(&failure(kind, story(&["main", "a"], &["atomic #1"], events)).story, Extent::Dozen);
    let words: Vec<&str> = rows.iter().map(|row| row.text.longest()).collect();
    assert_eq!(words, ["increment() → 0", "… 28 steps", "increment() → 29"]);
}

#[test]
fn panics_are_told_with_their_lines() {
    let mut story = story(&["main", "worker"], &[], Vec::new());
    let panic = |message: &str, file: &str, line| Panic { message: message.to_owned(), file: file.to_owned(), line };
    story.panics = vec![
        ThreadPanic { thread: 1, panic: panic("attempt to add\nwith overflow", "src/lib.rs", 9) },
        ThreadPanic { thread: 0, panic: panic("a scoped thread panicked", "", 0) },
    ];
    let kind = FailureKind::Panic(story.panics[1].panic.clone());
    insta::assert_snapshot!(shown(&failure(kind, story), 80), @r"
    worker panicked at src/lib.rs:9: attempt to add with overflow
    main panicked: a scoped thread panicked
    ");
}

#[test]
fn many_threads_stand_below_each_other() {
    let names = ["main", "a", "b", "c", "d", "e"];
    let events = (1..6).map(|thread| operation(thread, "fetch_add", 0, "0 → 1", thread)).collect();
    let kind = FailureKind::Rejected { observation: Vec::new() };
    insta::assert_snapshot!(shown(&failure(kind, story(&names, &["atomic #1"], events)), 80), @r"
    a │ fetch_add atomic #1: 0 → 1  src/lib.rs:1
    b │ fetch_add atomic #1: 0 → 1  src/lib.rs:2
    c │ fetch_add atomic #1: 0 → 1  src/lib.rs:3
    d │ fetch_add atomic #1: 0 → 1  src/lib.rs:4
    e │ fetch_add atomic #1: 0 → 1  src/lib.rs:5
    ");
}

#[test]
fn a_whole_story_shows_every_step() {
    let lines = steps(&lost_update().story, 80, Extent::Whole);
    insta::assert_snapshot!(lines.join("\n"), @r"
    writer 1                       │ writer 2
    ───────────────────────────────┼───────────────────────────────
    increment(): load `counter`: 0 │                                │ src/lib.rs:14
                                   │ increment(): load `counter`: 0 │ src/lib.rs:14
                                   │ store `counter`: 1             │ src/lib.rs:15
                                   │ increment() → 0
                                   │ increment(): load `counter`: 1 │ src/lib.rs:14
                                   │ store `counter`: 2             │ src/lib.rs:15
                                   │ increment() → 1
    store `counter`: 1             │                                │ src/lib.rs:15
    increment() → 0
    increment(): load `counter`: 1 │                                │ src/lib.rs:14
    store `counter`: 2             │                                │ src/lib.rs:15
    increment() → 1
    ");
}

#[test]
fn every_width_has_an_answer() {
    for failure in [lost_update(), argument_order()] {
        for width in 0..=250 {
            drop(lanes(&failure, width));
        }
        for width in 20..=250 {
            shown(&failure, width);
        }
    }
    let mut broken = argument_order();
    broken.story.objects.clear();
    broken.story.threads.clear();
    assert!(!lanes(&broken, 80).is_empty(), "a record that does not add up is shown all the same");
}
