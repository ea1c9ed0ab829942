//! The state of a sign-in: a secret that the provider returns with its answer, and the data that
//! belongs to it.
//!
//! The data is in the table `verification` or in Redis, where a Node server can find it, too; a
//! signed cookie binds the state to the browser. Or all of it is in an encrypted cookie
//! ([`StateStorage::Cookie`]).
//!
//! A state is used once. Stored data is deleted by one statement, of which one of several
//! concurrent requests gets the data. The state of a cookie is recorded in the table
//! `verification` at its use; the row's key decides. The browser's cookie is compared before that,
//! so that no other client can use up a state.
//!
//! Unlike in better-auth, the data names the provider of the sign-in (in `serverContext`, which
//! clients cannot set), so that no other provider's answer is accepted for it.

mod error;
mod stored;

use axum::http::{HeaderMap, HeaderValue};
use chrono::{DateTime, TimeDelta, Utc};
use crypto::Vault;
use domain::{Error, id::random_alphanumeric};

use self::stored::{ServerContext, Stored};
pub(crate) use self::{
    error::StateError,
    stored::{AdditionalData, LinkState},
};
use super::{
    config::StateStorage,
    error::{INTERNAL_ERROR, STATE_INVALID, STATE_MISMATCH},
};
use crate::{
    context::Context,
    cookie::MAX_COOKIE_LEN,
    error::AuthError,
    error_code::PAYLOAD_TOO_LARGE,
    verification::{NewValue, STATE_PREFIX, Store},
};

/// The lifetime of a state. With [`StateStorage::Server`] the cookie ends earlier.
const LIFETIME: TimeDelta = TimeDelta::minutes(10);
/// better-auth's lifetime of the cookie that binds stored data to the browser.
const COOKIE_LIFETIME: TimeDelta = TimeDelta::minutes(5);
/// The maximum length of the data in bytes. Clients without a session store it.
const MAX_LEN: usize = 8 * 1024;
/// The number of random texts of 32 characters in a code verifier: RFC 7636's maximum, as
/// better-auth's.
const VERIFIER_PARTS: usize = 4;

/// The data of a new sign-in.
pub(crate) struct StateData {
    /// The provider's id.
    pub(crate) provider: String,
    /// The page after the sign-in, or the origin of the service.
    pub(crate) callback_url: Option<String>,
    /// The page of errors.
    pub(crate) error_url: Option<String>,
    /// The page of users who are new.
    pub(crate) new_user_url: Option<String>,
    /// The user who links an account.
    pub(crate) link: Option<LinkState>,
    /// Whether the client requests that a user is created.
    pub(crate) request_sign_up: Option<bool>,
    /// The nonce of the authorization request.
    pub(crate) id_token_nonce: Option<String>,
    pub(crate) additional: AdditionalData,
}

/// A new state, for the authorization URL.
pub(crate) struct CreatedState {
    pub(crate) state: String,
    pub(crate) code_verifier: String,
    /// The data, in better-auth's form.
    pub(crate) json: String,
    /// `Set-Cookie` lines of the response.
    pub(crate) cookies: Vec<HeaderValue>,
}

/// The data of a sign-in whose state was used.
pub(crate) struct TakenState {
    /// `None`: a Node server began the sign-in.
    pub(crate) provider: Option<String>,
    /// Whether the sign-in goes through the production host (see [`proxy`](super::proxy)).
    pub(crate) is_proxied: bool,
    pub(crate) callback_url: String,
    pub(crate) code_verifier: String,
    pub(crate) error_url: Option<String>,
    pub(crate) new_user_url: Option<String>,
    pub(crate) link: Option<LinkState>,
    pub(crate) request_sign_up: bool,
    pub(crate) id_token_nonce: Option<String>,
}

/// Creates the state of a sign-in, which may go through the production host. Refuses data that is
/// too long to store.
pub(crate) async fn create(
    context: &Context,
    headers: &HeaderMap,
    data: StateData,
    is_proxied: bool,
) -> Result<CreatedState, AuthError> {
    let now = context.clock.now();
    let state = random_alphanumeric();
    let code_verifier: String = (0..VERIFIER_PARTS).map(|_| random_alphanumeric()).collect();
    let mut stored = data.stored(context, &state, &code_verifier, now);
    if let Some(server) = stored.server_context.as_mut().filter(|_| is_proxied) {
        server.proxied = Some(true);
    }
    let json = serde_json::to_string(&stored).map_err(Error::internal)?;
    if json.len() > MAX_LEN {
        return Err(PAYLOAD_TOO_LARGE.into());
    }
    let mut set_cookies = context.cookies.set_cookies(headers);
    match context.config.oauth.state {
        StateStorage::Server => {
            set_cookies.state(&state, COOKIE_LIFETIME);
            let identifier = identifier(&state);
            let value =
                NewValue { identifier: &identifier, value: &json, expires_at: now + LIFETIME };
            Store::of(context).put_value(context.db.writer(), value, now).await?;
        }
        StateStorage::Cookie => set_cookies.sealed_state(&vault(context).seal(&json), LIFETIME),
    }
    let cookies = set_cookies.into_lines();
    if cookies.iter().any(|line| line.len() > MAX_COOKIE_LEN) {
        return Err(PAYLOAD_TOO_LARGE.into());
    }
    Ok(CreatedState { state, code_verifier, json, cookies })
}

