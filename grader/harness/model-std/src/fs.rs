//! `std::fs`: the real files. What looks a file up by its path, makes it, renames or removes it is a scheduling point,
//! since other threads may do so too. What opens a file is none, nor what is done with an open one.

use ::std::io::Result;
use ::std::panic::Location;
use ::std::path::{Path, PathBuf};

use model::{Effect, Kind, Object, Operation};

pub use ::std::fs::*;

/// All files: nothing with an address.
const FILES: Object = Object { address: 0, size: 0, kind: Kind::Nothing };

/// Whether a function only looks.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Does {
    Look,
    Change,
}

/// Lets other threads run, then does the real thing.
#[track_caller]
fn act<T>(what: &'static str, does: Does, path: &Path, real: impl FnOnce(&Path) -> Result<T>) -> Result<T> {
    let line = Location::caller();
    model::step(Operation::File, FILES, line);
    let result = real(path);
    let effect = match does {
        Does::Change if result.is_ok() => Effect::Changed,
        Does::Look | Does::Change => Effect::Same(u64::from(result.is_ok())),
    };
    model::accessed(FILES, what, line, effect, || {
        // The folder has another name in every run.
        let name = path.file_name().unwrap_or(path.as_os_str()).display();
        result.as_ref().err().map_or_else(|| format!("`{name}`"), |error| format!("`{name}`: {error}"))
    });
    result
}

macro_rules! of_one_path {
    ($($name:ident -> $result:ty: $does:ident;)*) => {$(
        #[doc = concat!("`std::fs::", stringify!($name), "`")]
        #[track_caller]
        pub fn $name<P: AsRef<Path>>(path: P) -> Result<$result> {
            act(stringify!($name), Does::$does, path.as_ref(), |path| ::std::fs::$name(path))
        }
    )*};
}

macro_rules! of_two_paths {
    ($($name:ident($from:ident, $to:ident) -> $result:ty;)*) => {$(
        #[doc = concat!("`std::fs::", stringify!($name), "`")]
        #[track_caller]
        pub fn $name<P: AsRef<Path>, Q: AsRef<Path>>($from: P, $to: Q) -> Result<$result> {
            act(stringify!($name), Does::Change, $from.as_ref(), |from| ::std::fs::$name(from, $to.as_ref()))
        }
    )*};
}

of_one_path! {
    canonicalize -> PathBuf: Look;
    create_dir -> (): Change;
    create_dir_all -> (): Change;
    exists -> bool: Look;
    metadata -> Metadata: Look;
    read -> Vec<u8>: Look;
    read_dir -> ReadDir: Look;
    read_link -> PathBuf: Look;
    read_to_string -> String: Look;
    remove_dir -> (): Change;
    remove_dir_all -> (): Change;
    remove_file -> (): Change;
    symlink_metadata -> Metadata: Look;
}

of_two_paths! {
    copy(from, to) -> u64;
    hard_link(original, link) -> ();
    rename(from, to) -> ();
}

/// `std::fs::write`
#[track_caller]
pub fn write<P: AsRef<Path>, C: AsRef<[u8]>>(path: P, contents: C) -> Result<()> {
    act("write", Does::Change, path.as_ref(), |path| ::std::fs::write(path, contents))
}

/// `std::fs::set_permissions`
#[track_caller]
pub fn set_permissions<P: AsRef<Path>>(path: P, permissions: Permissions) -> Result<()> {
    act("set_permissions", Does::Change, path.as_ref(), |path| ::std::fs::set_permissions(path, permissions))
}
