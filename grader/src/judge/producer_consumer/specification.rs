//! What the calls of exercise 5 mean when they are made one after the other.

use std::collections::VecDeque;

use protocol::producer_consumer::{Answer, Call};

use crate::judge::linearizability::Specification;

/// A bounded queue.
pub(super) struct BoundedQueue;

/// Which promises a round is judged by, besides those that every round is judged by: a mistake then shows at the check
/// that is about it, and not at all the others too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Rules {
    /// Items leave in the order in which they came.
    pub(super) order: bool,
    /// No item is taken while the queue is full.
    pub(super) capacity: bool,
}

impl Rules {
    /// Every promise.
    pub(super) const ALL: Self = Self { order: true, capacity: true };
}

/// The state of a queue between two calls.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct State {
    rules: Rules,
    capacity: usize,
    items: VecDeque<u32>,
    unfinished: usize,
    closed: bool,
}

impl State {
    pub(super) fn new(rules: Rules, capacity: usize) -> Self {
        Self { rules, capacity, items: VecDeque::new(), unfinished: 0, closed: false }
    }

    fn push(&mut self, item: u32) -> Answer {
        self.items.push_back(item);
        self.unfinished += 1;
        Answer::Done
    }

    fn is_full(&self) -> bool {
        self.items.len() >= self.capacity
    }

    /// What the queue answers; it moves on. `None` while the call has to wait.
    pub(super) fn required_answer(&mut self, call: &Call) -> Option<Answer> {
        Some(match call {
            Call::Push(item) | Call::TryPush(item) if self.closed => Answer::Closed(*item),
            Call::Push(_) if self.is_full() => return None,
            Call::TryPush(item) if self.is_full() => Answer::Full(*item),
            Call::Push(item) | Call::TryPush(item) => self.push(*item),
            Call::Pop | Call::PopPatiently if self.items.is_empty() && !self.closed => return None,
            Call::Pop => Answer::Popped(self.items.pop_front()),
            // However long it took: the time is looked at elsewhere.
            Call::PopTimeout(_) if self.items.is_empty() && !self.closed => Answer::TimedOut { waited_us: 0 },
            Call::PopTimeout(_) | Call::PopPatiently => Answer::PoppedInTime(self.items.pop_front()),
            Call::Close => {
                self.closed = true;
                Answer::Returned
            }
            Call::Len => Answer::Length(self.items.len()),
            Call::TaskDone => match self.unfinished.checked_sub(1) {
                Some(unfinished) => {
                    self.unfinished = unfinished;
                    Answer::Done
                }
                None => Answer::TooManyDone,
            },
            Call::Join if self.unfinished > 0 => return None,
            Call::Join | Call::Sleep(_) | Call::PutBack => Answer::Returned,
        })
    }
}

impl Specification for BoundedQueue {
    type Call = Call;
    type Answer = Answer;
    type State = State;

    fn step(state: &mut State, call: &Call, answer: &Answer) -> bool {
        match (call, answer) {
            (Call::Push(item) | Call::TryPush(item), Answer::Done) if !state.rules.capacity && !state.closed => {
                state.push(*item);
                return true;
            }
            (_, Answer::Popped(Some(item)) | Answer::PoppedInTime(Some(item))) if !state.rules.order => {
                let Some(place) = state.items.iter().position(|waiting| waiting == item) else { return false };
                state.items.swap(0, place);
            }
            _ => {}
        }
        match (state.required_answer(call), answer) {
            (Some(Answer::TimedOut { .. }), Answer::TimedOut { .. }) => true,
            (required, answer) => required.as_ref() == Some(answer),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Call::{Close, Join, Len, Pop, PopTimeout, Push, TaskDone, TryPush};

    fn answers(capacity: usize, calls: &[Call]) -> Vec<Option<Answer>> {
        let mut state = State::new(Rules::ALL, capacity);
        calls.iter().map(|call| state.required_answer(call)).collect()
    }

    #[test]
    fn a_full_queue_lets_wait_and_a_closed_one_refuses() {
        let calls = [Push(1), Push(2), TryPush(3), Close, Push(4), TryPush(5)];
        let due = [
            Some(Answer::Done),
            None,
            Some(Answer::Full(3)),
            Some(Answer::Returned),
            Some(Answer::Closed(4)),
            Some(Answer::Closed(5)),
        ];
        assert_eq!(answers(1, &calls), due);
    }

    #[test]
    fn a_round_that_is_not_about_order_or_capacity_allows_any() {
        let rules = Rules { order: false, capacity: false };
        let mut state = State::new(rules, 1);
        for (call, answer) in [
            (Push(1), Answer::Done),
            (Push(2), Answer::Done),
            (Pop, Answer::Popped(Some(2))),
            (Pop, Answer::Popped(Some(1))),
        ] {
            assert!(BoundedQueue::step(&mut state, &call, &answer), "{call}");
        }
        assert!(!BoundedQueue::step(&mut state, &Pop, &Answer::Popped(Some(1))));
    }

    #[test]
    fn a_closed_queue_is_drained_before_it_ends() {
        let calls = [Push(1), Close, Len, Pop, Pop, PopTimeout(1)];
        let due = [
            Some(Answer::Done),
            Some(Answer::Returned),
            Some(Answer::Length(1)),
            Some(Answer::Popped(Some(1))),
            Some(Answer::Popped(None)),
            Some(Answer::PoppedInTime(None)),
        ];
        assert_eq!(answers(3, &calls), due);
    }

    #[test]
    fn only_reports_end_a_join() {
        let calls = [TaskDone, Join, Push(1), Pop, Join, TaskDone, Join, TaskDone];
        let due = [
            Some(Answer::TooManyDone),
            Some(Answer::Returned),
            Some(Answer::Done),
            Some(Answer::Popped(Some(1))),
            None,
            Some(Answer::Done),
            Some(Answer::Returned),
            Some(Answer::TooManyDone),
        ];
        assert_eq!(answers(1, &calls), due);
    }
}