impl StateData {
    fn stored(
        self,
        context: &Context,
        state: &str,
        code_verifier: &str,
        now: DateTime<Utc>,
    ) -> Stored {
        let Self {
            provider,
            callback_url,
            error_url,
            new_user_url,
            link,
            request_sign_up,
            id_token_nonce,
            additional,
        } = self;
        let given = |url: Option<String>| url.filter(|url| !url.is_empty());
        let origin = || context.url.origin().ascii_serialization();
        Stored {
            callback_url: given(callback_url).unwrap_or_else(origin),
            code_verifier: code_verifier.to_owned(),
            error_url,
            new_user_url,
            link,
            server_context: Some(ServerContext { provider: Some(provider), proxied: None }),
            expires_at: (now + LIFETIME).timestamp_millis(),
            request_sign_up,
            id_token_nonce,
            oauth_state: Some(state.to_owned()),
            additional,
        }
    }
}

/// Uses a state of this browser, once, and returns its data.
pub(crate) async fn take(
    context: &Context,
    headers: &HeaderMap,
    state: &str,
) -> Result<TakenState, StateError> {
    let stored = match context.config.oauth.state {
        StateStorage::Server => take_stored(context, headers, state).await?,
        StateStorage::Cookie => take_sealed(context, headers, state).await?,
    };
    usable(context, stored)
}

/// Returns the data of a state of another host, which that host encrypted together with the state.
pub(crate) fn of_other_host(
    context: &Context,
    state: &str,
    json: &str,
) -> Result<TakenState, StateError> {
    let stored = parse(json)?;
    if stored.oauth_state.as_ref().is_some_and(|of| of != state) {
        return Err(StateError::mismatch(stored));
    }
    usable(context, stored)
}

fn usable(context: &Context, stored: Stored) -> Result<TakenState, StateError> {
    if stored.expires_at < context.clock.now().timestamp_millis() {
        return Err(StateError::used_up(stored));
    }
    let server = stored.server_context.unwrap_or_default();
    let given = |url: Option<String>| url.filter(|url| !url.is_empty());
    Ok(TakenState {
        provider: server.provider,
        is_proxied: server.proxied == Some(true),
        callback_url: stored.callback_url,
        code_verifier: stored.code_verifier,
        error_url: given(stored.error_url),
        new_user_url: given(stored.new_user_url),
        link: stored.link,
        request_sign_up: stored.request_sign_up == Some(true),
        id_token_nonce: stored.id_token_nonce,
    })
}

async fn take_stored(
    context: &Context,
    headers: &HeaderMap,
    state: &str,
) -> Result<Stored, StateError> {
    let (store, identifier) = (Store::of(context), identifier(state));
    let found = store.find_value(context.db.reader(), &identifier).await?;
    let stored = parse(&found.ok_or(StateError::unknown(STATE_MISMATCH))?)?;
    let is_own = context.cookies.states(headers).iter().any(|own| own == state);
    if !is_own || stored.oauth_state.as_ref().is_some_and(|of| of != state) {
        return Err(StateError::mismatch(stored));
    }
    let taken = store.take_value(context.db.writer(), &identifier).await?;
    // A concurrent request used the state.
    parse(&taken.ok_or(StateError::unknown(STATE_MISMATCH))?)
}

async fn take_sealed(
    context: &Context,
    headers: &HeaderMap,
    state: &str,
) -> Result<Stored, StateError> {
    let sealed = context.cookies.sealed_states(headers);
    if sealed.is_empty() {
        return Err(StateError::unknown(STATE_MISMATCH));
    }
    let vault = vault(context);
    let opened = sealed.iter().filter_map(|sealed| parse(&vault.open(sealed)?).ok());
    let (own, foreign): (Vec<_>, Vec<_>) =
        opened.partition(|stored| stored.oauth_state.as_deref() == Some(state));
    let Some(stored) = own.into_iter().next() else {
        let foreign = foreign.into_iter().next();
        return Err(foreign.map_or(StateError::unknown(STATE_INVALID), StateError::mismatch));
    };
    let now = context.clock.now();
    let (writer, until) = (context.db.writer(), now + LIFETIME);
    if Store::of(context).record_first_use(writer, &identifier(state), until, now).await? {
        Ok(stored)
    } else {
        Err(StateError::used_up(stored))
    }
}

fn parse(json: &str) -> Result<Stored, StateError> {
    serde_json::from_str(json).map_err(|_| StateError::unknown(INTERNAL_ERROR))
}

/// The lines that remove the cookie of a state that was used.
pub(crate) fn expired_cookies(context: &Context, headers: &HeaderMap) -> Vec<HeaderValue> {
    let mut set_cookies = context.cookies.set_cookies(headers);
    match context.config.oauth.state {
        StateStorage::Server => set_cookies.expire_state(),
        StateStorage::Cookie => set_cookies.expire_sealed_state(),
    }
    set_cookies.into_lines()
}

fn identifier(state: &str) -> String {
    format!("{STATE_PREFIX}{state}")
}

fn vault(context: &Context) -> Vault {
    Vault::new(context.config.secrets.derived("oauth-state-cookie"))
}
