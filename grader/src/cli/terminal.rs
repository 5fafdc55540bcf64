//! Standard output and standard error: the only place that writes to them.

use std::io::{self, IsTerminal, Write};

use anstream::AutoStream;
use anstyle::{AnsiColor, Style};
use clap::ColorChoice;

use crate::catalog::Exercise;
use crate::grading::Progress;

const FAULT: Style = AnsiColor::Red.on_default().bold();
const NOTE: Style = Style::new().dimmed();

/// The width where there is no terminal to ask, in columns.
const USUAL_COLUMNS: usize = 80;

/// Where a command prints.
#[derive(Debug)]
pub struct Terminal {
    choice: anstream::ColorChoice,
}

impl Terminal {
    /// A terminal with colours as chosen; `Auto` looks at each stream and at `NO_COLOR`.
    pub fn new(choice: ColorChoice) -> Self {
        let choice = match choice {
            ColorChoice::Auto => anstream::ColorChoice::Auto,
            ColorChoice::Always => anstream::ColorChoice::Always,
            ColorChoice::Never => anstream::ColorChoice::Never,
        };
        Self { choice }
    }

    /// Prints a result. What cannot be printed because nobody reads any more is dropped.
    pub fn print(&self, text: &str) {
        let mut stream = AutoStream::new(io::stdout(), self.choice_for(&io::stdout()));
        let _ = stream.write_all(text.as_bytes()).and_then(|()| stream.flush());
    }

    /// Tells something on the way, on standard error.
    pub fn note(&self, text: &str) {
        let mut stream = AutoStream::new(io::stderr(), self.choice_for(&io::stderr()));
        let _ = writeln!(stream, "{NOTE}{text}{NOTE:#}");
    }

    /// Tells why a command could not do what was asked, and what to do next.
    pub fn complain(&self, message: &str, hint: &str) {
        let mut stream = AutoStream::new(io::stderr(), self.choice_for(&io::stderr()));
        let _ = writeln!(stream, "{FAULT}error:{FAULT:#} {message}");
        if !hint.is_empty() {
            let _ = writeln!(stream, "{NOTE}next:{NOTE:#}  {hint}");
        }
    }

    /// Whether results are printed in colour.
    pub fn colour(&self) -> bool {
        self.choice_for(&io::stdout()) != anstream::ColorChoice::Never
    }

    /// The width of results, in columns: the terminal's, or what `COLUMNS` says, or 80.
    pub fn columns(&self) -> usize {
        let told = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
        let seen = || terminal_size::terminal_size_of(io::stdout()).map(|(width, _)| usize::from(width.0));
        told.or_else(seen).unwrap_or(USUAL_COLUMNS)
    }

    fn choice_for(&self, stream: &(impl IsTerminal + anstream::stream::RawStream)) -> anstream::ColorChoice {
        match self.choice {
            anstream::ColorChoice::Auto => AutoStream::choice(stream),
            choice => choice,
        }
    }
}

impl Progress for Terminal {
    fn preparing(&self, exercise: &Exercise) {
        self.note(&format!(
            "Preparing exercise {} for this toolchain. This takes about half a minute, once.",
            exercise.number
        ));
    }

    fn waiting(&self, what: &str) {
        self.note(what);
    }
}
