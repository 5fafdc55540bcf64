//! Hash maps that iterate alike in every execution: [`Keys`].
//!
//! The standard library gives each thread of the operating system two random keys and every new `RandomState` the next
//! pair. All modelled threads share one such thread, so the order of a `HashMap` would differ between executions, and a
//! schedule could not be run again. The keys are found in the thread's own memory and set to the same pair before each
//! execution. If they are not found, nothing is written: the search then reports what it sees, a program that is not
//! deterministic.
#![allow(unsafe_code, reason = "the standard library has no way to set these keys")]

use std::hash::RandomState;

use crate::segments::{SegmentKind, segments};

/// The keys that every execution begins with.
const FIRST: [u64; 2] = [0x6f72_6465_7265_6421, 0x6861_7368_6b65_7973];

/// Where this thread's keys lie.
#[derive(Debug, Default)]
pub(crate) struct Keys {
    place: Option<*mut [u64; 2]>,
}

impl Keys {
    /// Looks for the keys of the calling thread.
    pub(crate) fn find() -> Self {
        let current = keys_of(&RandomState::new());
        let next = [current[0].wrapping_add(1), current[1]];
        let mut places =
            segments().into_iter().filter(|segment| segment.kind == SegmentKind::ThreadLocal).flat_map(|segment| {
                (segment.range.start.next_multiple_of(8)..segment.range.end.saturating_sub(15)).step_by(8)
            });
        // SAFETY: these addresses lie in thread-local variables of this thread, which are mapped and readable while it
        // runs, and nobody writes to them meanwhile.
        let matches = |address: &usize| unsafe { (*address as *const [u64; 2]).read_volatile() == next };
        let place = places.by_ref().find(matches).map(|address| address as *mut [u64; 2]);
        let unique = places.all(|address| !matches(&address));
        Self { place: place.filter(|_| unique) }
    }

    /// Sets the keys back to the first pair. Only the thread that found them may call this.
    pub(crate) fn restore(&self) {
        if let Some(place) = self.place {
            // SAFETY: the place held exactly the two numbers that the standard library was to hand out next: they are
            // the `Cell<(u64, u64)>` behind `RandomState::new`, of this thread, which nobody borrows.
            unsafe { place.write_volatile(FIRST) };
        }
    }
}

/// The two keys of a state.
fn keys_of(state: &RandomState) -> [u64; 2] {
    const { assert!(size_of::<RandomState>() == size_of::<[u64; 2]>()) };
    // SAFETY: the sizes are the same, and a `RandomState` holds two integers and nothing else.
    unsafe { std::ptr::from_ref(state).cast::<[u64; 2]>().read() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    #[test]
    fn maps_iterate_alike_after_a_restore() {
        let keys = Keys::find();
        assert!(keys.place.is_some(), "this standard library keeps its keys elsewhere");
        let order = || {
            keys.restore();
            [(); 3].map(|()| (0..50).map(|key| (key, 0)).collect::<HashMap<_, _>>().into_keys().collect::<Vec<_>>())
        };
        let first = order();
        assert_eq!(first, order());
        assert_ne!(first[0], first[1]);
    }
}
