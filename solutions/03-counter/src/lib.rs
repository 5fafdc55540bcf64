//! Exercise 3: a thread-safe counter.
//!
//! Each counter is a number behind a mutex. Whoever needs several counters at once locks them in the order of their
//! addresses, so no two threads can wait for each other; a counter named twice is locked once.

use std::collections::BTreeMap;
use std::hash::Hash;
use std::ptr;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A call would have taken a counter past the range of `i64`. Nothing was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the counter would overflow")]
pub struct Overflow;

/// Why a [`transfer`] moved nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TransferError {
    /// The source holds less than the amount.
    #[error("the source holds less than the amount")]
    Insufficient,
    /// The target cannot hold the amount in addition to what it has.
    #[error("the target would overflow")]
    Overflow,
    /// The amount is negative.
    #[error("the amount is negative")]
    Negative,
}

/// A counter that threads share by reference.
pub struct Counter {
    value: Mutex<i64>,
}

impl Counter {
    /// A counter that begins at `start`.
    pub fn new(start: i64) -> Self {
        Self { value: Mutex::new(start) }
    }

    /// Adds one and returns the new value, the caller's *ticket*: no two increments get the same one.
    ///
    /// # Panics
    /// If the counter is at `i64::MAX`. It stays there, and stays usable.
    pub fn increment(&self) -> i64 {
        self.add(1).expect("a counter at i64::MAX cannot be incremented")
    }

    /// Adds `amount`, which may be negative, and returns the new value.
    ///
    /// # Errors
    /// [`Overflow`] if the new value is outside the range of `i64`; the counter then keeps its value.
    pub fn add(&self, amount: i64) -> Result<i64, Overflow> {
        let mut value = self.lock();
        *value = value.checked_add(amount).ok_or(Overflow)?;
        Ok(*value)
    }

    /// The value at some moment during the call.
    pub fn get(&self) -> i64 {
        *self.lock()
    }

    /// Sets the counter to zero and returns the value that this cleared.
    pub fn reset(&self) -> i64 {
        std::mem::take(&mut *self.lock())
    }

    /// Replaces the value by `change(value)` and returns the new one. Nobody else's call comes in between.
    ///
    /// If `change` panics, the panic goes on to the caller, and the counter keeps its value and stays usable by
    /// everybody. `change` itself calls no counter.
    pub fn update(&self, change: impl FnOnce(i64) -> i64) -> i64 {
        let mut value = self.lock();
        *value = change(*value);
        *value
    }

    /// The lock, poisoned or not: every writer works out the new value before it stores it, so a panic on the way
    /// leaves the old value, which is as good as any.
    fn lock(&self) -> MutexGuard<'_, i64> {
        self.value.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Moves `amount` from one counter to the other, as one step: nobody sees the amount in both, or in neither.
///
/// Never deadlocks, whichever counters other threads move amounts between at the same time. A transfer from a counter
/// to itself is checked like any other, and changes nothing.
///
/// # Errors
/// Nothing is moved, and [`TransferError::Negative`] says that the amount is negative, [`TransferError::Insufficient`]
/// that `from` holds less than the amount, [`TransferError::Overflow`] that `to` cannot hold it; the first of these that
/// applies.
pub fn transfer(from: &Counter, to: &Counter, amount: i64) -> Result<(), TransferError> {
    if amount < 0 {
        return Err(TransferError::Negative);
    }
    if ptr::eq(from, to) {
        return if from.get() < amount { Err(TransferError::Insufficient) } else { Ok(()) };
    }
    let (mut source, mut target);
    if ptr::from_ref(from) < ptr::from_ref(to) {
        source = from.lock();
        target = to.lock();
    } else {
        target = to.lock();
        source = from.lock();
    }
    if *source < amount {
        return Err(TransferError::Insufficient);
    }
    *target = target.checked_add(amount).ok_or(TransferError::Overflow)?;
    *source -= amount;
    Ok(())
}

/// The sum over all `counters` at one single moment: it never misses an amount that a [`transfer`] is moving.
///
/// A counter that is listed twice is counted twice.
pub fn total(counters: &[&Counter]) -> i128 {
    let mut ordered = counters.to_vec();
    ordered.sort_by_key(|counter| ptr::from_ref(*counter));
    let listings: Vec<&[&Counter]> = ordered.chunk_by(|one, other| ptr::eq(*one, *other)).collect();
    // All the locks first, then the sum: a lock given back early would let a transfer through.
    let values: Vec<_> = listings.iter().map(|same| (same[0].lock(), same.len())).collect();
    values.iter().map(|(value, times)| i128::from(**value) * (*times as i128)).sum()
}

/// A count for each key, shared between threads by reference.
///
/// A key that nobody has incremented has the count zero, and is in no snapshot.
pub struct KeyedCounter<K> {
    counts: Mutex<BTreeMap<K, u64>>,
}

impl<K: Ord + Hash + Clone> KeyedCounter<K> {
    /// A keyed counter without keys.
    pub fn new() -> Self {
        Self { counts: Mutex::new(BTreeMap::new()) }
    }

    /// Adds one to the count of `key` and returns the new count.
    pub fn increment(&self, key: K) -> u64 {
        let mut counts = self.lock();
        let count = counts.entry(key).or_insert(0);
        *count += 1;
        *count
    }

    /// The count of `key`.
    pub fn get(&self, key: &K) -> u64 {
        self.lock().get(key).copied().unwrap_or(0)
    }

    /// Every key with its count, all at one moment.
    pub fn snapshot(&self) -> BTreeMap<K, u64> {
        self.lock().clone()
    }

    /// The sum of all counts, at one moment.
    pub fn total(&self) -> u64 {
        self.lock().values().sum()
    }

    /// The lock, poisoned or not: a panicking comparison of keys can leave no half-made count behind.
    fn lock(&self) -> MutexGuard<'_, BTreeMap<K, u64>> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Ord + Hash + Clone> Default for KeyedCounter<K> {
    fn default() -> Self {
        Self::new()
    }
}
