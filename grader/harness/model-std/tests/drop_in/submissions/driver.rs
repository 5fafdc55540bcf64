//! Explores the counter and prints which thread did what at which of its lines.

use model::{Judgement, Scenario};
use protocol::explore::{Action, Budget};

fn body() -> Vec<u8> {
    let counter = submission::Counter::default();
    model_std::thread::scope(|scope| {
        let threads = [(); 2].map(|()| scope.spawn(|| counter.increment()));
        threads.map(|thread| thread.join().unwrap() as u8).to_vec()
    })
}

fn main() {
    let mut judge = |tickets: &[u8]| if tickets == [0, 0] { Judgement::Rejected } else { Judgement::Accepted };
    let exploration = model::explore(&Budget::default(), &Scenario::new(&body), &mut judge);
    let story = exploration.failure.expect("a ticket is given twice").story;
    for event in story.events {
        let Action::Operation { what, .. } = event.action else { continue };
        let place = event.place.expect("an operation has a line");
        println!("{} {what} {}:{}", story.threads[event.thread as usize].name, place.file, place.line);
    }
}
