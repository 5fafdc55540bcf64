//! `std::os` as far as it is about files.

pub use ::std::os::raw;

#[cfg(unix)]
pub use ::std::os::fd;

/// Linux alone.
#[cfg(target_os = "linux")]
pub mod linux {
    pub use ::std::os::linux::fs;
}

/// Unix, without sockets, processes and native threads.
#[cfg(unix)]
pub mod unix {
    pub use ::std::os::unix::{ffi, fs, io};
}
