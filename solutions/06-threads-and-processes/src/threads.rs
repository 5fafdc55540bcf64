//! The modes that stay in this process.

use std::any::Any;
use std::num::NonZeroU64;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread::{self, ScopedJoinHandle};

use course::{Mode, Workload};

use crate::global_lock::GlobalLock;
use crate::share::checksum;

/// One thread does everything: this one.
pub(crate) fn sequential(workload: &(dyn Workload + Sync)) -> Result<u64, String> {
    // The workload is not used again after a panic: the comparison ends with it.
    catch_unwind(AssertUnwindSafe(|| checksum(workload, Mode::Sequential, 0..workload.units()))).map_err(words)
}

/// A thread for each share, all at once.
pub(crate) fn at_once(
    workload: &(dyn Workload + Sync),
    shares: impl Iterator<Item = Range<u64>>,
) -> Result<u64, String> {
    thread::scope(|scope| {
        let threads = shares.map(|share| scope.spawn(move || checksum(workload, Mode::Threads, share))).collect();
        sum(threads)
    })
}

/// A thread for each share, but only the one that has the lock does anything.
pub(crate) fn under_lock(
    workload: &(dyn Workload + Sync),
    shares: impl ExactSizeIterator<Item = Range<u64>>,
    turn: NonZeroU64,
) -> Result<u64, String> {
    let lock = &GlobalLock::new(shares.len());
    thread::scope(|scope| {
        let threads = shares.enumerate().map(|(thread, mut share)| {
            scope.spawn(move || {
                let mut sum = 0_u64;
                while !share.is_empty() {
                    let mut held = lock.take(thread);
                    let end = share.end.min(share.start.saturating_add(turn.get()));
                    sum = sum.wrapping_add(checksum(workload, Mode::GlobalLock, share.start..end));
                    share.start = end;
                    if share.is_empty() {
                        held.leave();
                    }
                }
                sum
            })
        });
        sum(threads.collect())
    })
}

/// Waits for every thread, whatever has become of the others, and adds up what they found.
fn sum(threads: Vec<ScopedJoinHandle<'_, u64>>) -> Result<u64, String> {
    let ends: Vec<_> = threads.into_iter().map(ScopedJoinHandle::join).collect();
    ends.into_iter().try_fold(0_u64, |sum, end| Ok(sum.wrapping_add(end.map_err(words)?)))
}

/// What a panic said.
fn words(payload: Box<dyn Any + Send>) -> String {
    let text = payload.downcast_ref::<String>().cloned();
    let text = text.or_else(|| payload.downcast_ref::<&str>().map(|text| (*text).to_owned()));
    format!("a unit panicked: {}", text.as_deref().unwrap_or("it did not say why"))
}
