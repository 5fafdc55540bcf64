//! Two texts, line by line: what differs between them.

use similar::{ChangeTag, TextDiff};

/// The lines that are in one of two texts alone, `- ` before those of `required` and `+ ` before those of `found`; at most
/// `most`, and how many more there are.
pub fn lines(required: &str, found: &str, most: usize) -> Vec<String> {
    let diff = TextDiff::from_lines(required, found);
    let changes = diff.iter_all_changes().filter(|change| change.tag() != ChangeTag::Equal);
    let all: Vec<String> = changes.map(|change| signed(change.tag(), change.value())).collect();
    let more = all.len().saturating_sub(most);
    let mut shown: Vec<String> = all.into_iter().take(most).collect();
    match more {
        0 => {}
        1 => shown.push("… and 1 more line".to_owned()),
        more => shown.push(format!("… and {more} more lines")),
    }
    shown
}

/// Every line of both texts, `- ` before those of `required` alone, `+ ` before those of `found` alone, and two blanks before
/// the others: for short texts, whose lines explain each other.
pub fn side_by_side(required: &str, found: &str) -> Vec<String> {
    let diff = TextDiff::from_lines(required, found);
    diff.iter_all_changes().map(|change| signed(change.tag(), change.value())).collect()
}

fn signed(tag: ChangeTag, line: &str) -> String {
    format!("{tag} {}", line.trim_end_matches('\n'))
}

/// The difference as a patch of the file at `path`; empty if there is none.
pub fn patch(path: &str, stored: &str, renewed: &str) -> String {
    let diff = TextDiff::from_lines(stored, renewed);
    diff.unified_diff().context_radius(1).header(&format!("a/{path}"), &format!("b/{path}")).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_differs_is_shown_and_only_so_much_of_it() {
        let (one, other) = ("a\nb\nc\n", "a\nB\nc\nd\n");
        assert_eq!(lines(one, other, 9), ["- b", "+ B", "+ d"]);
        assert_eq!(lines(one, other, 2), ["- b", "+ B", "… and 1 more line"]);
        assert_eq!(lines(one, other, 1), ["- b", "… and 2 more lines"]);
        assert_eq!(lines(one, one, 9), [""; 0]);
    }

    #[test]
    fn lines_of_both_texts_stand_among_those_that_differ() {
        assert_eq!(side_by_side("a\nb\n", "a\nB\n"), ["  a", "- b", "+ B"]);
    }

    #[test]
    fn a_patch_names_its_file_and_is_empty_for_equal_texts() {
        assert_eq!(
            patch("some/file", "a\nb\n", "a\nc\n"),
            "--- a/some/file\n+++ b/some/file\n@@ -1,2 +1,2 @@\n a\n-b\n+c\n"
        );
        assert_eq!(patch("some/file", "a\n", "a\n"), "");
    }
}
