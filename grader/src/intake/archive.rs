//! A submission in an archive: read in memory, never unpacked.
//!
//! An archive's own words about lengths are not believed: what is inflated is bounded, whatever was announced.

use std::fs::File;
use std::io::{self, BufReader, Cursor, Read, Seek};
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;
use zip::ZipArchive;

use super::sieve::{Sieve, checked_name, is_source};
use super::{IntakeError, LARGEST, MOST_FILES, OURS, Submission, root_among};

/// The largest archive that is looked into, in bytes.
const LARGEST_ARCHIVE: u64 = 64 << 20;
/// The most that a compressed `.tar` is inflated to, in bytes: it has to be read from its beginning to its end.
const LARGEST_TAR: u64 = 256 << 20;
/// The most files and folders in an archive.
const MOST_ENTRIES: usize = 20_000;
/// How names of archives end.
const ENDINGS: [&str; 4] = [".zip", ".tar", ".tar.gz", ".tgz"];

/// A file in an archive, by a path with slashes; its bytes if it may be a source file.
struct Entry {
    name: String,
    bytes: Option<Vec<u8>>,
}

/// Whether a file's name is that of an archive.
pub fn looks_like_archive(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    ENDINGS.iter().any(|ending| name.ends_with(ending))
}

/// A file's name without an archive's ending.
pub fn without_ending(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let ending =
        ENDINGS.iter().filter(|ending| name.to_lowercase().ends_with(*ending)).map(|ending| ending.len()).max();
    name[..name.len() - ending.unwrap_or(0)].to_owned()
}

/// Takes the sources of the archive at `path`.
pub(super) fn read(path: &Path, wanted: &str) -> Result<Submission, IntakeError> {
    let entries = entries(path)?;
    let roots: Vec<String> = entries.iter().filter_map(|entry| root_of(&entry.name)).collect();
    let outermost = |root: &&String| !roots.iter().any(|other| other != *root && is_below(root, other));
    let candidates = roots.iter().filter(outermost).cloned().collect();
    let nested = entries.iter().find(|entry| looks_like_archive(Path::new(&entry.name)));
    if let (true, Some(nested)) = (roots.is_empty(), nested) {
        return Err(IntakeError::Nested { name: nested.name.clone() });
    }
    let root = root_among(path, wanted, candidates)?;
    let mut sieve = Sieve::new(path);
    for Entry { name, bytes } in entries {
        let below = if root.is_empty() { Some(name.as_str()) } else { name.strip_prefix(&format!("{root}/")) };
        let Some(below) = below.map(str::to_owned) else { continue };
        if below.starts_with("src/") {
            sieve.offer(below, || Ok(Box::new(Cursor::new(bytes.unwrap_or_default()))))?;
        } else if let Some(ours) = below.split('/').next().filter(|first| OURS.contains(first)) {
            sieve.drop_told(ours.to_owned());
        }
    }
    sieve.finish()
}

/// The folder whose library this is, if it is one.
fn root_of(name: &str) -> Option<String> {
    let root = if name == "src/lib.rs" { Some("") } else { name.strip_suffix("/src/lib.rs") };
    root.map(str::to_owned)
}

