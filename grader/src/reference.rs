//! The reference solution of an exercise as a program to time against: compiled like a submission, once for each
//! toolchain and version of the course.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::compile::{CompileError, Compiler, CompilerEnd, Refusal};
use crate::course::{CourseError, DIGEST};
use crate::intake::{IntakeError, Submission};
use crate::workspace::Scratch;

/// Why there is no reference.
#[derive(Debug, thiserror::Error)]
pub enum ReferenceError {
    /// The cache cannot be used.
    #[error(transparent)]
    Course(#[from] CourseError),
    /// The solution is no submission.
    #[error("the reference solution cannot be read")]
    Intake(#[from] IntakeError),
    /// It cannot be compiled here.
    #[error(transparent)]
    Compile(#[from] CompileError),
    /// It does not compile.
    #[error("the reference solution does not compile:\n{diagnostics}")]
    Refused {
        /// What the compiler said.
        diagnostics: String,
    },
    /// The compiler did not get to an end.
    #[error("the compiler did not finish the reference solution within its time and memory")]
    Unfinished,
    /// It cannot be kept.
    #[error("cannot write `{}`", path.display())]
    Write {
        /// The folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// The reference's driver; compiles it unless an earlier run has.
///
/// # Errors
/// [`ReferenceError`].
pub fn open(compiler: &Compiler<'_>) -> Result<PathBuf, ReferenceError> {
    let Compiler { course, toolchain, exercise, .. } = compiler;
    let store = course.store("reference")?;
    let folder = store.join(format!("{}-{}-{:02}", &DIGEST[..16], toolchain.key(), exercise.number));
    let driver = folder.join("driver");
    if driver.is_file() {
        return Ok(driver);
    }
    let submission = Submission::read(&course.root().join("solutions").join(exercise.folder()), &exercise.folder())?;
    let write = |source| ReferenceError::Write { path: folder.clone(), source };
    let scratch = Scratch::new(&course.store("scratch")?, &submission).map_err(write)?;
    let built = compiler.compile_real(&scratch)?.map_err(|Refusal { end, diagnostics, .. }| match end {
        CompilerEnd::Errors | CompilerEnd::Crashed => ReferenceError::Refused { diagnostics },
        CompilerEnd::TimeLimit | CompilerEnd::MemoryLimit => ReferenceError::Unfinished,
    })?;
    keep(&built, &store, &folder).map_err(write)?;
    Ok(driver)
}

/// Copies the driver to a folder that is complete as soon as it is there.
fn keep(built: &Path, store: &Path, folder: &Path) -> io::Result<()> {
    let fresh = tempfile::Builder::new().prefix("copying-").tempdir_in(store)?;
    fs::copy(built, fresh.path().join("driver"))?;
    match fs::rename(fresh.path(), folder) {
        Ok(()) => {
            // The folder is no longer where its guard would delete it.
            let _ = fresh.keep();
            Ok(())
        }
        // Another grader was faster.
        Err(_) if folder.join("driver").is_file() => Ok(()),
        Err(error) => Err(error),
    }
}
