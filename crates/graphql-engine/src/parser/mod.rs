//! Parses the text of a document.
//!
//! A lexer and a recursive-descent parser for executable documents. The parser counts
//! tokens and nested brackets while it reads them, so that no tree is deeper than
//! [`MAX_NESTING`]: neither the parser nor later walks through the tree, its destructor
//! included, can exhaust the stack.
//!
//! Duplicate names, which async-graphql's AST cannot represent, are refused here: two
//! operations, fragments or input fields of one name.
//!
//! Source: GraphQL specification, September 2025, sections 2 and 5.2; where the
//! specification leaves a choice, we follow graphql-js 16.

mod definition;
mod lexer;
mod selection;
mod text;
mod value;

use std::mem;

use async_graphql::{Name, Pos, Positioned, parser::types::ExecutableDocument};

use self::lexer::{Kind, Lexer, Token};
use crate::{
    LimitKind, Limits,
    error::{PARSE_FAILED, RequestError, VALIDATION_FAILED},
};

/// Limit of nested brackets, and so of recursion. A query within `GRAPHQL_MAX_DEPTH` does not
/// reach it.
const MAX_NESTING: usize = 64;
/// Maximum bytes of a name or number that an error quotes.
const MAX_QUOTED_BYTES: usize = 40;

type Result<T> = std::result::Result<T, RequestError>;

/// Parses a document. Fails at the first syntax error, or when there are more tokens than
/// `limits` allow.
pub(crate) fn parse(text: &str, limits: &Limits) -> Result<ExecutableDocument> {
    let mut lexer = Lexer::new(text);
    let token = lexer.next()?;
    Parser { lexer, token, limits, tokens: 1, nesting: 0 }.document()
}

fn request_error(code: &'static str, message: String, position: Pos) -> RequestError {
    RequestError { location: Some(position), ..RequestError::new(code, message) }
}

fn syntax_error(message: impl AsRef<str>, position: Pos) -> RequestError {
    request_error(PARSE_FAILED, format!("syntax error: {}", message.as_ref()), position)
}

fn invalid(message: String, position: Pos) -> RequestError {
    request_error(VALIDATION_FAILED, message, position)
}

/// The beginning of a text, for an error message.
fn shown(text: &str) -> String {
    match text.char_indices().find(|(position, _)| *position >= MAX_QUOTED_BYTES) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// A parser with one token of lookahead.
struct Parser<'t> {
    lexer: Lexer<'t>,
    /// Lookahead token.
    token: Token<'t>,
    limits: &'t Limits,
    /// Tokens read so far, `token` included.
    tokens: usize,
    /// Brackets that are open.
    nesting: usize,
}

impl<'t> Parser<'t> {
    /// Consumes the lookahead token, and reads the next one.
    fn take(&mut self) -> Result<Token<'t>> {
        let next = self.lexer.next()?;
        if next.kind != Kind::End {
            self.tokens += 1;
            if self.tokens > self.limits.get(LimitKind::Tokens) {
                let location = Some(next.position);
                return Err(RequestError { location, ..self.limits.error(LimitKind::Tokens) });
            }
        }
        Ok(mem::replace(&mut self.token, next))
    }

    fn position(&self) -> Pos {
        self.token.position
    }

    fn is(&self, punctuator: &str) -> bool {
        matches!(self.token.kind, Kind::Punctuator(found) if found == punctuator)
    }

    /// Consumes this punctuator, if it is next. Returns whether it was.
    fn eat(&mut self, punctuator: &str) -> Result<bool> {
        let is = self.is(punctuator);
        if is {
            self.take()?;
        }
        Ok(is)
    }

    /// Consumes this punctuator. Fails if anything else is next.
    fn expect(&mut self, punctuator: &str) -> Result<Pos> {
        if !self.is(punctuator) {
            return Err(self.unexpected(&format!("\"{punctuator}\"")));
        }
        Ok(self.take()?.position)
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
        Ok(self.take()?.position)
    }

    fn expect_name(&mut self, what: &str) -> Result<Positioned<Name>> {
        let Kind::Name(name) = self.token.kind else { return Err(self.unexpected(what)) };
        Ok(Positioned::new(Name::new(name), self.take()?.position))
    }

    /// Parses the items between two punctuators; at least one, unless the list `may_be_empty`.
    fn delimited_list<T>(
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

    /// Consumes an opening bracket. Fails if brackets are nested too deep.
    fn open(&mut self, punctuator: &str) -> Result<Pos> {
        let position = self.expect(punctuator)?;
        self.nesting += 1;
        if self.nesting > MAX_NESTING {
            let message = format!("the document nests more than {MAX_NESTING} brackets");
            return Err(request_error(PARSE_FAILED, message, position));
        }
        Ok(position)
    }

    fn close(&mut self, punctuator: &str) -> Result<Pos> {
        self.nesting = self.nesting.saturating_sub(1);
        self.expect(punctuator)
    }

    fn unexpected(&self, expected: &str) -> RequestError {
        let found = match &self.token.kind {
            Kind::End => "the end".to_owned(),
            Kind::Punctuator(punctuator) => format!("\"{punctuator}\""),
            Kind::Name(text) => format!("the name \"{}\"", shown(text)),
            Kind::Int(text) | Kind::Float(text) => format!("the number {}", shown(text)),
            Kind::Text(_) => "a text".to_owned(),
        };
        syntax_error(format!("expected {expected}, found {found}"), self.position())
    }
}

#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod oracle;
#[cfg(test)]
mod tests;
