//! Text in columns: how wide it is, and how it is made to fit.
//!
//! Words of a submission are not trusted: what would move the cursor is replaced before anything is measured.

/// A text without anything that a terminal would obey.
pub(super) fn clean(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}

/// How many columns a text takes on a terminal.
pub(super) fn columns(text: &str) -> usize {
    text.chars().map(|letter| if is_wide(letter) { 2 } else { 1 }).sum()
}

/// Whether a letter takes two columns: the wide blocks of Unicode's East Asian Width (UAX #11).
fn is_wide(letter: char) -> bool {
    matches!(u32::from(letter),
        0x1100..=0x115f | 0x2e80..=0x303e | 0x3041..=0xa4cf | 0xac00..=0xd7a3 | 0xf900..=0xfaff
        | 0xfe30..=0xfe6f | 0xff00..=0xff60 | 0xffe0..=0xffe6 | 0x1f300..=0x1f64f | 0x20000..=0x3fffd)
}

/// A text cut to so many columns, with an ellipsis where it was cut.
pub(super) fn clip(text: &str, width: usize) -> String {
    if columns(text) <= width {
        return text.to_owned();
    }
    let mut clipped = String::new();
    let mut left = width.saturating_sub(1);
    for letter in text.chars() {
        let Some(rest) = left.checked_sub(if is_wide(letter) { 2 } else { 1 }) else { break };
        left = rest;
        clipped.push(letter);
    }
    if width > 0 {
        clipped.push('…');
    }
    clipped
}

/// A text with spaces up to so many columns.
pub(super) fn pad(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(columns(text))))
}

/// A text as lines of at most so many columns, broken between words; all but the first are indented.
pub(super) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        let indent = if lines.is_empty() { "" } else { "  " };
        if !line.trim().is_empty() && columns(&line) + 1 + columns(word) > width {
            lines.push(std::mem::take(&mut line));
            line.push_str("  ");
            line.push_str(word);
        } else if line.trim().is_empty() {
            line = format!("{indent}{word}");
        } else {
            line.push(' ');
            line.push_str(word);
        }
    }
    lines.push(line);
    lines.into_iter().map(|line| clip(&line, width)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_letters_take_two_columns() {
        assert_eq!((columns("线程 1"), columns("→ 1")), (6, 3));
        assert_eq!(clip("线程线程", 5), "线程…");
        assert_eq!(pad("线", 4), "线  ");
    }

    #[test]
    fn words_are_not_broken() {
        assert_eq!(wrap("one two three four", 9), ["one two", "  three", "  four"]);
        assert_eq!(wrap("", 9), [""]);
        assert_eq!(wrap("a-very-long-word", 8), ["a-very-…"]);
    }

    #[test]
    fn what_a_terminal_would_obey_is_replaced() {
        assert_eq!(clean("a\u{1b}[2Jb\nc"), "a [2Jb c");
    }
}
