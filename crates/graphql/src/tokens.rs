//! Counts a document's tokens before anything parses it.
//!
//! A parser's work and depth of recursion grow with what it is given; this pass is
//! linear, allocates nothing and stops at the limits.

/// Why a text is not worth parsing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Excess {
    /// More tokens than allowed.
    Tokens,
    /// Brackets within brackets, deeper than allowed.
    Nesting,
}

/// Checks that `text` has at most `max_tokens` tokens and nests brackets at most
/// `max_nesting` deep. What is no GraphQL at all is left for the parser to refuse.
///
/// Source: GraphQL specification, October 2021, section 2.1 (ignored and lexical tokens).
pub(crate) fn check(text: &str, max_tokens: usize, max_nesting: usize) -> Result<(), Excess> {
    let (mut rest, mut tokens, mut nesting) = (text.as_bytes(), 0_usize, 0_usize);
    while let Some((&first, after)) = rest.split_first() {
        rest = match first {
            b' ' | b'\t' | b'\r' | b'\n' | b',' | 0xEF | 0xBB | 0xBF => {
                rest = after;
                continue;
            }
            b'#' => {
                rest = skip(after, |&byte| !matches!(byte, b'\n' | b'\r'));
                continue;
            }
            b'"' => after_string(after),
            b'.' if after.starts_with(b"..") => skip(after, |&byte| byte == b'.'),
            b'{' | b'[' | b'(' => {
                nesting += 1;
                after
            }
            b'}' | b']' | b')' => {
                nesting = nesting.saturating_sub(1);
                after
            }
            byte if is_word(byte) => skip(after, |&byte| is_word(byte)),
            _ => after,
        };
        tokens += 1;
        if tokens > max_tokens {
            return Err(Excess::Tokens);
        }
        if nesting > max_nesting {
            return Err(Excess::Nesting);
        }
    }
    Ok(())
}

/// Names and numbers.
fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'+')
}

fn skip(bytes: &[u8], wanted: impl Fn(&u8) -> bool) -> &[u8] {
    let end = bytes.iter().position(|byte| !wanted(byte)).unwrap_or(bytes.len());
    bytes.get(end..).unwrap_or_default()
}

/// What follows a string whose first quote was just read.
fn after_string(rest: &[u8]) -> &[u8] {
    let block = rest.strip_prefix(b"\"\"");
    let (mut rest, end): (&[u8], &[u8]) = match block {
        Some(rest) => (rest, b"\"\"\""),
        None => (rest, b"\""),
    };
    loop {
        if let Some(after) = rest.strip_prefix(end) {
            return after;
        }
        rest = match rest {
            [b'\\', b'"', b'"', b'"', after @ ..] if block.is_some() => after,
            [b'\\', _, after @ ..] if block.is_none() => after,
            [b'\n' | b'\r', ..] if block.is_none() => return rest,
            [_, after @ ..] => after,
            [] => return rest,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The smallest limit that `text` keeps.
    fn count(text: &str) -> usize {
        (0..100).find(|&max| check(text, max, 100).is_ok()).unwrap()
    }

    #[test]
    fn tokens_are_counted_as_the_specification_does() {
        for (text, tokens) in [
            ("", 0),
            ("{ a }", 3),
            ("{a,b # c d e\n f}", 5),
            (r#"{ a(b: "c { d } \" e", f: -1.5e3) }"#, 11),
            ("{ a(b: \"\"\"c \" \\\"\"\" {{{ \"\"\") }", 8),
            (r#"{ a(b: "") }"#, 8),
            ("query($x: [Int!]! = [1]) { ...F }", 19),
        ] {
            assert_eq!(count(text), tokens, "{text}");
        }
    }

    #[test]
    fn deep_nesting_is_found_but_not_in_strings() {
        assert_eq!(check(&"{".repeat(65), 1000, 64), Err(Excess::Nesting));
        assert_eq!(check(&format!("\"{}\"", "{".repeat(65)), 1000, 64), Ok(()));
        assert_eq!(check(&"{ a }".repeat(65), 1000, 64), Ok(()));
    }
}
