//! Thread-local values of modelled threads: [`local`] finds one, [`Locals`] are those of one thread.
//!
//! A value is made when its thread first asks for it, and dropped when the thread ends, the last one first, as the
//! standard library does it. A value that is being dropped can no longer be had.

use std::any::Any;
use std::rc::Rc;

use crate::engine::{Engine, with};
use crate::panics::catch;

/// The values of one thread.
#[derive(Default)]
pub(crate) struct Locals {
    values: Vec<(usize, Rc<dyn Any>)>,
    /// The keys whose values were dropped.
    dropped: Vec<usize>,
}

enum Found {
    Value(Rc<dyn Any>),
    Dropped,
    Missing,
}

impl Engine {
    fn local(&self, key: usize) -> Found {
        let locals = &self.threads[self.current].locals;
        match locals.values.iter().find(|value| value.0 == key) {
            Some((_, value)) => Found::Value(Rc::clone(value)),
            None if locals.dropped.contains(&key) => Found::Dropped,
            None => Found::Missing,
        }
    }
}

/// The running thread's value for `key`, made by `init` if there is none; `None` if it was dropped already.
///
/// # Panics
/// If no execution is under way, or if the key was used with another type.
pub fn local<T: 'static>(key: usize, init: impl FnOnce() -> T) -> Option<Rc<T>> {
    match with(|engine| engine.local(key)).expect("a thread-local value was used outside an execution") {
        Found::Value(value) => Some(value.downcast().expect("a key has one type")),
        Found::Dropped => None,
        Found::Missing => {
            let value = Rc::new(init());
            // The initialiser may have asked for the same key; then its value is the older one, and gives way.
            let older = with(|engine| {
                let values = &mut engine.threads[engine.current].locals.values;
                let older = values.iter().position(|value| value.0 == key).map(|place| values.remove(place));
                values.push((key, Rc::clone(&value) as Rc<dyn Any>));
                older
            });
            drop(older);
            Some(value)
        }
    }
}

/// Drops the running thread's values. The payload, if one of their destructors panicked.
pub(crate) fn drop_locals() -> Option<Box<dyn Any + Send>> {
    let mut payload = None;
    loop {
        let next = with(|engine| {
            let locals = &mut engine.threads[engine.current].locals;
            let (key, value) = locals.values.pop()?;
            locals.dropped.push(key);
            Some(value)
        });
        let Some(Some(value)) = next else { return payload };
        payload = catch(move || drop(value)).err().or(payload);
    }
}
