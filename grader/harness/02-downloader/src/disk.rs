//! A disk that is full.

use std::io;
use std::sync::Arc;

use rustix::process::{Resource, Rlimit, Signal, getrlimit, setrlimit};

/// As long as this is there, no file of the process gets longer than so many bytes: writing fails.
pub(crate) struct FullDisk {
    before: Rlimit,
}

impl FullDisk {
    /// Fills the disk.
    ///
    /// # Errors
    /// If the system does not allow it.
    pub(crate) fn after(bytes: u64) -> io::Result<Self> {
        // The signal would end the process; one that is handled leaves the error of the call.
        signal_hook::flag::register(Signal::XFSZ.as_raw(), Arc::default())?;
        let before = getrlimit(Resource::Fsize);
        setrlimit(Resource::Fsize, Rlimit { current: Some(bytes), ..before })?;
        Ok(Self { before })
    }
}

impl Drop for FullDisk {
    fn drop(&mut self) {
        let _ = setrlimit(Resource::Fsize, self.before);
    }
}
