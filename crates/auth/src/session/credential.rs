//! The credential of a request: a bearer token, or cookies.

use axum::http::{HeaderMap, header::AUTHORIZATION};
use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::{Lifetime, Token};
use crate::context::Context;

/// The session tokens that a request presents.
pub(crate) struct Credential {
    pub(super) token: Token,
    /// The tokens of further cookies. If `token` has no valid session, the first of these that
    /// has one is used.
    others: Vec<Token>,
    source: CredentialSource,
}

/// How the request presents its token.
#[derive(Clone, Copy, PartialEq, Eq)]
enum CredentialSource {
    Cookie(Lifetime),
    Bearer,
}

impl Credential {
    /// Reads a request's credential. A bearer token precedes cookies, unless its signature is
    /// wrong.
    pub(crate) fn of(context: &Context, headers: &HeaderMap) -> Option<Self> {
        if let Some(token) = bearer(context, headers) {
            let (token, source) = (Token::from_text(token), CredentialSource::Bearer);
            return Some(Self { token, others: Vec::new(), source });
        }
        let tokens = context.cookies.session_tokens(headers).into_iter();
        let mut tokens = tokens.map(Token::from_text);
        let token = tokens.next()?;
        let is_browser_session = context.cookies.is_browser_session(headers);
        let lifetime =
            if is_browser_session { Lifetime::BrowserSession } else { Lifetime::Remembered };
        Some(Self { token, others: tokens.collect(), source: CredentialSource::Cookie(lifetime) })
    }

    /// Whether the request presents one token only.
    pub(super) fn is_single(&self) -> bool {
        self.others.is_empty()
    }

    /// The tokens of all sessions that a sign-out ends: afterwards the browser holds none of
    /// them.
    pub(crate) fn into_ended(self, context: &Context, headers: &HeaderMap) -> Vec<Token> {
        match self.source {
            CredentialSource::Cookie(_) => {
                let tokens = context.cookies.all_session_tokens(headers).into_iter();
                tokens.map(Token::from_text).collect()
            }
            CredentialSource::Bearer => vec![self.token],
        }
    }

    /// All tokens, in the order of the cookies.
    pub(super) fn tokens(&self) -> impl Iterator<Item = &Token> {
        [&self.token].into_iter().chain(&self.others)
    }

    /// The lifetime of the session's cookie.
    pub(crate) fn lifetime(&self) -> Lifetime {
        match self.source {
            CredentialSource::Cookie(lifetime) => lifetime,
            CredentialSource::Bearer => Lifetime::Remembered,
        }
    }

    /// Whether the token is from a cookie.
    pub(super) fn is_cookie(&self) -> bool {
        self.source != CredentialSource::Bearer
    }

    /// Sets the lifetime to [`Lifetime::Remembered`], whatever another cookie contains.
    pub(super) fn remember(&mut self) {
        self.source = CredentialSource::Cookie(Lifetime::Remembered);
    }

    /// The cached session of the request, if it is valid and belongs to the only token.
    pub(super) fn cached(&self, context: &Context, headers: &HeaderMap) -> Option<Value> {
        let cache = context.session_cache.as_ref().filter(|_| self.is_single())?;
        let now = context.clock.now();
        let cookies = context.cookies.cached_sessions(headers);
        cookies.iter().find_map(|cookie| cache.read(cookie, &self.token, now))
    }
}

/// The token behind `Authorization: Bearer`: raw, or signed as in the cookie.
fn bearer(context: &Context, headers: &HeaderMap) -> Option<String> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return None;
    }
    let token = token.trim();
    if token.contains('.') {
        // A copied cookie value still has its escapes; base64 has no `%`.
        let token = percent_decode_str(token).decode_utf8().ok()?;
        return context.cookies.signer().verify(&token).map(str::to_owned);
    }
    let raw = Some(token.to_owned()).filter(|token| !token.is_empty());
    raw.filter(|_| !context.config.session.bearer_requires_signature)
}
