//! Who does which units.

use std::io::{self, BufRead, ErrorKind, Write};
use std::ops::Range;

use course::{Mode, Workload};

/// Cuts the units into a share for each worker, none more than one unit longer than another. Nobody gets an empty one.
pub(crate) fn shares(units: u64, workers: usize) -> impl ExactSizeIterator<Item = Range<u64>> {
    let workers = workers.min(usize::try_from(units).unwrap_or(usize::MAX));
    let cut = move |worker: usize| {
        // The product may be above the range of `u64`; the quotient is at most `units`.
        let at = u128::from(units) * worker as u128 / workers as u128;
        u64::try_from(at).unwrap_or(units)
    };
    (0..workers).map(move |worker| cut(worker)..cut(worker + 1))
}

/// Does the units of a share, and returns their checksum.
pub(crate) fn checksum(workload: &(dyn Workload + Sync), mode: Mode, share: Range<u64>) -> u64 {
    share.fold(0, |sum, unit| sum.wrapping_add(workload.run(mode, unit)))
}

/// Tells a worker process its share, on one line.
pub(crate) fn write(share: &Range<u64>, mut output: impl Write) -> io::Result<()> {
    // In one piece, so that it is there whole or not at all.
    output.write_all(format!("{} {}\n", share.start, share.end).as_bytes())
}

/// Reads what [`write`] wrote.
pub(crate) fn read(input: &mut impl BufRead) -> io::Result<Range<u64>> {
    let mut line = String::new();
    input.read_line(&mut line)?;
    let parsed = line.strip_suffix('\n').and_then(|line| line.split_once(' '));
    let share = parsed.and_then(|(start, end)| Some(start.parse().ok()?..end.parse().ok()?));
    share.ok_or_else(|| ErrorKind::InvalidData.into())
}
