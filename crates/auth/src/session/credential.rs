//! What a request shows to be somebody: a bearer token, or cookies.

use axum::http::{HeaderMap, header::AUTHORIZATION};
use serde_json::Value;

use super::Token;
use crate::context::Context;

/// Whether the session survives the browser's end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lifetime {
    /// [`Config::expires_in`](super::Config::expires_in), extended by use.
    Remembered,
    /// A day, in a cookie that the browser forgets.
    Fleeting,
}

/// What a request shows to be somebody.
pub(crate) struct Proof {
    pub(super) token: Token,
    /// Those of further cookies: the first that counts is taken if `token` does not.
    others: Vec<Token>,
    carrier: Carrier,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Carrier {
    Cookie(Lifetime),
    Bearer,
}

impl Proof {
    /// A bearer token counts before a cookie, unless its signature is wrong.
    pub(crate) fn of(context: &Context, headers: &HeaderMap) -> Option<Self> {
        if let Some(token) = bearer(context, headers) {
            return Some(Self {
                token: Token(token),
                others: Vec::new(),
                carrier: Carrier::Bearer,
            });
        }
        let mut tokens = context.cookies.session_tokens(headers).into_iter().map(Token);
        let token = tokens.next()?;
        let fleeting = context.cookies.is_fleeting(headers);
        let lifetime = if fleeting { Lifetime::Fleeting } else { Lifetime::Remembered };
        Some(Self { token, others: tokens.collect(), carrier: Carrier::Cookie(lifetime) })
    }

    /// Whether there is one token to ask for.
    pub(super) fn is_single(&self) -> bool {
        self.others.is_empty()
    }

    /// The tokens of all sessions that a sign-out ends: the browser holds none of them
    /// afterwards.
    pub(super) fn ended(self, context: &Context, headers: &HeaderMap) -> Vec<Token> {
        match self.carrier {
            Carrier::Cookie(_) => {
                context.cookies.all_session_tokens(headers).into_iter().map(Token).collect()
            }
            Carrier::Bearer => vec![self.token],
        }
    }

    /// All tokens, that of the first cookie first.
    pub(super) fn tokens(&self) -> impl Iterator<Item = &Token> {
        [&self.token].into_iter().chain(&self.others)
    }

    /// How long the session's cookie lives.
    pub(crate) fn lifetime(&self) -> Lifetime {
        match self.carrier {
            Carrier::Cookie(lifetime) => lifetime,
            Carrier::Bearer => Lifetime::Remembered,
        }
    }

    /// Whether the session came by its cookie.
    pub(super) fn is_cookie(&self) -> bool {
        self.carrier != Carrier::Bearer
    }

    /// The session is one that survives the browser's end, whatever another cookie says.
    pub(super) fn remember(&mut self) {
        self.carrier = Carrier::Cookie(Lifetime::Remembered);
    }

    /// The cached session that came along, if it is of this session alone and counts.
    pub(super) fn cached(&self, context: &Context, headers: &HeaderMap) -> Option<Value> {
        let cache = context.session_cache.as_ref().filter(|_| self.others.is_empty())?;
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
        // A copied cookie value still has its three escapes; base64 has no `%`.
        let token = token.replace("%2B", "+").replace("%2F", "/").replace("%3D", "=");
        return context.cookies.signer().verify(&token).map(str::to_owned);
    }
    let raw = Some(token.to_owned()).filter(|token| !token.is_empty());
    raw.filter(|_| !context.session.bearer_requires_signature)
}
