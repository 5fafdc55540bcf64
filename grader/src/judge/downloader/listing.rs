//! The listing of a folder: for each file that a site with a little of everything leaves in it, the length and a digest.

use std::fmt::Write as _;

use protocol::downloader::{Entry, Order};
use site::{Body, Reply};

use super::Evidence;
use super::due;
use super::orders::{Sketch, order};
use crate::diff;
use crate::judge::Fault;
use crate::judge::snapshot::{Snapshot, Source};
use crate::verdict::Witness;

/// One file a line: name, length, digest.
const LISTING: &str = include_str!("listing.tsv");

/// Files of every kind: empty, of one byte, at the borders of usual buffers, text in several scripts, bytes that are no
/// text, in chunks, in drops, and behind redirects.
pub(super) fn everything() -> Order {
    let page = |length| vec![Reply::ok(Body::pattern(length, length))];
    let text = "Ünïcödé, 中文 and \r\n lines\n\0 with everything \u{feff}in them\r";
    order()
        .workers(4)
        .file("empty", page(0))
        .file("one-byte", page(1))
        .file("just-below-8-KiB.bin", page((8 << 10) - 1))
        .file("64-KiB.bin", page(64 << 10))
        .file("just-above-64-KiB.bin", page((64 << 10) + 1))
        .file("large.bin", page(1_000_003))
        .file("text.txt", vec![Reply::ok(Body::Text(text.repeat(40)))])
        .file("chunks.bin", vec![Reply::ok(Body::pattern(5, 200_000)).chunked()])
        .file("empty-chunks", vec![Reply::ok(Body::pattern(6, 0)).chunked()])
        .file("drops.bin", vec![Reply::ok(Body::pattern(7, 300)).dripping(100, 1)])
        .file("moved.bin", vec![Reply::redirect(301, "/large.bin")])
        .file("moved-twice.bin", vec![Reply::redirect(302, "/moved.bin")])
        .file("created.bin", vec![Reply { status: 201, ..Reply::ok(Body::pattern(8, 10)) }])
        .named("/query?name=a%20b", " name with spaces, 字 ", vec![Reply::ok(Body::pattern(9, 20))])
        .served()
}

/// Where the listing is stored, and what it is made of: what the site sends.
pub(super) fn snapshot() -> Snapshot {
    let make = || written(&due::folder(&everything()));
    Snapshot { path: "grader/src/judge/downloader/listing.tsv", source: Source::Oracle(make) }
}

/// The folder is as it is written down.
pub(super) fn as_listed(evidence: &Evidence<'_>) -> Option<Fault> {
    let found = written(&evidence.observation.folder);
    if found == LISTING {
        return None;
    }
    let lines: Vec<String> =
        diff::lines(LISTING, &found, usize::MAX).into_iter().map(|line| line.replace('\t', "  ")).collect();
    let files = lines.iter().filter(|line| line.starts_with('-')).count();
    let observed = match files {
        0 => "the folder has files that do not belong there".to_owned(),
        1 => "one file is missing, or is not what was sent".to_owned(),
        files => format!("{files} files are missing, or are not what was sent"),
    };
    let fault = Fault::wrong(
        observed,
        "the folder has exactly the files that were sent: name, length and digest of each (-), against what is there (+)",
    );
    Some(fault.with_witness(Witness::Lines { lines }))
}

/// A folder as lines.
fn written(folder: &[Entry]) -> String {
    let mut lines = String::new();
    for Entry { name, content } in folder {
        // Writing to a text does not fail.
        let _ = match content {
            Some(content) => writeln!(lines, "{name}\t{}\t{:016x}", content.bytes, content.digest),
            None => writeln!(lines, "{name}\tno file"),
        };
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_listing_is_what_the_site_sends() {
        let lines = written(&due::folder(&everything()));
        assert_eq!(LISTING, lines, "`grader bless 2` makes it anew");
        assert_eq!(lines.lines().count(), everything().jobs.len());
    }
}
