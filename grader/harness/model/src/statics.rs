//! Statics begin every execution as the compiler made them: [`Statics`].
//!
//! A static with interior mutability is noticed when the program first uses it: then its bytes are still those that the
//! compiler laid down, and they are kept. Before each execution they are put back; what the last execution stored there
//! is leaked, as it is when a process ends. Objects on the heap or a stack are none of its business.
#![allow(unsafe_code, reason = "the bytes of a static are kept and put back whatever its type")]

use std::mem::MaybeUninit;
use std::ops::Range;

use crate::object::Object;
use crate::segments::{SegmentKind, segments};

/// A static's bytes before anybody used it.
#[derive(Debug)]
struct Static {
    address: usize,
    initial: Box<[MaybeUninit<u8>]>,
}

/// The statics that the program has used on this thread of the operating system.
#[derive(Debug, Default)]
pub(crate) struct Statics {
    /// From the first to the last writable byte of the executable.
    data: Range<usize>,
    known: Vec<Static>,
}

impl Statics {
    pub(crate) fn new() -> Self {
        let data = segments().into_iter().filter(|segment| segment.kind == SegmentKind::Data).map(|data| data.range);
        let span = |one: Range<usize>, other: Range<usize>| one.start.min(other.start)..one.end.max(other.end);
        Self { data: data.reduce(span).unwrap_or(0..0), known: Vec::new() }
    }

    /// Keeps the bytes of an object that is about to be used, if it is a static that was not used before.
    pub(crate) fn notice(&mut self, object: Object) {
        if self.data.contains(&object.address) {
            self.keep(object);
        }
    }

    #[cold]
    fn keep(&mut self, object: Object) {
        // What lies inside a known static, such as the mutex in a `LazyLock`, was made by the program.
        if self.known.iter().any(|known| (known.address..known.address + known.initial.len()).contains(&object.address))
        {
            return;
        }
        let bytes = object.address as *const MaybeUninit<u8>;
        // SAFETY: the caller holds a reference to an object of this size at this address. Nobody writes to it meanwhile:
        // everything modelled runs on this thread. Padding may be uninitialised, and so may these bytes.
        let initial = unsafe { std::slice::from_raw_parts(bytes, object.size) };
        self.known.push(Static { address: object.address, initial: initial.into() });
    }

    /// Puts every static back to its beginning. No execution may be under way.
    pub(crate) fn restore(&mut self) {
        for known in &self.known {
            let address = known.address as *mut MaybeUninit<u8>;
            // SAFETY: the static lives for ever and has this size; no execution is under way, so that nobody holds a
            // reference into it; the bytes are a valid value of its type, since the compiler put them there.
            unsafe { std::ptr::copy_nonoverlapping(known.initial.as_ptr(), address, known.initial.len()) };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::object::Kind;
    use std::sync::Mutex;

    #[test]
    fn a_static_is_put_back_and_other_objects_are_left_alone() {
        static LIST: Mutex<Vec<u8>> = Mutex::new(Vec::new());
        let heap = Box::new(Mutex::new(vec![1]));
        let mut statics = Statics::new();
        statics.notice(Object::of(&LIST, Kind::Lock));
        statics.notice(Object::of(&*heap, Kind::Lock));
        for _ in 0..3 {
            LIST.lock().unwrap().push(7);
            heap.lock().unwrap().push(7);
            statics.notice(Object::of(&LIST, Kind::Lock));
            assert_eq!(*LIST.lock().unwrap(), [7]);
            statics.restore();
        }
        assert_eq!(heap.lock().unwrap().len(), 4);
    }
}
