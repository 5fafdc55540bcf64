//! Whether a history of calls has an order that explains every answer.
//!
//! A history is *linearizable* if its calls can be put in one sequence that a sequential object would answer in the same
//! way, such that a call that had returned before another was made also stands before it (Herlihy and Wing, 1990). The
//! search is Wing and Gong's (1993): try every call that could be next, with Lowe's (2017) memory of the pairs of done
//! calls and state that led nowhere.

use std::collections::HashSet;
use std::hash::Hash;

use protocol::history::Completed;

/// The most calls that a history may have.
pub(crate) const LONGEST: usize = 128;

/// A sequential object.
pub(crate) trait Specification {
    /// A call.
    type Call;
    /// What a call can come to.
    type Answer;
    /// The object's state.
    type State: Clone + Eq + Hash;

    /// Whether the object, in this state, may answer the call so; moves the state on if it may.
    fn step(state: &mut Self::State, call: &Self::Call, answer: &Self::Answer) -> bool;
}

/// Whether some order of the calls explains every answer.
///
/// # Panics
/// If there are more than [`LONGEST`] calls.
pub(crate) fn is_linearizable<S: Specification>(start: S::State, history: &[Completed<S::Call, S::Answer>]) -> bool {
    assert!(history.len() <= LONGEST, "a history of {} calls is too long to search", history.len());
    let everything = if history.len() == LONGEST { u128::MAX } else { (1 << history.len()) - 1 };
    let mut dead = HashSet::new();
    let mut pending = vec![(0_u128, start)];
    while let Some((done, state)) = pending.pop() {
        if done == everything {
            return true;
        }
        if !dead.insert((done, state.clone())) {
            continue;
        }
        let waiting = |index: &usize| done & (1 << index) == 0;
        // A call can be next unless another that is not done had returned before it was made.
        let first_end = (0..history.len()).filter(waiting).map(|index| history[index].ended).min().unwrap_or(u64::MAX);
        for index in (0..history.len()).filter(waiting).filter(|index| history[*index].began < first_end) {
            let mut next = state.clone();
            if S::step(&mut next, &history[index].call, &history[index].answer) {
                pending.push((done | (1 << index), next));
            }
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A register: calls are writes, `None` reads.
    struct Register;

    impl Specification for Register {
        type Call = Option<i64>;
        type Answer = i64;
        type State = i64;

        fn step(state: &mut i64, call: &Option<i64>, answer: &i64) -> bool {
            *state = call.unwrap_or(*state);
            *answer == *state
        }
    }

    fn call(call: Option<i64>, answer: i64, began: u64, ended: u64) -> Completed<Option<i64>, i64> {
        Completed { thread: 0, call, answer, began, ended }
    }

    #[test]
    fn overlapping_calls_may_take_effect_in_either_order() {
        let write = call(Some(1), 1, 0, 3);
        assert!(is_linearizable::<Register>(0, &[write.clone(), call(None, 0, 1, 2)]));
        assert!(is_linearizable::<Register>(0, &[write, call(None, 1, 1, 2)]));
    }

    #[test]
    fn a_read_after_a_write_has_returned_sees_it() {
        let write = call(Some(1), 1, 0, 1);
        assert!(is_linearizable::<Register>(0, &[write.clone(), call(None, 1, 2, 3)]));
        assert!(!is_linearizable::<Register>(0, &[write, call(None, 0, 2, 3)]));
    }

    #[test]
    fn two_reads_may_not_see_a_write_and_then_miss_it() {
        let history = [call(Some(1), 1, 0, 9), call(None, 1, 1, 2), call(None, 0, 3, 4)];
        assert!(!is_linearizable::<Register>(0, &history));
    }

    #[test]
    fn as_many_calls_as_there_may_be_are_searched() {
        let length = LONGEST as u64;
        let history: Vec<_> = (0..length).map(|at| call(Some(7), 7, at, at + length)).collect();
        assert!(is_linearizable::<Register>(0, &history));
    }
}
