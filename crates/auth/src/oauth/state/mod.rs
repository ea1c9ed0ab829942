//! The parameter `state` of a sign-in (RFC 6749, section 4.1.1), and the data stored for it.
//!
//! The data is in the table `verification` or in Redis, where a better-auth server can read it,
//! too; a signed cookie binds the state to the browser. With [`StateStorage::Cookie`], all data is
//! in an encrypted cookie.
//!
//! A state is consumed once. One statement deletes and returns the stored data, so that one of
//! several concurrent requests gets it. Consuming the state of a cookie inserts a row into
//! `verification`; the primary key allows only one insert. The browser's cookie is compared first,
//! so that another browser cannot consume a state.
//!
//! Unlike in better-auth, the data names the provider of the sign-in (in `serverContext`, which
//! clients cannot set), so that the authorization response of another provider is refused.

mod error;
mod stored;

use axum::http::{HeaderMap, HeaderValue};
use chrono::{DateTime, TimeDelta, Utc};
use crypto::Vault;
use domain::{Error, UserId, id::random_alphanumeric};

use self::stored::{ServerContext, StoredState};
pub(crate) use self::{
    error::{RefusedState, StateError},
    stored::{AdditionalData, LinkingUser},
};
use super::{
    config::StateStorage,
    error::{STATE_INVALID, STATE_MISMATCH},
    non_empty,
};
use crate::{
    anonymous,
    context::Context,
    cookie::MAX_COOKIE_LEN,
    error::AuthError,
    error_code::PAYLOAD_TOO_LARGE,
    verification::{NewValue, STATE_PREFIX, Store},
};

/// The lifetime of the stored data. With [`StateStorage::Server`], the cookie expires earlier and
/// limits the user.
const LIFETIME: TimeDelta = TimeDelta::minutes(10);
/// better-auth's lifetime of the cookie that binds stored data to the browser.
const COOKIE_LIFETIME: TimeDelta = TimeDelta::minutes(5);
/// The maximum length of the data in bytes: clients without a session could fill the database.
const MAX_LEN: usize = 8 * 1024;
/// The number of random texts of 32 characters in a code verifier: RFC 7636's maximum, as
/// better-auth's.
const VERIFIER_PARTS: usize = 4;

/// The data of a new sign-in.
pub(crate) struct StateData {
    /// The provider's id.
    pub(crate) provider: String,
    /// The URL to which the user is redirected after the sign-in; the origin of the server if none.
    pub(crate) callback_url: Option<String>,
    /// The URL of the error page.
    pub(crate) error_url: Option<String>,
    /// The URL to which new users are redirected.
    pub(crate) new_user_url: Option<String>,
    /// The user who links an account.
    pub(crate) link: Option<LinkingUser>,
    /// Whether the client requests that a user is created.
    pub(crate) request_sign_up: Option<bool>,
    /// The nonce of the authorization request.
    pub(crate) id_token_nonce: Option<String>,
    pub(crate) additional: AdditionalData,
}

/// A new state, for the authorization URL.
pub(crate) struct NewState {
    pub(crate) state: String,
    pub(crate) code_verifier: String,
    /// The data, in better-auth's form.
    pub(crate) json: String,
    /// `Set-Cookie` lines of the response.
    pub(crate) cookies: Vec<HeaderValue>,
}

/// The data of a sign-in whose state was consumed.
pub(crate) struct ConsumedState {
    /// `None`: a better-auth server began the sign-in.
    pub(crate) provider: Option<String>,
    /// Whether the sign-in goes through the production host (see [`proxy`](super::proxy)).
    pub(crate) is_proxied: bool,
    pub(crate) callback_url: String,
    pub(crate) code_verifier: String,
    pub(crate) error_url: Option<String>,
    pub(crate) new_user_url: Option<String>,
    pub(crate) link: Option<LinkingUser>,
    pub(crate) request_sign_up: bool,
    pub(crate) id_token_nonce: Option<String>,
    /// The guest who began the sign-in.
    pub(crate) guest: Option<UserId>,
}

