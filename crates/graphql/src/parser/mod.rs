//! Reads the text of a document.
//!
//! One lexer and one parser by recursive descent, for documents that can be executed.
//! Tokens and brackets within brackets are counted while they are read, so that no tree
//! is deeper than [`MAX_NESTING`]: neither this parser nor what walks through a tree
//! later, its destructor included, can exhaust a stack.
//!
//! What a tree of async-graphql's types cannot hold is refused here: two operations,
//! fragments or input fields of one name.
//!
//! Source: GraphQL specification, September 2025, sections 2 and 5.2; graphql-js 16 in what
//! it leaves open.

mod definition;
mod lexer;
mod selection;
mod text;
mod value;

use std::mem;

use async_graphql::{Name, Pos, Positioned, parser::types::ExecutableDocument};

use self::lexer::{Kind, Lexer, Token};
use crate::{
    Limits, Measure,
    document::{PARSE_FAILED, Rejection, VALIDATION_FAILED},
};

/// Brackets within brackets: no query within its depth comes near, and nothing recurses
/// deeper.
const MAX_NESTING: usize = 64;
/// How much of a name or number an error repeats, in bytes.
const SHOWN: usize = 40;

type Result<T> = std::result::Result<T, Rejection>;

/// The document of this text. Fails at the first fault, or when there are more tokens than
/// `limits` allow.
pub(crate) fn parse(text: &str, limits: &Limits) -> Result<ExecutableDocument> {
    let mut lexer = Lexer::new(text);
    let token = lexer.next()?;
    Parser { lexer, token, limits, tokens: 1, nesting: 0 }.document()
}

fn rejection(code: &'static str, message: String, place: Pos) -> Rejection {
    Rejection { location: Some(place), ..Rejection::new(code, message) }
}

fn syntax_error(message: impl AsRef<str>, place: Pos) -> Rejection {
    rejection(PARSE_FAILED, format!("syntax error: {}", message.as_ref()), place)
}

fn invalid(message: String, place: Pos) -> Rejection {
    rejection(VALIDATION_FAILED, message, place)
}

/// The beginning of a text, for people to recognize it.
fn shown(text: &str) -> String {
    match text.char_indices().find(|(place, _)| *place >= SHOWN) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// Looks at one token at a time.
struct Parser<'t> {
    lexer: Lexer<'t>,
    /// The next one.
    token: Token<'t>,
    limits: &'t Limits,
    /// How many were read, with this one.
    tokens: usize,
    /// How many brackets are open.
    nesting: usize,
}

impl<'t> Parser<'t> {
    /// Takes the token and looks at the next one.
    fn take(&mut self) -> Result<Token<'t>> {
        let next = self.lexer.next()?;
        if next.kind != Kind::End {
            self.tokens += 1;
            if self.tokens > self.limits.of(Measure::Tokens) {
                let location = Some(next.place);
                return Err(Rejection { location, ..self.limits.refusal(Measure::Tokens) });
            }
        }
        Ok(mem::replace(&mut self.token, next))
    }

    fn place(&self) -> Pos {
        self.token.place
    }

    fn is(&self, mark: &str) -> bool {
        matches!(self.token.kind, Kind::Mark(found) if found == mark)
    }

    /// Takes this mark, if it is next.
    fn has(&mut self, mark: &str) -> Result<bool> {
        let is = self.is(mark);
        if is {
            self.take()?;
        }
        Ok(is)
    }

    /// Takes this mark. Fails if anything else is next.
    fn expect(&mut self, mark: &str) -> Result<Pos> {
        if !self.is(mark) {
            return Err(self.unexpected(&format!("\"{mark}\"")));
        }
        Ok(self.take()?.place)
    }

    fn is_name(&self) -> bool {
        matches!(self.token.kind, Kind::Name(_))
    }

    fn is_word(&self, word: &str) -> bool {
        matches!(self.token.kind, Kind::Name(found) if found == word)
    }

    fn expect_word(&mut self, word: &str) -> Result<Pos> {
        if !self.is_word(word) {
            return Err(self.unexpected(&format!("\"{word}\"")));
        }
        Ok(self.take()?.place)
    }

    fn name(&mut self, what: &str) -> Result<Positioned<Name>> {
        let Kind::Name(name) = self.token.kind else { return Err(self.unexpected(what)) };
        Ok(Positioned::new(Name::new(name), self.take()?.place))
    }

    /// What stands between these marks, of which there may be none if it `may_be_empty`.
    fn between<T>(
        &mut self,
        [open, close]: [&str; 2],
        may_be_empty: bool,
        mut item: impl FnMut(&mut Self) -> Result<T>,
    ) -> Result<Vec<T>> {
        self.open(open)?;
        let mut items = Vec::new();
        while !(self.is(close) && (may_be_empty || !items.is_empty())) {
            items.push(item(self)?);
        }
        self.close(close)?;
        Ok(items)
    }

    /// Takes a bracket. Fails if it is one too many within others.
    fn open(&mut self, mark: &str) -> Result<Pos> {
        let place = self.expect(mark)?;
        self.nesting += 1;
        if self.nesting > MAX_NESTING {
            let message = format!("the document nests more than {MAX_NESTING} brackets");
            return Err(rejection(PARSE_FAILED, message, place));
        }
        Ok(place)
    }

    fn close(&mut self, mark: &str) -> Result<Pos> {
        self.nesting = self.nesting.saturating_sub(1);
        self.expect(mark)
    }

    fn unexpected(&self, expected: &str) -> Rejection {
        let found = match &self.token.kind {
            Kind::End => "the end".to_owned(),
            Kind::Mark(mark) => format!("\"{mark}\""),
            Kind::Name(text) => format!("the name \"{}\"", shown(text)),
            Kind::Int(text) | Kind::Float(text) => format!("the number {}", shown(text)),
            Kind::Text(_) => "a text".to_owned(),
        };
        syntax_error(format!("expected {expected}, found {found}"), self.place())
    }
}

#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod oracle;
#[cfg(test)]
mod tests;
