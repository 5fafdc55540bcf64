//! The Rust toolchain that submissions are built with: found once, called without the proxies of rustup.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A compiler and a cargo that belong together.
#[derive(Clone, Debug)]
pub struct Toolchain {
    root: PathBuf,
    version: String,
}

/// Why there is no toolchain.
#[derive(Debug, thiserror::Error)]
pub enum ToolchainError {
    /// There is no `rustc`.
    #[error("cannot run `rustc`")]
    Missing(#[source] io::Error),
    /// `rustc` cannot say what it is.
    #[error("`rustc` does not work: {0}")]
    Broken(String),
}

impl ToolchainError {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        "install Rust 1.95 or later, and a C linker (on Debian: build-essential); `rustc --version` has to work"
    }
}

impl Toolchain {
    /// Asks `rustc` (or what `RUSTC` names) where it lives and what it is.
    ///
    /// It is asked from `folder`, which holds nothing of a submission: a `rust-toolchain.toml` beside a student's code
    /// has no say.
    ///
    /// # Errors
    /// [`ToolchainError`] if there is no working compiler.
    pub fn find(folder: &Path) -> Result<Self, ToolchainError> {
        let proxy = std::env::var_os("RUSTC").unwrap_or_else(|| OsString::from("rustc"));
        let root = PathBuf::from(ask(Path::new(&proxy), &["--print", "sysroot"], folder)?);
        let version = ask(&root.join("bin/rustc"), &["--version", "--verbose"], folder)?;
        Ok(Self { root, version })
    }

    /// The folder that holds compiler, cargo and standard library.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The compiler.
    pub fn rustc(&self) -> PathBuf {
        self.root.join("bin/rustc")
    }

    /// Cargo.
    pub fn cargo(&self) -> PathBuf {
        self.root.join("bin/cargo")
    }

    /// The first line of what the compiler says of itself, such as `rustc 1.95.0 (59807616e 2026-04-14)`.
    pub fn version(&self) -> &str {
        self.version.lines().next().unwrap_or_default()
    }

    /// A name for everything that this compiler alone can read.
    pub fn key(&self) -> String {
        blake3::hash(self.version.as_bytes()).to_hex()[..12].to_owned()
    }
}

fn ask(program: &Path, arguments: &[&str], folder: &Path) -> Result<String, ToolchainError> {
    #[expect(clippy::disallowed_methods, reason = "the compiler is asked before there is a sandbox to run it in")]
    let output = Command::new(program).args(arguments).current_dir(folder).output();
    let Output { status, stdout, stderr } = output.map_err(ToolchainError::Missing)?;
    if status.success() {
        Ok(String::from_utf8_lossy(&stdout).trim().to_owned())
    } else {
        Err(ToolchainError::Broken(String::from_utf8_lossy(&stderr).trim().to_owned()))
    }
}
