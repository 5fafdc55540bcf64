//! Which operations of a thread lead nowhere: [`Polls`].
//!
//! A thread that asks the same question at the same line again and again and gets the same answer is polling. Such a
//! thread gives way to the others, as if it had said `yield_now`, or a default schedule would never leave an honest
//! spin loop. Nothing here decides that a program hangs; only the bound in steps does.

use std::panic::Location;

/// How often the same answer at the same line makes a thread give way.
const FRUITLESS: u32 = 3;
/// The same for taking a lock, which is how a thread polls what the lock guards, but also how it works.
const LOCKING: u32 = 8;
/// How many questions are remembered: a loop may ask several.
const REMEMBERED: usize = 8;

#[derive(Clone, Copy, Debug)]
struct Poll {
    line: &'static Location<'static>,
    address: usize,
    answer: u64,
    times: u32,
}

/// The questions that a thread has asked since it last changed something.
#[derive(Debug, Default)]
pub(crate) struct Polls {
    asked: Vec<Poll>,
    oldest: usize,
}

impl Polls {
    /// The thread has changed something: it gets on.
    pub(crate) fn clear(&mut self) {
        self.asked.clear();
        self.oldest = 0;
    }

    /// The thread has read `answer` and changed nothing. True if it should give way.
    pub(crate) fn ask(&mut self, line: &'static Location<'static>, address: usize, answer: u64) -> bool {
        self.count(line, address, answer) >= FRUITLESS
    }

    /// The thread has taken a lock. True if it should give way, once.
    pub(crate) fn lock(&mut self, line: &'static Location<'static>, address: usize) -> bool {
        let often = self.count(line, address, 0) >= LOCKING;
        if often {
            self.clear();
        }
        often
    }

    /// How often in a row the question had this answer.
    fn count(&mut self, line: &'static Location<'static>, address: usize, answer: u64) -> u32 {
        let same = |poll: &&mut Poll| std::ptr::eq(poll.line, line) && poll.address == address;
        if let Some(poll) = self.asked.iter_mut().find(same) {
            poll.times = if poll.answer == answer { poll.times + 1 } else { 1 };
            poll.answer = answer;
            return poll.times;
        }
        let poll = Poll { line, address, answer, times: 1 };
        if self.asked.len() < REMEMBERED {
            self.asked.push(poll);
        } else {
            self.asked[self.oldest] = poll;
            self.oldest = (self.oldest + 1) % REMEMBERED;
        }
        1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_answer_at_the_same_line_counts() {
        let (mut polls, line) = (Polls::default(), Location::caller());
        assert_eq!([7, 7, 7].map(|answer| polls.ask(line, 1, answer)), [false, false, true]);
        assert!(!polls.ask(line, 1, 8), "another answer is news");
        assert!(!polls.ask(line, 2, 8), "another object is another question");
        polls.clear();
        assert!(!polls.ask(line, 1, 8));
    }

    #[test]
    fn a_long_round_of_questions_is_forgotten() {
        let (mut polls, line) = (Polls::default(), Location::caller());
        for _ in 0..10 {
            for address in 0..=REMEMBERED {
                assert!(!polls.ask(line, address, 0));
            }
        }
    }
}
