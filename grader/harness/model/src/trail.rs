//! From where the function around an operation was called: [`Trail`], a thread's stack at one moment.
//!
//! `#[track_caller]` tells the line of a `lock()`; when it stands in a helper that every method calls, that line alone
//! says little.

use std::backtrace::Backtrace;

use protocol::explore::Place;

use crate::threads::Line;

/// A stack. Making one is cheap; names and lines are looked up when they are asked for.
pub(crate) struct Trail(Backtrace);

impl Trail {
    /// The running thread's stack.
    pub(crate) fn here() -> Self {
        Self(Backtrace::force_capture())
    }

    /// The line that called the function around `line`, if both belong to the submission and the program knows its
    /// lines.
    pub(crate) fn caller(&self, line: Line, sources: &str) -> Option<Place> {
        caller(&self.0.to_string(), line.file(), line.line(), sources)
    }
}

/// The same, from the text of a stack: for each function a line with its name, then `at file:line:column` if that is
/// known.
fn caller(stack: &str, file: &str, line: u32, sources: &str) -> Option<Place> {
    let mut places: Vec<Option<(&str, u32)>> = Vec::new();
    for text in stack.lines() {
        match text.trim_start().strip_prefix("at ") {
            Some(at) => {
                if let Some(last) = places.last_mut() {
                    *last = file_and_line(at);
                }
            }
            None => places.push(None),
        }
    }
    // The compiler was given `file`; the stack has the same under the folder that the compiler ran in.
    let (number, folder) = places.iter().enumerate().find_map(|(number, place)| {
        let (path, at) = (*place)?;
        Some((number, path.strip_suffix(file).filter(|_| at == line)?))
    })?;
    let (path, at) = places.get(number + 1).copied().flatten()?;
    let called_in = path.strip_prefix(folder).filter(|name| name.starts_with(sources))?;
    Some(Place { file: called_in.to_owned(), line: at, from: None })
}

fn file_and_line(at: &str) -> Option<(&str, u32)> {
    let (file_and_line, _column) = at.rsplit_once(':')?;
    let (file, line) = file_and_line.rsplit_once(':')?;
    Some((file, line.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const STACK: &str = "   4: model_std::sync::Mutex<T>::lock
   5: counter::Counter::lock
             at ./scratch/7/src/lib.rs:31:16
   6: counter::bank::transfer
             at ./scratch/7/src/bank.rs:55:24
   7: driver::round
             at /course/src/lib.rs:9:1
";

    #[test]
    fn the_caller_is_the_next_function_of_the_submission() {
        let place = Place { file: "src/bank.rs".to_owned(), line: 55, from: None };
        assert_eq!(caller(STACK, "src/lib.rs", 31, "src/"), Some(place));
    }

    #[test]
    fn a_call_from_outside_of_the_submission_has_no_line() {
        assert_eq!(caller(STACK, "src/bank.rs", 55, "src/"), None);
        assert_eq!(caller(STACK, "src/lib.rs", 32, "src/"), None);
        assert_eq!(caller("", "src/lib.rs", 31, "src/"), None);
    }
}
