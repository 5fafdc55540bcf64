//! Folders and archives, well-meant and hostile.

use std::fs;
use std::io::{self, Cursor, Write};
use std::os::unix::fs::symlink;
use std::path::PathBuf;

use flate2::Compression;
use flate2::write::GzEncoder;
use tempfile::TempDir;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::*;

const EXERCISE: &str = "03-counter";

/// A folder with these files.
fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

/// An archive of this name with these bytes.
fn file(name: &str, bytes: &[u8]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, bytes).unwrap();
    (folder, path)
}

/// The bytes of a zip archive with these files.
fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        writer.start_file(*name, SimpleFileOptions::default()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// The bytes of a tar archive with these entries; names are written as they are, whatever they are.
fn tar(entries: &[(&[u8], tar::EntryType, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, kind, bytes) in entries {
        let mut header = tar::Header::new_ustar();
        header.as_old_mut().name[..name.len()].copy_from_slice(name);
        header.set_entry_type(*kind);
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        builder.append(&header, *bytes).unwrap();
    }
    builder.into_inner().unwrap()
}

fn read(name: &str, bytes: &[u8]) -> Result<Submission, IntakeError> {
    let (_folder, path) = file(name, bytes);
    Submission::read(&path, EXERCISE)
}

fn names(submission: &Submission) -> Vec<&str> {
    submission.files.keys().map(String::as_str).collect()
}

#[test]
fn a_folder_and_its_archives_are_the_same_submission() {
    let files = [("src/lib.rs", "mod a;"), ("src/a/mod.rs", "fn f() {}"), ("notes.txt", "hello")];
    let plain = folder(&files);
    let from_folder = Submission::read(plain.path(), EXERCISE).unwrap();
    assert_eq!(names(&from_folder), ["src/a/mod.rs", "src/lib.rs"]);

    let in_bytes = files.map(|(name, text)| (name, text.as_bytes()));
    let zipped = read("work.zip", &zip(&in_bytes)).unwrap();
    let tarred = tar(&in_bytes.map(|(name, bytes)| (name.as_bytes(), tar::EntryType::Regular, bytes)));
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(&tarred).unwrap();
    for other in [zipped, read("work.tar", &tarred).unwrap(), read("work.tgz", &packed.finish().unwrap()).unwrap()] {
        assert_eq!(other.files, from_folder.files);
        assert_eq!(other.digest(), from_folder.digest());
    }
}

#[test]
fn wrappers_are_seen_through() {
    let wrapped = folder(&[("homework 3/final (2)/src/lib.rs", "")]);
    assert_eq!(names(&Submission::read(wrapped.path(), EXERCISE).unwrap()), ["src/lib.rs"]);
    let bytes = zip(&[("hw/src/lib.rs", b"1"), ("__MACOSX/hw/src/._lib.rs", b"\0"), ("hw/mysrc/lib.rs", b"2")]);
    assert_eq!(read("hw.zip", &bytes).unwrap().files, BTreeMap::from([("src/lib.rs".to_owned(), b"1".to_vec())]));
    let both = folder(&[("03-counter/src/lib.rs", "three"), ("05-producer-consumer/src/lib.rs", "five")]);
    assert_eq!(Submission::read(both.path(), EXERCISE).unwrap().files["src/lib.rs"], b"three");
    let neither = folder(&[("a/src/lib.rs", ""), ("b/src/lib.rs", "")]);
    let error = Submission::read(neither.path(), EXERCISE).unwrap_err();
    assert!(matches!(error, IntakeError::SeveralLibraries { .. }), "{error}");
}

#[test]
fn what_the_grader_brings_itself_is_dropped_and_told() {
    let ours =
        ["Cargo.toml", "Cargo.lock", "build.rs", ".cargo/config.toml", "rust-toolchain.toml", "target/x", ".git/x"];
    let mut files = vec![("hw/src/lib.rs", b"".as_slice())];
    let wrapped: Vec<String> = ours.iter().map(|name| format!("hw/{name}")).collect();
    files.extend(wrapped.iter().map(|name| (name.as_str(), b"x".as_slice())));
    let told = [".cargo", ".git", "Cargo.lock", "Cargo.toml", "build.rs", "rust-toolchain.toml", "target"];
    let zipped = read("hw.zip", &zip(&files)).unwrap();
    assert_eq!(zipped.dropped, told);
    assert_eq!(names(&zipped), ["src/lib.rs"]);
    let texts: Vec<(&str, &str)> = files.iter().map(|(name, _)| (*name, "x")).collect();
    assert_eq!(Submission::read(folder(&texts).path(), EXERCISE).unwrap().dropped, told);
}

#[test]
fn paths_that_lead_out_are_refused() {
    for name in [
        "../src/lib.rs",
        "/src/lib.rs",
        "hw/../../hw-evil/src/lib.rs",
        "src/../../x.rs",
        "C:/src/lib.rs",
        "src\\lib.rs",
    ] {
        let zipped = read("hw.zip", &zip(&[("src/lib.rs", b""), (name, b"evil")]));
        assert!(matches!(zipped, Err(IntakeError::Escapes { .. })), "{name}: {zipped:?}");
        let tarred = tar(&[(name.as_bytes(), tar::EntryType::Regular, b"evil")]);
        let tarred = read("hw.tar", &tarred);
        assert!(matches!(tarred, Err(IntakeError::Escapes { .. })), "{name}: {tarred:?}");
    }
}

#[test]
fn links_and_devices_are_refused_wherever_they_are() {
    use tar::EntryType;
    for kind in [EntryType::Symlink, EntryType::Link, EntryType::Fifo, EntryType::Char, EntryType::Block] {
        let tarred = read("hw.tar", &tar(&[(b"src/lib.rs", EntryType::Regular, b""), (b"src/x.rs", kind, b"")]));
        assert!(matches!(tarred, Err(IntakeError::Special { .. })), "{kind:?}: {tarred:?}");
    }
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    writer.add_symlink("src/lib.rs", "/etc/passwd", SimpleFileOptions::default()).unwrap();
    let zipped = read("hw.zip", &writer.finish().unwrap().into_inner());
    assert!(matches!(zipped, Err(IntakeError::Special { .. })), "{zipped:?}");

    let linked = folder(&[("src/lib.rs", "")]);
    symlink("/etc/passwd", linked.path().join("src/secret.rs")).unwrap();
    assert!(matches!(Submission::read(linked.path(), EXERCISE), Err(IntakeError::Special { .. })));
    let outside = folder(&[("src/lib.rs", "")]);
    let linked = folder(&[("a/b.txt", "")]);
    symlink(outside.path(), linked.path().join("hw")).unwrap();
    assert!(matches!(Submission::read(linked.path(), EXERCISE), Err(IntakeError::NoLibrary { .. })));
}

#[test]
fn what_inflates_without_end_is_refused_and_not_held() {
    // 64 MiB of one byte are a few kilobytes of archive.
    let endless = vec![b' '; 64 << 20];
    let zipped = read("hw.zip", &zip(&[("src/lib.rs", &endless)]));
    assert!(matches!(zipped, Err(IntakeError::TooLarge { .. })), "{zipped:?}");
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(&tar(&[(b"src/lib.rs", tar::EntryType::Regular, &endless)])).unwrap();
    let tarred = read("hw.tgz", &packed.finish().unwrap());
    assert!(matches!(tarred, Err(IntakeError::TooLarge { .. })), "{tarred:?}");
    // What is no source is not even inflated.
    assert!(read("hw.zip", &zip(&[("src/lib.rs", b""), ("film.mp4", &endless)])).is_ok());
    let many: Vec<String> = (0..=MOST_FILES).map(|number| format!("src/m{number}.rs")).collect();
    let mut files = vec![("src/lib.rs", b"".as_slice())];
    files.extend(many.iter().map(|name| (name.as_str(), b"".as_slice())));
    assert!(matches!(read("hw.zip", &zip(&files)), Err(IntakeError::TooLarge { .. })));
}

#[test]
fn a_length_that_is_a_lie_is_refused() {
    let honest = zip(&[("src/lib.rs", b"0123456789")]);
    // The lengths stand in the central directory, behind the checksum: announce 3 bytes instead of 10.
    let at = honest.windows(4).position(|window| window == b"PK\x01\x02").unwrap();
    let mut lying = honest;
    lying[at + 24..at + 28].copy_from_slice(&3_u32.to_le_bytes());
    let refused = read("hw.zip", &lying);
    assert!(matches!(refused, Err(IntakeError::Length { .. } | IntakeError::Archive { .. })), "{refused:?}");
}

#[test]
fn an_archive_in_an_archive_is_not_looked_into() {
    let inner = zip(&[("src/lib.rs", b"")]);
    let refused = read("hw.zip", &zip(&[("hw/inner.zip", &inner)]));
    assert!(matches!(refused, Err(IntakeError::Nested { .. })), "{refused:?}");
    assert!(read("hw.zip", &zip(&[("src/lib.rs", b""), ("backup.zip", &inner)])).is_ok());
}

#[test]
fn names_that_no_module_can_have_are_refused() {
    let long = format!("src/{}.rs", "a".repeat(252));
    for name in [long.as_str(), "src/a\u{7}b.rs", "src/a\nb.rs"] {
        let zipped = read("hw.zip", &zip(&[("src/lib.rs", b""), (name, b"")]));
        assert!(matches!(zipped, Err(IntakeError::Name { .. })), "{name}: {zipped:?}");
        let plain = folder(&[("src/lib.rs", ""), (name, "")]);
        let refused = Submission::read(plain.path(), EXERCISE);
        assert!(matches!(refused, Err(IntakeError::Name { .. })), "{name}: {refused:?}");
    }
    let tarred = read("hw.tar", &tar(&[(b"src/\xff\xfe.rs", tar::EntryType::Regular, b"")]));
    assert!(matches!(tarred, Err(IntakeError::Name { .. })), "{tarred:?}");
}

#[test]
fn names_that_differ_in_capitals_alone_are_refused() {
    let both = [("src/lib.rs", ""), ("src/Account.rs", ""), ("src/account.rs", "")];
    let plain = Submission::read(folder(&both).path(), EXERCISE);
    assert!(matches!(plain, Err(IntakeError::Collision { .. })), "{plain:?}");
    let zipped = read("hw.zip", &zip(&both.map(|(name, text)| (name, text.as_bytes()))));
    assert!(matches!(zipped, Err(IntakeError::Collision { .. })), "{zipped:?}");
}

#[test]
fn what_is_no_archive_or_a_torn_one_is_told_apart_from_an_empty_one() {
    for bytes in [b"".as_slice(), b"hello", b"PK\x03\x04 torn", &[0x1f, 0x8b, 8, 0]] {
        let refused = read("hw.zip", bytes);
        assert!(matches!(refused, Err(IntakeError::Archive { .. })), "{bytes:?}: {refused:?}");
    }
    let mut torn = zip(&[("src/lib.rs", &[7; 5_000])]);
    torn.truncate(torn.len() / 2);
    assert!(matches!(read("hw.zip", &torn), Err(IntakeError::Archive { .. })));
    assert!(matches!(read("hw.zip", &zip(&[])), Err(IntakeError::NoLibrary { .. })));
    let gone = Submission::read(Path::new("no/such/folder"), EXERCISE);
    assert!(matches!(gone, Err(IntakeError::Missing { .. })));
}

#[test]
fn a_pipe_in_place_of_an_archive_is_refused_and_not_waited_for() -> io::Result<()> {
    let folder = tempfile::tempdir()?;
    let pipe = folder.path().join("hw.zip");
    rustix::fs::mkfifoat(rustix::fs::CWD, &pipe, rustix::fs::Mode::RWXU)?;
    assert!(matches!(Submission::read(&pipe, EXERCISE), Err(IntakeError::Special { .. })));
    Ok(())
}
