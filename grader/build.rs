//! Packs the course into the program: exercises, solutions, fixtures and the harness, as one tar archive.
//!
//! The installed program then needs nothing but itself and a Rust toolchain. The archive is the same bytes for the same
//! sources, and its digest names the folder that it is unpacked to.

use std::env;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use walkdir::WalkDir;

/// What a course is made of, from the root of the repository.
const PARTS: [&str; 4] = ["exercises", "solutions", "fixtures", "grader/harness"];

fn main() -> Result<(), Box<dyn Error>> {
    let root = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("..");
    let output = PathBuf::from(env::var("OUT_DIR")?);
    let mut archive = tar::Builder::new(Vec::new());
    let mut compiled = blake3::Hasher::new();
    for part in PARTS {
        println!("cargo::rerun-if-changed={}", root.join(part).display());
        append_tree(&mut archive, &mut compiled, &root, part)?;
    }
    for file in ["Cargo.toml", "Cargo.lock"] {
        println!("cargo::rerun-if-changed={}", root.join(file).display());
    }
    let manifest = course_manifest(&fs::read_to_string(root.join("Cargo.toml"))?);
    let lock = fs::read(root.join("Cargo.lock"))?;
    append(&mut archive, "Cargo.toml", manifest.as_bytes())?;
    append(&mut archive, "Cargo.lock", &lock)?;
    compiled.update(manifest.as_bytes()).update(&lock);
    println!("cargo::rustc-env=HARNESS_DIGEST={}", compiled.finalize().to_hex());
    let bytes = archive.into_inner()?;
    println!("cargo::rustc-env=COURSE_DIGEST={}", blake3::hash(&bytes).to_hex());
    fs::write(output.join("course.tar"), bytes)?;
    Ok(())
}

fn append_tree(
    archive: &mut tar::Builder<Vec<u8>>,
    compiled: &mut blake3::Hasher,
    root: &Path,
    part: &str,
) -> Result<(), Box<dyn Error>> {
    for entry in WalkDir::new(root.join(part)).sort_by_file_name() {
        let entry = entry?;
        if entry.file_type().is_file() {
            let name = entry.path().strip_prefix(root)?.to_str().ok_or("a file of the course has no UTF-8 name")?;
            let bytes = fs::read(entry.path())?;
            append(archive, name, &bytes)?;
            if is_compiled_ahead(name) {
                compiled.update(name.as_bytes()).update(&bytes);
            }
        }
    }
    Ok(())
}

/// Whether a file has a part in what is compiled before any submission.
fn is_compiled_ahead(name: &str) -> bool {
    let of_a_package = name.ends_with("/Cargo.toml") || name.contains("/src/");
    of_a_package && (name.starts_with("grader/harness/") || name.starts_with("exercises/"))
}

fn append(archive: &mut tar::Builder<Vec<u8>>, name: &str, bytes: &[u8]) -> Result<(), Box<dyn Error>> {
    let mut header = tar::Header::new_gnu();
    header.set_size(bytes.len() as u64);
    header.set_mode(0o644);
    Ok(archive.append_data(&mut header, name, bytes)?)
}

/// The workspace's manifest without the grader itself, which is not built again.
fn course_manifest(manifest: &str) -> String {
    manifest.replace("default-members = [\"grader\"]\n", "").replace("members = [\"grader\", ", "members = [")
}
