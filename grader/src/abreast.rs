//! Many pieces of work, a few at a time: [`abreast`] hands their results out in the order of the pieces.
//!
//! What the work is, and what an interruption means for it, is the caller's business.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

use crate::interrupt;

/// As many pieces at a time as this machine has cores.
pub fn cores() -> NonZeroUsize {
    thread::available_parallelism().unwrap_or(NonZeroUsize::MIN)
}

/// Does `work` for each of `items`, as many at a time as there are `lanes`, and calls `next` with each result, in the order
/// of the items, as soon as those before it are there.
///
/// After an interruption nothing further is begun, and `next` is called for what was done up to the first gap.
///
/// # Panics
/// If `work` does.
pub fn abreast<T: Sync, R: Send>(
    items: &[T],
    lanes: NonZeroUsize,
    work: impl Fn(&T) -> R + Sync,
    mut next: impl FnMut(R),
) {
    let taken = AtomicUsize::new(0);
    let (results, arriving) = mpsc::channel();
    thread::scope(|scope| {
        for _ in 0..lanes.get().min(items.len()) {
            let (results, taken, work) = (results.clone(), &taken, &work);
            scope.spawn(move || {
                while !interrupt::requested() {
                    let index = taken.fetch_add(1, Ordering::Relaxed);
                    let Some(item) = items.get(index) else { break };
                    if results.send((index, work(item))).is_err() {
                        break;
                    }
                }
            });
        }
        drop(results);
        let mut early = BTreeMap::new();
        let mut due = 0;
        for (index, result) in arriving {
            early.insert(index, result);
            while let Some(result) = early.remove(&due) {
                next(result);
                due += 1;
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;

    use super::*;

    #[test]
    fn results_come_in_the_order_of_the_items_whichever_was_done_first() {
        // The first item is done only when the second has begun; the third only after one of them.
        let both = Barrier::new(2);
        let mut seen = Vec::new();
        let work = |item: &u32| {
            if *item < 2 {
                both.wait();
            }
            10 * item
        };
        abreast(&[0, 1, 2, 3], NonZeroUsize::new(2).unwrap(), work, |result| seen.push(result));
        assert_eq!(seen, [0, 10, 20, 30]);
    }

    #[test]
    fn nothing_to_do_is_done_at_once() {
        abreast(&[(); 0], cores(), |()| unreachable!(), |(): ()| unreachable!());
    }
}
