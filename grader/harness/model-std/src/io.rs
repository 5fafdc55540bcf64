//! `std::io` without its pipes, which block across threads behind the scheduler's back.

pub use ::std::io::{
    BufRead, BufReader, BufWriter, Bytes, Chain, Cursor, Empty, Error, ErrorKind, IntoInnerError, IoSlice, IoSliceMut,
    IsTerminal, LineWriter, Lines, Read, Repeat, Result, Seek, SeekFrom, Sink, Split, Stderr, StderrLock, Stdin,
    StdinLock, Stdout, StdoutLock, Take, Write, WriterPanicked, copy, empty, prelude, read_to_string, repeat, sink,
    stderr, stdin, stdout,
};

/// Formats what a program prints, and drops it: a search would print it thousands of times.
#[doc(hidden)]
pub fn discard(arguments: ::std::fmt::Arguments<'_>) {
    let written = sink().write_fmt(arguments);
    debug_assert!(written.is_ok(), "a formatting trait returned an error");
}
