//! Every replaced item of the standard library with its signature. This file is compiled twice: against the real one,
//! which shows that it is true, and against the model, which shows that nothing is missing.

#![allow(
    deprecated,
    clippy::dbg_macro,
    clippy::disallowed_methods,
    clippy::items_after_statements,
    clippy::missing_const_for_thread_local,
    clippy::needless_late_init,
    clippy::print_stderr,
    clippy::print_stdout,
    clippy::type_complexity,
    reason = "every item is named, in every form"
)]

mod atomics;
mod files;
mod locks;
mod threads;

/// Whatever fails here fails to compile.
pub(crate) fn check() {
    atomics::check();
    files::check();
    locks::check();
    threads::check();
}

/// Says that a type has these traits.
macro_rules! has {
    ($type:ty: $($bound:tt)*) => {{
        const fn has<T: ?Sized + $($bound)*>() {}
        const { has::<$type>() }
    }};
}

/// Says that a type does not have this trait: if it had, the call would be ambiguous.
macro_rules! lacks {
    ($type:ty: $($bound:tt)*) => {{
        trait Ambiguous<A> {
            fn unique() {}
        }
        impl<T: ?Sized> Ambiguous<()> for T {}
        struct Has;
        impl<T: ?Sized + $($bound)*> Ambiguous<Has> for T {}
        <$type as Ambiguous<_>>::unique();
    }};
}

use {has, lacks};
