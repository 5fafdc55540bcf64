//! Where the program keeps its variables: the writable data of the executable, and the calling thread's own.
//!
//! The loader is asked once ([`Segment`] is an answer); what lies there is for others to know.
#![allow(unsafe_code, reason = "the loader is asked through a C interface")]

use std::ffi::{c_int, c_void};
use std::ops::Range;

use libc::{PF_W, PT_LOAD, PT_TLS, dl_iterate_phdr, dl_phdr_info, size_t};

/// A piece of the program's memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Segment {
    pub(crate) kind: SegmentKind,
    /// Its addresses.
    pub(crate) range: Range<usize>,
}

/// What a [`Segment`] holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SegmentKind {
    /// Writable statics of the executable itself.
    Data,
    /// The calling thread's thread-local variables of some loaded file.
    ThreadLocal,
}

/// All segments of interest.
pub(crate) fn segments() -> Vec<Segment> {
    let mut found = Found { segments: Vec::new(), executable: true };
    // SAFETY: `note` is called during this call only, with the pointer given here.
    unsafe { dl_iterate_phdr(Some(note), (&raw mut found).cast()) };
    found.segments
}

struct Found {
    segments: Vec<Segment>,
    /// Whether the next file is the executable, which the loader names first.
    executable: bool,
}

unsafe extern "C" fn note(info: *mut dl_phdr_info, _size: size_t, found: *mut c_void) -> c_int {
    // SAFETY: the loader passes a valid `info`, and `found` as `segments` gave it.
    let (info, found) = unsafe { (&*info, &mut *found.cast::<Found>()) };
    if !info.dlpi_phdr.is_null() {
        // SAFETY: the loader says that so many headers lie there.
        let headers = unsafe { std::slice::from_raw_parts(info.dlpi_phdr, usize::from(info.dlpi_phnum)) };
        for header in headers {
            let length = header.p_memsz as usize;
            let (kind, start) = match header.p_type {
                PT_LOAD if found.executable && header.p_flags & PF_W != 0 => {
                    (SegmentKind::Data, info.dlpi_addr as usize + header.p_vaddr as usize)
                }
                PT_TLS if !info.dlpi_tls_data.is_null() => (SegmentKind::ThreadLocal, info.dlpi_tls_data as usize),
                _ => continue,
            };
            found.segments.push(Segment { kind, range: start..start + length });
        }
    }
    found.executable = false;
    0
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;
    use std::sync::atomic::AtomicU64;

    #[test]
    fn statics_and_thread_locals_are_found_where_they_lie() {
        static ZERO: AtomicU64 = AtomicU64::new(0);
        static NINE: AtomicU64 = AtomicU64::new(9);
        thread_local!(static OWN: Cell<u64> = const { Cell::new(3) });
        let kind = |address: usize| {
            segments().into_iter().find(|segment| segment.range.contains(&address)).map(|segment| segment.kind)
        };
        assert_eq!(kind((&raw const ZERO).addr()), Some(SegmentKind::Data));
        assert_eq!(kind((&raw const NINE).addr()), Some(SegmentKind::Data));
        assert_eq!(OWN.with(|own| kind(std::ptr::from_ref(own).addr())), Some(SegmentKind::ThreadLocal));
        assert_eq!(kind(std::ptr::from_ref(&*Box::new(0_u64)).addr()), None);
    }
}
