//! Splits a text into tokens with their positions.
//!
//! Source: GraphQL specification, September 2025, section 2.1.

use std::borrow::Cow;

use async_graphql::Pos;

use super::{Result, syntax_error, text};
use crate::RequestError;

/// The punctuators of one byte.
const PUNCTUATORS: [&str; 13] = ["!", "$", "&", "(", ")", ":", "=", "@", "[", "]", "{", "|", "}"];

/// The kind of a token.
#[derive(Debug, PartialEq)]
pub(super) enum Kind<'t> {
    /// The end of the text.
    End,
    Punctuator(&'static str),
    Name(&'t str),
    /// A number without fraction and exponent.
    Int(&'t str),
    /// Any other number.
    Float(&'t str),
    /// The value of a string or block string.
    Text(Cow<'t, str>),
}

/// A token and the position at which it begins.
#[derive(Debug)]
pub(super) struct Token<'t> {
    pub(super) kind: Kind<'t>,
    pub(super) position: Pos,
}

pub(super) struct Lexer<'t> {
    text: &'t str,
    /// How many bytes were read.
    at: usize,
    /// An offset and its position, from which later positions are counted.
    known: (usize, Pos),
}

impl<'t> Lexer<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, at: 0, known: (0, Pos { line: 1, column: 1 }) }
    }

    pub(super) fn next(&mut self) -> Result<Token<'t>> {
        self.skip_ignored();
        let position = self.position_of(self.at);
        let kind = match self.rest().as_bytes() {
            [] => Kind::End,
            [b'"', b'"', b'"', ..] => self.text(text::read_block)?,
            [b'"', ..] => self.text(text::read)?,
            [b'.', b'.', b'.', ..] => self.punctuator("..."),
            [b'-' | b'0'..=b'9', ..] => self.number()?,
            [first, ..] if is_name_start(*first) => Kind::Name(self.while_is(is_name)),
            _ => {
                match PUNCTUATORS.into_iter().find(|punctuator| self.rest().starts_with(punctuator))
                {
                    Some(punctuator) => self.punctuator(punctuator),
                    None => return Err(self.unknown_token(position)),
                }
            }
        };
        Ok(Token { kind, position })
    }

    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Skips blanks, commas, comments and byte order marks.
    fn skip_ignored(&mut self) {
        loop {
            match self.rest().as_bytes() {
                [b' ' | b'\t' | b'\r' | b'\n' | b',', ..] => self.at += 1,
                [0xEF, 0xBB, 0xBF, ..] => self.at += 3,
                [b'#', ..] => {
                    self.while_is(|byte| !matches!(byte, b'\n' | b'\r'));
                }
                _ => return,
            }
        }
    }

    fn punctuator(&mut self, punctuator: &'static str) -> Kind<'t> {
        self.at += punctuator.len();
        Kind::Punctuator(punctuator)
    }

    fn while_is(&mut self, wanted: impl Fn(u8) -> bool) -> &'t str {
        let rest = self.rest();
        let end = rest.bytes().position(|byte| !wanted(byte)).unwrap_or(rest.len());
        self.at += end;
        rest.get(..end).unwrap_or_default()
    }

    fn text(&mut self, read: impl Fn(&'t str) -> text::Read<'t>) -> Result<Kind<'t>> {
        let start = self.at;
        let (value, length) = read(self.rest())
            .map_err(|fault| syntax_error(fault.message, self.position_of(start + fault.at)))?;
        self.at += length;
        Ok(Kind::Text(value))
    }

    fn number(&mut self) -> Result<Kind<'t>> {
        let start = self.at;
        self.at += usize::from(self.byte() == Some(b'-'));
        if self.byte() == Some(b'0') {
            self.at += 1;
        } else {
            self.digits()?;
        }
        let mut is_whole = true;
        if self.byte() == Some(b'.') {
            is_whole = false;
            self.at += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.byte() {
            is_whole = false;
            self.at += 1;
            self.at += usize::from(matches!(self.byte(), Some(b'+' | b'-')));
            self.digits()?;
        }
        // `01`, `1.2.3` and `1x` are neither numbers nor two tokens.
        if self.byte().is_some_and(|byte| byte == b'.' || is_name(byte)) {
            return Err(self.not_a_number());
        }
        let digits = self.text.get(start..self.at).unwrap_or_default();
        Ok(if is_whole { Kind::Int(digits) } else { Kind::Float(digits) })
    }

    fn digits(&mut self) -> Result<()> {
        if self.while_is(|byte| byte.is_ascii_digit()).is_empty() {
            return Err(self.not_a_number());
        }
        Ok(())
    }

    fn not_a_number(&mut self) -> RequestError {
        let found = match self.rest().chars().next() {
            Some(character) => spelled(character),
            None => "the end".to_owned(),
        };
        let position = self.position_of(self.at);
        syntax_error(format!("a number goes on with {found}"), position)
    }

    fn unknown_token(&self, position: Pos) -> RequestError {
        let first = self.rest().chars().next().unwrap_or_default();
        syntax_error(format!("{} begins no token", spelled(first)), position)
    }

    /// The line and column of an offset, which is not before that of the last call. Columns
    /// are counted in units of UTF-16, as JavaScript does.
    fn position_of(&mut self, at: usize) -> Pos {
        let (start, Pos { mut line, mut column }) = self.known;
        let passed = self.text.get(start..at).unwrap_or_default();
        for (offset, character) in passed.char_indices() {
            let next = self.text.as_bytes().get(start + offset + 1);
            match character {
                '\r' if next == Some(&b'\n') => {}
                '\n' | '\r' => {
                    line += 1;
                    column = 0;
                }
                _ => {}
            }
            column += character.len_utf16();
        }
        let position = Pos { line, column };
        self.known = (at, position);
        position
    }
}

fn is_name_start(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_'
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// A character, or its code point if it is not visible.
fn spelled(character: char) -> String {
    if character.is_ascii_graphic() {
        format!("\"{character}\"")
    } else {
        format!("U+{:04X}", u32::from(character))
    }
}
