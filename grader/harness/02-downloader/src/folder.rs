//! The folder that a round's files go to, in a place of its own.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use protocol::downloader::{Content, Entry, Notes, Present};
use rustix::fs::{FallocateFlags, fallocate};
use site::Digest;

/// The name of the folder in its place.
const NAME: &str = "folder";

/// A folder, and the place in which it is the only thing.
pub(crate) struct Folder {
    place: PathBuf,
    path: PathBuf,
}

impl Folder {
    /// Makes it, with what is there at first; whatever an earlier round has left is gone.
    ///
    /// # Errors
    /// If there is no scratch space.
    pub(crate) fn open(present: &BTreeMap<String, Present>) -> io::Result<Self> {
        let place = std::env::temp_dir().join("downloads");
        let path = place.join(NAME);
        if let Err(error) = fs::remove_dir_all(&place)
            && error.kind() != io::ErrorKind::NotFound
        {
            return Err(error);
        }
        fs::create_dir_all(&path)?;
        for (name, present) in present {
            match present {
                Present::File(text) => fs::write(path.join(name), text)?,
                Present::Folder => fs::create_dir(path.join(name))?,
            }
        }
        Ok(Self { place, path })
    }

    /// Its path.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether `name` is there, with other content than `before`.
    pub(crate) fn has_new(&self, name: &str, before: Option<&Present>) -> bool {
        match before {
            None => fs::symlink_metadata(self.path.join(name)).is_ok(),
            Some(Present::Folder) => false,
            Some(Present::File(text)) => fs::read(self.path.join(name)).ok().as_deref() != Some(text.as_bytes()),
        }
    }

    /// What is in it, by name.
    ///
    /// # Errors
    /// If it cannot be read.
    pub(crate) fn listing(&self, notes: Notes) -> io::Result<Vec<Entry>> {
        let mut entries = Vec::new();
        for entry in fs::read_dir(&self.path)? {
            let entry = entry?;
            let content = if entry.file_type()?.is_file() { Some(content(&entry.path(), notes)?) } else { None };
            entries.push(Entry { name: entry.file_name().to_string_lossy().into_owned(), content });
        }
        entries.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(entries)
    }

    /// What stands beside it.
    ///
    /// # Errors
    /// If its place cannot be read.
    pub(crate) fn beside(&self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.place)? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            if name != NAME {
                names.push(name);
            }
        }
        names.sort();
        Ok(names)
    }

    /// Drops the content of every file in it, and none of its length. Where the file system cannot do that, the content
    /// stays.
    pub(crate) fn drop_content(&self) {
        drop_below(&self.path);
    }
}

/// Drops the content of every file below a folder.
fn drop_below(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let Ok(metadata) = entry.metadata() else { continue };
        if metadata.is_dir() {
            drop_below(&entry.path());
        } else if metadata.len() > 0
            && let Ok(file) = File::options().write(true).open(entry.path())
        {
            let _ = fallocate(&file, FallocateFlags::PUNCH_HOLE | FallocateFlags::KEEP_SIZE, 0, metadata.len());
        }
    }
}

fn content(path: &Path, notes: Notes) -> io::Result<Content> {
    let mut file = File::open(path)?;
    let bytes = file.metadata()?.len();
    if notes == Notes::Lengths {
        return Ok(Content { bytes, digest: 0 });
    }
    let mut digest = Digest::default();
    let mut buffer = [0; 8192];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(Content { bytes, digest: digest.value() }),
            count => digest.add(&buffer[..count]),
        }
    }
}
