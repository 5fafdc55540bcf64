//! `grader init`: the exercises as a folder to work in.

use std::fs;
use std::io;
use std::iter;
use std::path::Path;

use super::{Failure, InitArguments, Outcome, Terminal};
use crate::course::Course;
use crate::exit::ExitStatus;
use crate::grading::GradeError;

/// The crates that the course gives to exercises.
const GIVEN: [&str; 3] = ["grader/harness/course", "grader/harness/remote", "grader/harness/web"];

pub(super) fn run(arguments: &InitArguments, terminal: &Terminal) -> Outcome {
    let folder = &arguments.folder;
    if folder.exists() && fs::read_dir(folder).map_or(true, |mut entries| entries.next().is_some()) {
        return Err(Failure::Use {
            message: format!("`{}` is there already, and not empty", folder.display()),
            hint: "give the name of a new folder".to_owned(),
        });
    }
    let course = Course::open().map_err(GradeError::from)?;
    copy(course.root(), folder).map_err(|error| Failure::Fault {
        message: format!("cannot write `{}`: {error}", folder.display()),
        hint: "give a folder that can be written".to_owned(),
    })?;
    terminal.print(&format!(
        "The exercises are in `{0}`.\nnext: cd {0}, read exercises/03-counter/README.md, then `grader check 3`\n",
        folder.display()
    ));
    Ok(ExitStatus::Passed)
}

/// Copies what a student works with: the exercises, and the crates that the course gives to them.
fn copy(course: &Path, folder: &Path) -> io::Result<()> {
    for part in iter::once("exercises").chain(GIVEN) {
        copy_tree(&course.join(part), &folder.join(part))?;
    }
    // One workspace, so that an editor sees all exercises at once; without what only the grader needs.
    let manifest = fs::read_to_string(course.join("Cargo.toml"))?;
    let members: Vec<_> = iter::once("exercises/*").chain(GIVEN).collect();
    let members = format!("members = {members:?}");
    let lines = manifest.lines().map(|line| if line.starts_with("members = ") { &members } else { line });
    fs::write(folder.join("Cargo.toml"), lines.collect::<Vec<_>>().join("\n") + "\n")?;
    fs::copy(course.join("Cargo.lock"), folder.join("Cargo.lock"))?;
    fs::write(folder.join(".gitignore"), "/target\n")
}

fn copy_tree(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_tree(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
