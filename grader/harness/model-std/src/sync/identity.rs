//! An object's address is its identity: [`Identity`] says when it is gone.
//!
//! It takes no room, lies first in its object, and is the only part of it with a `Drop` of its own: one on a generic
//! type would make the borrow checker refuse what the standard library's types allow.

/// Lies at the address of its object and tells the story that the object is gone.
#[derive(Debug)]
pub(super) struct Identity;

impl Drop for Identity {
    #[inline]
    fn drop(&mut self) {
        model::forget(::std::ptr::from_ref(self).addr());
    }
}