/// Creates the state of a sign-in, which may go through the production host. Refuses data that is
/// too long to store.
pub(crate) async fn create(
    context: &Context,
    headers: &HeaderMap,
    data: StateData,
    is_proxied: bool,
) -> Result<NewState, AuthError> {
    let now = context.clock.now();
    let state = random_alphanumeric();
    let code_verifier: String = (0..VERIFIER_PARTS).map(|_| random_alphanumeric()).collect();
    let mut stored = data.stored(context, &state, &code_verifier, now);
    if let Some(server) = &mut stored.server_context {
        server.proxied = is_proxied.then_some(true);
        if stored.link.is_none() {
            let guest = anonymous::current_guest(context.db.reader(), context, headers).await?;
            server.guest = guest.map(|guest| guest.id);
        }
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
    Ok(NewState { state, code_verifier, json, cookies })
}

impl StateData {
    fn stored(
        self,
        context: &Context,
        state: &str,
        code_verifier: &str,
        now: DateTime<Utc>,
    ) -> StoredState {
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
        let origin = || context.url.origin().ascii_serialization();
        StoredState {
            callback_url: non_empty(callback_url).unwrap_or_else(origin),
            code_verifier: code_verifier.to_owned(),
            error_url,
            new_user_url,
            link,
            server_context: Some(ServerContext {
                provider: Some(provider),
                ..ServerContext::default()
            }),
            expires_at: (now + LIFETIME).timestamp_millis(),
            request_sign_up,
            id_token_nonce,
            oauth_state: Some(state.to_owned()),
            additional,
        }
    }
}

/// Consumes a state of this browser, and returns its data.
pub(crate) async fn consume(
    context: &Context,
    headers: &HeaderMap,
    state: &str,
) -> Result<ConsumedState, StateError> {
    let stored = match context.config.oauth.state {
        StateStorage::Server => consume_stored(context, headers, state).await?,
        StateStorage::Cookie => consume_cookie(context, headers, state).await?,
    };
    Ok(check_expiry(context, stored)?)
}

/// Decodes and checks the data of a preview's state, which the preview encrypted with the state.
pub(crate) fn decode_proxied_state(
    context: &Context,
    state: &str,
    json: &str,
) -> Result<ConsumedState, RefusedState> {
    let stored = parse(json)?;
    if stored.oauth_state.as_ref().is_some_and(|stored_state| stored_state != state) {
        return Err(RefusedState::mismatch(stored));
    }
    check_expiry(context, stored)
}

fn check_expiry(context: &Context, stored: StoredState) -> Result<ConsumedState, RefusedState> {
    if stored.expires_at < context.clock.now().timestamp_millis() {
        return Err(RefusedState::ended(stored));
    }
    let server = stored.server_context.unwrap_or_default();
    Ok(ConsumedState {
        provider: server.provider,
        is_proxied: server.proxied == Some(true),
        callback_url: stored.callback_url,
        code_verifier: stored.code_verifier,
        error_url: non_empty(stored.error_url),
        new_user_url: non_empty(stored.new_user_url),
        link: stored.link,
        request_sign_up: stored.request_sign_up == Some(true),
        id_token_nonce: stored.id_token_nonce,
        guest: server.guest,
    })
}

async fn consume_stored(
    context: &Context,
    headers: &HeaderMap,
    state: &str,
) -> Result<StoredState, StateError> {
    let (store, identifier) = (Store::of(context), identifier(state));
    let found = store.find_value(context.db.reader(), &identifier).await?;
    let stored = parse(&found.ok_or(RefusedState::unknown(STATE_MISMATCH))?)?;
    let is_in_cookie = context.cookies.states(headers).iter().any(|own| own == state);
    if !is_in_cookie
        || stored.oauth_state.as_ref().is_some_and(|stored_state| stored_state != state)
    {
        return Err(RefusedState::mismatch(stored).into());
    }
    let consumed = store.take_value(context.db.writer(), &identifier).await?;
    // A concurrent request consumed the state.
    Ok(parse(&consumed.ok_or(RefusedState::unknown(STATE_MISMATCH))?)?)
}

async fn consume_cookie(
    context: &Context,
    headers: &HeaderMap,
    state: &str,
) -> Result<StoredState, StateError> {
    let sealed = context.cookies.sealed_states(headers);
    if sealed.is_empty() {
        return Err(RefusedState::unknown(STATE_MISMATCH).into());
    }
    let vault = vault(context);
    let opened = sealed.iter().filter_map(|sealed| parse(&vault.open(sealed)?).ok());
    let (own, foreign): (Vec<_>, Vec<_>) =
        opened.partition(|stored| stored.oauth_state.as_deref() == Some(state));
    let Some(stored) = own.into_iter().next() else {
        let foreign = foreign.into_iter().next();
        let unknown = RefusedState::unknown(STATE_INVALID);
        return Err(foreign.map_or(unknown, RefusedState::mismatch).into());
    };
    let now = context.clock.now();
    let (writer, until) = (context.db.writer(), now + LIFETIME);
    if Store::of(context).record_first_use(writer, &identifier(state), until, now).await? {
        Ok(stored)
    } else {
        Err(RefusedState::ended(stored).into())
    }
}

fn parse(json: &str) -> Result<StoredState, RefusedState> {
    serde_json::from_str(json).map_err(|_| RefusedState::corrupt())
}

/// The `Set-Cookie` lines that remove the cookie of a consumed state.
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
