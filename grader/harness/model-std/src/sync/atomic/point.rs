//! What all atomic variables share: the scheduling point before an operation, and what the scheduler hears after it.

use ::std::panic::Location;

use model::{Effect, Kind, Object, Operation};

/// A value of an atomic variable.
pub(super) trait Word: Copy + PartialEq {
    /// The value as a number, to tell it from others.
    fn bits(self) -> u64;
    /// The value as a person reads it.
    fn show(self) -> String;
}

/// An operation that is about to happen.
pub(super) struct Point {
    object: Object,
    what: &'static str,
    line: &'static Location<'static>,
}

impl Point {
    /// Lets the other threads run, if the schedule says so.
    #[inline]
    #[track_caller]
    pub(super) fn new<A>(atomic: &A, operation: Operation, what: &'static str) -> Self {
        let (object, line) = (Object::of(atomic, Kind::Atomic), Location::caller());
        model::step(operation, object, line);
        Self { object, what, line }
    }

    /// The operation has read a value.
    #[inline]
    pub(super) fn read<W: Word>(self, value: W) -> W {
        model::accessed(self.object, self.what, self.line, Effect::Same(value.bits()), || value.show());
        value
    }

    /// The operation has replaced one value by another. Returns the old one.
    #[inline]
    pub(super) fn replaced<W: Word>(self, old: W, new: W) -> W {
        let effect = if old == new { Effect::Same(old.bits()) } else { Effect::Changed };
        model::accessed(self.object, self.what, self.line, effect, || format!("{} → {}", old.show(), new.show()));
        old
    }

    /// The operation has written a value.
    #[inline]
    pub(super) fn written<W: Word>(self, old: W, new: W) {
        let effect = if old == new { Effect::Same(old.bits()) } else { Effect::Changed };
        model::accessed(self.object, self.what, self.line, effect, || new.show());
    }

    /// The operation has exchanged values, or found another one than it was to replace.
    #[inline]
    pub(super) fn exchanged<W: Word>(self, result: Result<W, W>, expected: W, new: W) -> Result<W, W> {
        match result {
            Ok(old) => {
                self.replaced(old, new);
            }
            Err(found) => {
                let outcome = || {
                    let cause = if found == expected { "fails without cause, found" } else { "fails, found" };
                    format!("{cause} {}", found.show())
                };
                model::accessed(self.object, self.what, self.line, Effect::Same(found.bits()), outcome);
            }
        }
        result
    }
}

/// Whether a weak exchange that could succeed fails, as it may.
#[inline]
pub(super) fn fails_without_cause() -> bool {
    model::choose(2, Operation::WeakExchange) == 1
}

/// The operations that all atomic variables have, in terms of the real type in `self.0`.
macro_rules! common_operations {
    ($value:ty) => {
        /// Mutable access needs no scheduling: nobody shares the variable.
        pub fn get_mut(&mut self) -> &mut $value {
            self.0.get_mut()
        }

        /// Reads the value.
        #[inline]
        #[track_caller]
        pub fn load(&self, order: Ordering) -> $value {
            let point = Point::new(self, Operation::Load, "load");
            point.read(self.0.load(order))
        }

        /// Writes a value.
        #[inline]
        #[track_caller]
        pub fn store(&self, value: $value, order: Ordering) {
            let point = Point::new(self, Operation::Store, "store");
            let old = self.0.load(Relaxed);
            self.0.store(value, order);
            point.written(old, value);
        }

        /// Writes a value and returns the one before.
        #[inline]
        #[track_caller]
        pub fn swap(&self, value: $value, order: Ordering) -> $value {
            let point = Point::new(self, Operation::Change, "swap");
            point.replaced(self.0.swap(value, order), value)
        }

        /// Writes `new` if the value is `current`. Returns the value before.
        #[deprecated(since = "1.50.0", note = "Use `compare_exchange` or `compare_exchange_weak` instead")]
        #[track_caller]
        pub fn compare_and_swap(&self, current: $value, new: $value, order: Ordering) -> $value {
            let failure = match order {
                Ordering::AcqRel => Ordering::Acquire,
                Ordering::Release => Relaxed,
                other => other,
            };
            self.compare_exchange(current, new, order, failure).unwrap_or_else(|found| found)
        }

        /// Writes `new` if the value is `current`.
        #[inline]
        #[track_caller]
        pub fn compare_exchange(
            &self,
            current: $value,
            new: $value,
            success: Ordering,
            failure: Ordering,
        ) -> Result<$value, $value> {
            let point = Point::new(self, Operation::Change, "compare_exchange");
            point.exchanged(self.0.compare_exchange(current, new, success, failure), current, new)
        }

        /// Writes `new` if the value is `current`; may fail without cause.
        #[inline]
        #[track_caller]
        pub fn compare_exchange_weak(
            &self,
            current: $value,
            new: $value,
            success: Ordering,
            failure: Ordering,
        ) -> Result<$value, $value> {
            let point = Point::new(self, Operation::Change, "compare_exchange_weak");
            let found = self.0.load(Relaxed);
            let result = if found == current && fails_without_cause() {
                Err(found)
            } else {
                self.0.compare_exchange(current, new, success, failure)
            };
            point.exchanged(result, current, new)
        }

        /// Reads the value, computes another and exchanges them, again and again until nobody was in between.
        #[track_caller]
        pub fn fetch_update<F>(&self, set: Ordering, fetch: Ordering, update: F) -> Result<$value, $value>
        where
            F: FnMut($value) -> Option<$value>,
        {
            self.try_update(set, fetch, update)
        }

        /// Reads the value, computes another and exchanges them, again and again until nobody was in between.
        #[track_caller]
        pub fn try_update(
            &self,
            set: Ordering,
            fetch: Ordering,
            mut update: impl FnMut($value) -> Option<$value>,
        ) -> Result<$value, $value> {
            let mut value = self.load(fetch);
            while let Some(new) = update(value) {
                match self.compare_exchange(value, new, set, fetch) {
                    Ok(old) => return Ok(old),
                    Err(found) => value = found,
                }
            }
            Err(value)
        }

        /// Like `try_update` with a computation that always has a result.
        #[track_caller]
        pub fn update(&self, set: Ordering, fetch: Ordering, mut update: impl FnMut($value) -> $value) -> $value {
            let mut value = self.load(fetch);
            loop {
                match self.compare_exchange(value, update(value), set, fetch) {
                    Ok(old) => return old,
                    Err(found) => value = found,
                }
            }
        }
    };
}

pub(super) use common_operations;
