//! What a failure tells: names, calls, lines, and nothing of the scenario's own machinery.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU8, Ordering::SeqCst};
use std::thread;

use model::{Judgement, Observer, Scenario, call, name};
use protocol::explore::{Action, Reached};

use crate::explorer::{budget, failure, scenario};

/// Stands for a submission: its lines are those of this file; the threads of the scenario are started elsewhere.
struct Counter(AtomicU8);

impl Counter {
    fn increment(&self) -> u8 {
        let value = self.0.load(SeqCst);
        self.0.store(value + 1, SeqCst);
        value
    }
}

fn racy() -> Vec<u8> {
    let counter = Counter(AtomicU8::new(0));
    name(&counter, "counter");
    let tickets = thread::scope(|scope| {
        let threads = [(); 2].map(|()| scope.spawn(|| call("increment()", || counter.increment())));
        threads.map(|thread| thread.join().unwrap())
    });
    tickets.to_vec()
}

#[test]
fn a_story_names_calls_results_and_objects() {
    let mut judge = |tickets: &[u8]| if tickets == [0, 0] { Judgement::Rejected } else { Judgement::Accepted };
    let failure = model::explore(&budget(), &scenario(&racy), &mut judge).failure.expect("both read 0");
    let story = failure.story;
    assert_eq!(story.objects.len(), 1);
    assert_eq!(story.objects[0].name, "atomic in `counter`");
    let words: Vec<String> = story
        .events
        .iter()
        .filter(|event| event.thread == 2)
        .map(|event| match &event.action {
            Action::Call { label } => label.clone(),
            Action::Return { label, result } => format!("{label} = {result}"),
            Action::Operation { what, outcome, .. } => format!("{what} {outcome}"),
        })
        .collect();
    assert_eq!(words, ["increment()", "load 0", "store 1", "increment() = 0"]);
}

#[test]
fn lines_outside_the_submission_are_not_told() {
    let mut judge = |tickets: &[u8]| if tickets == [0, 0] { Judgement::Rejected } else { Judgement::Accepted };
    let scenario = Scenario { sources: "src/", ..Scenario::new(&racy) };
    let story = model::explore(&budget(), &scenario, &mut judge).failure.expect("both read 0").story;
    assert!(story.events.iter().all(|event| !matches!(event.action, Action::Operation { .. })));
    assert_eq!(story.events.len(), 4, "only the calls and their results");
}

#[test]
fn objects_without_a_name_are_numbered_by_kind() {
    let body = || {
        let locks = [Mutex::new(()), Mutex::new(())];
        let named = (Mutex::new(()), Mutex::new(()));
        name(&named, "pair");
        let _guards = [&locks[0], &locks[1], &named.0, &named.1].map(|lock| lock.lock().unwrap());
        let _again = locks[0].lock();
        Vec::new()
    };
    let names: Vec<String> = failure(&body).story.objects.into_iter().map(|object| object.name).collect();
    assert_eq!(names, ["lock #1", "lock #2", "lock 1 in `pair`", "lock 2 in `pair`"]);
}

#[test]
fn another_object_at_the_same_address_is_another_one() {
    let body = || {
        for _ in 0..2 {
            let lock = Box::new(Mutex::new(()));
            drop(lock.lock().unwrap());
        }
        let lock = Mutex::new(());
        let _first = lock.lock().unwrap();
        let _second = lock.lock();
        Vec::new()
    };
    assert_eq!(failure(&body).story.objects.len(), 3);
}

#[test]
fn a_search_says_at_every_level_how_far_it_got() {
    struct Listener(Vec<Reached>);
    impl Observer for Listener {
        fn judge(&mut self, _observation: &[u8]) -> Judgement {
            Judgement::Accepted
        }
        fn reached(&mut self, reached: &Reached) {
            self.0.push(reached.clone());
        }
    }
    let mut listener = Listener(Vec::new());
    let exploration = model::explore(&budget(), &scenario(&racy), &mut listener);
    assert_eq!(listener.0.last().map(|reached| &reached.levels), Some(&exploration.reached.levels));
    assert_eq!(listener.0.len(), exploration.reached.levels.len());
}

#[test]
fn each_different_observation_is_judged_once() {
    let mut judged = Vec::new();
    let mut judge = |observation: &[u8]| {
        judged.push(observation.to_vec());
        Judgement::Accepted
    };
    let reached = model::explore(&budget(), &scenario(&racy), &mut judge).reached;
    judged.sort();
    assert_eq!(judged, [[0, 0], [0, 1], [1, 0]]);
    assert_eq!(reached.observations, 3);
}
