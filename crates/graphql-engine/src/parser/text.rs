//! The values of strings and block strings.
//!
//! Source: GraphQL specification, September 2025, section 2.9.4.

use std::{borrow::Cow, result::Result};

/// The value of a string, and how many bytes it takes with its quotes.
pub(super) type Read<'t> = Result<(Cow<'t, str>, usize), Fault>;

/// A fault of a string, and the index of its byte.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) message: &'static str,
    pub(super) at: usize,
}

const ENDLESS: &str = "a text has no end";
const ESCAPE: &str = "an escape sequence denotes no character";
/// `PostgreSQL` has no text with this character.
const NUL: &str = "texts must not contain the character U+0000";

/// Reads the string at the beginning of `text`.
pub(super) fn read(text: &str) -> Read<'_> {
    let (mut value, mut at, mut start) = (Cow::Borrowed(""), 1, 1);
    loop {
        let rest = text.get(at..).unwrap_or_default();
        let plain = rest.find(['"', '\\', '\n', '\r', '\0']);
        at += plain.unwrap_or(rest.len());
        let chunk = text.get(start..at).unwrap_or_default();
        if value.is_empty() {
            value = Cow::Borrowed(chunk);
        } else {
            value.to_mut().push_str(chunk);
        }
        match text.as_bytes().get(at) {
            Some(b'"') => return Ok((value, at + 1)),
            Some(b'\\') => {
                let (character, length) = escaped(text.get(at + 1..).unwrap_or_default())
                    .ok_or(Fault { message: ESCAPE, at })?;
                if character == '\0' {
                    return Err(Fault { message: NUL, at });
                }
                value.to_mut().push(character);
                at += 1 + length;
                start = at;
            }
            Some(0) => return Err(Fault { message: NUL, at }),
            _ => return Err(Fault { message: ENDLESS, at }),
        }
    }
}

/// The character of an escape sequence, and the length of the sequence without its backslash.
fn escaped(rest: &str) -> Option<(char, usize)> {
    let character = match rest.as_bytes().first()? {
        b'"' => '"',
        b'\\' => '\\',
        b'/' => '/',
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        b'u' if rest.as_bytes().get(1) == Some(&b'{') => return braced(rest),
        b'u' => return fixed(rest),
        _ => return None,
    };
    Some((character, 1))
}

/// The escape sequence `u{1F600}`.
fn braced(rest: &str) -> Option<(char, usize)> {
    let digits = rest.get(2..)?;
    let digits = digits.get(..digits.find('}')?)?;
    // Eight digits are 32 bits.
    if digits.len() > 8 {
        return None;
    }
    Some((char::from_u32(hexadecimal(digits)?)?, digits.len() + 3))
}

/// `u00e9`, or what JSON writes for characters beyond 16 bits: `ud83d\ude00`.
fn fixed(rest: &str) -> Option<(char, usize)> {
    let first = hexadecimal(rest.get(1..5)?)?;
    if let Some(character) = char::from_u32(first) {
        return Some((character, 5));
    }
    let second = hexadecimal(rest.get(5..)?.strip_prefix("\\u")?.get(..4)?)?;
    let pair = [u16::try_from(first).ok()?, u16::try_from(second).ok()?];
    let character = char::decode_utf16(pair).next()?.ok()?;
    Some((character, 11))
}

fn hexadecimal(digits: &str) -> Option<u32> {
    // `from_str_radix` would also accept a sign.
    let all = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    u32::from_str_radix(digits, 16).ok().filter(|_| all)
}

/// Reads the block string that `text` begins with.
pub(super) fn read_block(text: &str) -> Read<'_> {
    const QUOTES: &str = "\"\"\"";
    let mut raw = String::new();
    let mut at = QUOTES.len();
    loop {
        let rest = text.get(at..).unwrap_or_default();
        let length = rest.find(QUOTES).ok_or(Fault { message: ENDLESS, at: text.len() })?;
        let part = rest.get(..length).unwrap_or_default();
        at += length + QUOTES.len();
        let Some(before) = part.strip_suffix('\\') else {
            raw.push_str(part);
            break;
        };
        raw.extend([before, QUOTES]);
    }
    if raw.contains('\0') {
        return Err(Fault { message: NUL, at: 0 });
    }
    Ok((Cow::Owned(without_indentation(&raw)), at))
}

/// Removes the common indentation of all lines but the first, and blank lines at the beginning
/// and end.
fn without_indentation(raw: &str) -> String {
    let lines: Vec<_> = raw.split("\r\n").flat_map(|part| part.split(['\r', '\n'])).collect();
    let indentation = |line: &str| line.find(|character| !matches!(character, ' ' | '\t'));
    let common = lines.iter().skip(1).filter_map(|line| indentation(line)).min();
    let common = common.unwrap_or(usize::MAX);
    let is_blank = |line: &&str| indentation(line).is_none();
    let first = lines.iter().take_while(|line| is_blank(line)).count();
    let last = lines.len() - lines.iter().rev().take_while(|line| is_blank(line)).count();
    let content = lines.iter().enumerate().take(last).skip(first);
    let content = content.map(|(index, line)| match index {
        0 => *line,
        _ => line.get(common..).unwrap_or_default(),
    });
    content.collect::<Vec<_>>().join("\n")
}
