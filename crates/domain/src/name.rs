//! Rules for titles and names: one line with a visible character.

use unicode_normalization::char::is_combining_mark;

use crate::unicode::{is_direction, is_invisible, is_noncharacter};

/// Removes white space, zero-width spaces and byte order marks at both ends of a title or name.
#[must_use]
pub fn trimmed(text: &str) -> &str {
    let is_space = |c: char| c.is_whitespace() || matches!(c, '\u{200b}' | '\u{2060}' | '\u{feff}');
    text.trim_matches(is_space)
}

/// Returns an error message (for a `FieldError`) if the characters of a title or name are not
/// allowed. `text` must not be empty. Refused: a line break, a control character, a bidirectional
/// control, or no visible character.
///
/// Joiners and direction marks are allowed, because Persian and Hindi words and emoji contain
/// them.
#[must_use]
pub fn error_in(text: &str) -> Option<String> {
    let wrong = text.chars().find_map(|c| kind(c).map(|kind| (kind, u32::from(c))));
    if let Some((kind, code)) = wrong {
        return Some(format!("must not contain the {kind} U+{code:04X}"));
    }
    let is_hidden =
        |c: char| c.is_whitespace() || is_invisible(c) || is_combining_mark(c) || c == '\u{2800}';
    text.chars().all(is_hidden).then(|| "must have a visible character".to_owned())
}

/// Removes the forbidden characters of a name that another service supplied, and what exceeds
/// `max_len` characters. Returns an empty name if no visible character remains.
#[must_use]
pub fn cleaned(text: &str, max_len: usize) -> String {
    let allowed: String = text.chars().filter(|c| kind(*c).is_none()).take(max_len).collect();
    let name = trimmed(&allowed);
    if error_in(name).is_none() { name.to_owned() } else { String::new() }
}

/// Returns the kind of a forbidden character.
fn kind(c: char) -> Option<&'static str> {
    match c {
        '\0' => Some("character"),
        '\n'..='\r' | '\u{85}' | '\u{2028}' | '\u{2029}' => Some("line break"),
        c if c.is_control() => Some("control character"),
        c if is_direction(c) => Some("direction control"),
        c if is_noncharacter(c) => Some("noncharacter"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_a_visible_character() {
        for text in [
            "\u{2800}",
            "\u{3164}",
            "\u{115f}\u{1160}",
            "\u{ffa0}",
            "\u{200d}",
            "\u{300}",
            "\u{fe0f}",
            "\u{e0041}\u{e007f}",
            "\u{ad}",
            "\u{200e}\u{200f}",
            "\u{34f}",
            "\u{93f}",
            "\u{2800} \u{3164}",
        ] {
            assert_eq!(
                error_in(text).as_deref(),
                Some("must have a visible character"),
                "{text:?}"
            );
        }
        for (text, expected) in [
            ("a\nb", "must not contain the line break U+000A"),
            ("a\u{2028}b", "must not contain the line break U+2028"),
            ("a\tb", "must not contain the control character U+0009"),
            ("a\u{9f}b", "must not contain the control character U+009F"),
            ("a\u{202e}b", "must not contain the direction control U+202E"),
            ("a\u{2066}b", "must not contain the direction control U+2066"),
            ("a\u{fffe}b", "must not contain the noncharacter U+FFFE"),
            ("a\u{10ffff}b", "must not contain the noncharacter U+10FFFF"),
            ("a\0b", "must not contain the character U+0000"),
        ] {
            assert_eq!(error_in(text).as_deref(), Some(expected), "{text:?}");
        }
    }

    #[test]
    fn words_of_all_scripts_and_emoji_are_names() {
        for text in [
            "Emma",
            "می\u{200c}خواهم",
            "क्\u{200d}ष",
            "👩\u{200d}🚀",
            "❤\u{fe0f}",
            "🏴\u{e0067}\u{e007f}",
            "e\u{301}",
            "…",
            "123",
            "\u{200f}שלום",
            "百年孤独",
            "\u{e000}",
            "\u{fffd}",
        ] {
            assert_eq!(error_in(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_foreign_name_is_cleaned() {
        for (text, expected) in [
            (" Ann\r\nLe ", "AnnLe"),
            ("\u{202e}Ann\0", "Ann"),
            ("Annabelle", "Annabell"),
            ("\u{200b}\u{300}", ""),
            ("", ""),
        ] {
            assert_eq!(cleaned(text, 8), expected, "{text:?}");
        }
    }

    #[test]
    fn invisible_characters_at_both_ends_are_removed() {
        for text in
            ["Emma", " Emma\n", "\u{feff}Emma\u{200b}", "\u{3000}\u{2003}Emma\u{a0}\u{2028}"]
        {
            assert_eq!(trimmed(text), "Emma", "{text:?}");
        }
        assert_eq!(trimmed(" \u{200b}\u{feff}"), "");
    }
}
