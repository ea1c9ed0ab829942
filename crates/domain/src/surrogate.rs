//! Lone surrogates in JSON: `"\ud83d"`, where a JavaScript program cut a text inside an emoji.
//!
//! `JSON.parse` accepts them, and Node writes U+FFFD instead when it encodes text as UTF-8.
//! Rust's text cannot contain them.

/// The escape of U+FFFD, of the same length as the escape of a surrogate.
const REPLACEMENT: &[u8; 6] = b"\\ufffd";

/// Replaces each escaped lone surrogate by U+FFFD; returns `None` if there is none. Text that is
/// not valid JSON stays invalid.
#[must_use]
pub fn replaced(json: &[u8]) -> Option<Vec<u8>> {
    let mut replaced = None;
    let mut at = 0;
    while let Some(rest) = json.get(at..).filter(|rest| !rest.is_empty()) {
        at += match (half(rest), rest.get(6..).and_then(half)) {
            (Some(Half::High), Some(Half::Low)) => 12,
            (Some(_), _) => {
                let copy = replaced.get_or_insert_with(|| json.to_vec());
                if let Some(slot) = copy.get_mut(at..at + 6) {
                    slot.copy_from_slice(REPLACEMENT);
                }
                6
            }
            // An escaped backslash: the next character begins no escape.
            (None, _) if rest.starts_with(b"\\") => 2,
            (None, _) => 1,
        };
    }
    replaced
}

#[derive(Clone, Copy)]
enum Half {
    High,
    Low,
}

/// Parses a surrogate's escape at the beginning of `text`.
fn half(text: &[u8]) -> Option<Half> {
    let digits = text.strip_prefix(b"\\u")?.get(..4)?;
    let unit = u16::from_str_radix(str::from_utf8(digits).ok()?, 16).ok()?;
    match unit {
        0xd800..=0xdbff => Some(Half::High),
        0xdc00..=0xdfff => Some(Half::Low),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lone_surrogates_are_replaced() {
        for (json, expected) in [
            (r#"{"a": "b"}"#, None),
            (r#""\ud83d\ude00""#, None),
            (r#""\\ud83d""#, None),
            (r#""\ud83d""#, Some(r#""\ufffd""#)),
            (r#""\uDE00""#, Some(r#""\ufffd""#)),
            (r#""\\\ud83d""#, Some(r#""\\\ufffd""#)),
            (r#""\ude00\ud83d""#, Some(r#""\ufffd\ufffd""#)),
            (r#""\ud83d\ud83d\ude00""#, Some(r#""\ufffd\ud83d\ude00""#)),
            (r#""\ud83d\n\ude00""#, Some(r#""\ufffd\n\ufffd""#)),
            (r#""\ud83d"#, Some(r#""\ufffd"#)),
            (r#""\ud8"#, None),
            (r#""\u+83d""#, None),
            (r"\", None),
            ("", None),
        ] {
            let found = replaced(json.as_bytes());
            assert_eq!(found.as_deref(), expected.map(str::as_bytes), "{json}");
        }
    }
}
