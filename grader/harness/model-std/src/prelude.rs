//! `std::prelude`: the names that are there without an import, the macros of this crate among them.

macro_rules! preludes {
    ($($prelude:ident)*) => { $(
        #[doc = concat!("`std::prelude::", stringify!($prelude), "`.")]
        pub mod $prelude {
            pub use crate::{dbg, eprint, eprintln, print, println, thread_local};
            pub use ::std::prelude::$prelude::*;
        }
    )* };
}

preludes!(v1 rust_2015 rust_2018 rust_2021 rust_2024);