/// Whether `path` lies below `folder`; both with slashes.
fn is_below(path: &str, folder: &str) -> bool {
    folder.is_empty() || path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

/// The files in the archive, whichever kind it is: its first bytes tell.
fn entries(path: &Path) -> Result<Vec<Entry>, IntakeError> {
    let unreadable = |source| IntakeError::Read { path: path.to_owned(), source };
    let mut file = File::open(path).map_err(unreadable)?;
    if file.metadata().map_err(unreadable)?.len() > LARGEST_ARCHIVE {
        return Err(IntakeError::TooLarge { path: path.to_owned() });
    }
    let mut magic = Vec::new();
    file.by_ref().take(512).read_to_end(&mut magic).map_err(unreadable)?;
    file.rewind().map_err(unreadable)?;
    let reader = BufReader::new(file);
    if magic.starts_with(b"PK") {
        zip_entries(path, reader)
    } else if magic.starts_with(&[0x1f, 0x8b]) {
        tar_entries(path, GzDecoder::new(reader).take(LARGEST_TAR))
    } else if magic.get(257..262) == Some(b"ustar") {
        tar_entries(path, reader)
    } else {
        let source = io::Error::other("it begins neither like a .zip nor like a .tar or .tar.gz");
        Err(IntakeError::Archive { path: path.to_owned(), source })
    }
}

fn zip_entries(path: &Path, reader: impl Read + Seek) -> Result<Vec<Entry>, IntakeError> {
    let damaged = |error: zip::result::ZipError| IntakeError::Archive { path: path.to_owned(), source: error.into() };
    let mut archive = ZipArchive::new(reader).map_err(damaged)?;
    if archive.len() > MOST_ENTRIES {
        return Err(IntakeError::TooLarge { path: path.to_owned() });
    }
    let mut intake = Intake { path, entries: Vec::new(), bytes: 0 };
    for index in 0..archive.len() {
        let file = archive.by_index(index).map_err(damaged)?;
        let raw = file.name_raw().to_vec();
        let name = intake.checked(&raw)?;
        let special = file.unix_mode().is_some_and(|mode| !matches!(mode & 0o170_000, 0 | 0o100_000 | 0o040_000));
        if special {
            return Err(IntakeError::Special { path: PathBuf::from(name) });
        }
        if !file.is_dir() {
            let announced = file.size();
            intake.take(name, announced, file)?;
        }
    }
    Ok(intake.entries)
}

fn tar_entries(path: &Path, reader: impl Read) -> Result<Vec<Entry>, IntakeError> {
    let damaged = |source| IntakeError::Archive { path: path.to_owned(), source };
    let mut archive = tar::Archive::new(reader);
    let mut intake = Intake { path, entries: Vec::new(), bytes: 0 };
    for entry in archive.entries().map_err(damaged)? {
        let entry = entry.map_err(damaged)?;
        if intake.entries.len() == MOST_ENTRIES {
            return Err(intake.too_large());
        }
        let kind = entry.header().entry_type();
        if kind.is_pax_global_extensions() {
            continue;
        }
        let name = intake.checked(&entry.path_bytes())?;
        if kind.is_file() {
            let announced = entry.size();
            intake.take(name, announced, entry)?;
        } else if !kind.is_dir() {
            return Err(IntakeError::Special { path: PathBuf::from(name) });
        }
    }
    Ok(intake.entries)
}

struct Intake<'path> {
    path: &'path Path,
    entries: Vec<Entry>,
    bytes: u64,
}

impl Intake<'_> {
    /// A path of the archive's, with slashes and without `.`, if it stays inside and every part of it can be a name.
    fn checked(&self, raw: &[u8]) -> Result<String, IntakeError> {
        let lossy = || String::from_utf8_lossy(raw).into_owned();
        let text = std::str::from_utf8(raw).map_err(|_| IntakeError::Name { path: PathBuf::from(lossy()) })?;
        let drive = text.as_bytes().get(1) == Some(&b':');
        if text.starts_with('/') || text.contains('\\') || drive || text.split('/').any(|part| part == "..") {
            return Err(IntakeError::Escapes { name: text.to_owned() });
        }
        let parts = text.split('/').filter(|part| !part.is_empty() && *part != ".");
        let parts: Vec<&str> =
            parts.map(|part| checked_name(Some(part), &self.path.join(text))).collect::<Result<_, _>>()?;
        Ok(parts.join("/"))
    }

    /// Notes a file, with its bytes if it may be a source file.
    fn take(&mut self, name: String, announced: u64, reader: impl Read) -> Result<(), IntakeError> {
        let from_src = name.find("src/").map(|at| &name[at..]);
        if !from_src.is_some_and(is_source) {
            self.entries.push(Entry { name, bytes: None });
            return Ok(());
        }
        if self.entries.iter().filter(|entry| entry.bytes.is_some()).count() >= 4 * MOST_FILES {
            return Err(self.too_large());
        }
        let damaged = |source| IntakeError::Archive { path: self.path.to_owned(), source };
        let mut bytes = Vec::new();
        reader.take(LARGEST + 1).read_to_end(&mut bytes).map_err(damaged)?;
        self.bytes += bytes.len() as u64;
        // Wrapped beside others, a submission may be one of several: hence more than one may be.
        if bytes.len() as u64 > LARGEST || self.bytes > 4 * LARGEST {
            return Err(self.too_large());
        }
        if bytes.len() as u64 != announced {
            return Err(IntakeError::Length { name });
        }
        self.entries.push(Entry { name, bytes: Some(bytes) });
        Ok(())
    }

    fn too_large(&self) -> IntakeError {
        IntakeError::TooLarge { path: self.path.to_owned() }
    }
}
