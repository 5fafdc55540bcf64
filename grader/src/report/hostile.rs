//! Text that came from a submission, made harmless.
//!
//! A panic message, a file name or a compiler's quotation can carry terminal commands, or controls that make text read in
//! another order than it is written.

use std::fmt::Write;

/// Whether a character acts on a terminal or reorders text instead of showing itself.
pub fn acts(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{061C}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}')
}

/// The text on one line, with every acting character written as its escape.
pub fn one_line(text: &str) -> String {
    let mut harmless = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' => harmless.push_str("\\n"),
            '\t' => harmless.push_str("\\t"),
            character if acts(character) => escape(&mut harmless, character),
            character => harmless.push(character),
        }
    }
    harmless
}

/// The text with its line ends, tabs and, if `colour` is set, the colour commands of the compiler; every other acting
/// character is written as its escape.
pub fn lines(text: &str, colour: bool) -> String {
    let mut harmless = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        let length = if colour { colour_command(rest) } else { 0 };
        if length > 0 {
            harmless.push_str(&rest[..length]);
            rest = &rest[length..];
            continue;
        }
        match character {
            '\n' | '\t' => harmless.push(character),
            character if acts(character) => escape(&mut harmless, character),
            character => harmless.push(character),
        }
        rest = &rest[character.len_utf8()..];
    }
    harmless
}

/// The length in bytes of the colour command (`ESC [ digits and semicolons m`) that the text begins with, or 0.
fn colour_command(text: &str) -> usize {
    let Some(parameters) = text.strip_prefix("\u{1b}[") else { return 0 };
    let length = parameters.bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b';').count();
    if parameters[length..].starts_with('m') { 2 + length + 1 } else { 0 }
}

fn escape(text: &mut String, character: char) {
    // Writing to a string cannot fail.
    let _ = write!(text, "\\u{{{:x}}}", u32::from(character));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terminal_commands_and_bidirectional_controls_are_shown_not_obeyed() {
        assert_eq!(one_line("a\u{1b}]0;title\u{7}\u{202e}b\r\n"), "a\\u{1b}]0;title\\u{7}\\u{202e}b\\u{d}\\n");
    }

    #[test]
    fn plain_text_of_any_script_stays_as_it_is() {
        assert_eq!(one_line("计数器 – naïve 🦀"), "计数器 – naïve 🦀");
    }

    #[test]
    fn the_compiler_keeps_its_colours_and_nothing_else() {
        assert_eq!(lines("\u{1b}[1;31merror\u{1b}[0m\n", true), "\u{1b}[1;31merror\u{1b}[0m\n");
        assert_eq!(lines("\u{1b}[2Jgone\u{1b}[", true), "\\u{1b}[2Jgone\\u{1b}[");
        assert_eq!(lines("\u{1b}[1mx", false), "\\u{1b}[1mx");
    }
}
