//! Sessions that handlers take from a request.

use std::sync::Arc;

use axum::{
    extract::{FromRequest, FromRequestParts, Request},
    http::{HeaderMap, request::Parts},
};
use domain::{CurrentUser, User};

use super::{
    Session,
    carry::Pending,
    cookies::{expired, void_cache},
    error::SESSION_NOT_FRESH,
    proof::{Lifetime, Proof},
    service::{self, Active},
};
use crate::{
    code::UNAUTHORIZED,
    context::Context,
    error::AuthError,
    extract::{Input, Read, Value, queried, read},
};

/// The session of a request that needs one, read from the store and never from the
/// cache. Refused with `UNAUTHORIZED`.
pub(crate) struct CurrentSession {
    pub(crate) session: Session,
    pub(crate) user: User,
    /// How long the session's cookie lives.
    pub(crate) lifetime: Lifetime,
}

impl CurrentSession {
    /// The user as the rules know them.
    pub(crate) fn current_user(&self) -> CurrentUser {
        let User { id, email, name, role, .. } = self.user.clone();
        CurrentUser { id, email, name, role, session_id: self.session.id.clone() }
    }
}

/// The session of a request, if it shows one that counts. Whatever the answer will
/// be, it tells the browser if the session was extended.
pub(crate) struct MaybeSession(pub(crate) Option<CurrentSession>);

impl FromRequestParts<Arc<Context>> for MaybeSession {
    type Rejection = AuthError;

    async fn from_request_parts(
        parts: &mut Parts,
        context: &Arc<Context>,
    ) -> Result<Self, AuthError> {
        let headers: &HeaderMap = &parts.headers;
        let pending = parts.extensions.get::<Pending>();
        let note = |cookies, user| {
            if let Some(pending) = pending {
                pending.set(cookies, user);
            }
        };
        let Options { mut reads_cache, mut refreshes } = Options::of(parts.uri.query());
        reads_cache &= parts.extensions.get::<CacheIsKept>().is_some();
        let Some(proof) = Proof::of(context, headers) else {
            note(void_cache(context, headers, false), None);
            return Ok(Self(None));
        };
        let is_cached = reads_cache && proof.cached(context, headers).is_some();
        refreshes &= !is_cached;
        let Some(active) = Box::pin(service::resolve(context, proof, refreshes)).await? else {
            note(expired(context, headers), None);
            return Ok(Self(None));
        };
        let cookies = active.cookies(context, headers, refreshes);
        // One that is set takes the place of one that does not count.
        let is_void = reads_cache && !is_cached && cookies.is_empty();
        let void = void_cache(context, headers, is_void);
        note([void, cookies].concat(), Some(&active.user.id));
        let Active { session, user, proof, .. } = active;
        Ok(Self(Some(CurrentSession { session, user, lifetime: proof.lifetime() })))
    }
}

impl FromRequestParts<Arc<Context>> for CurrentSession {
    type Rejection = AuthError;

    async fn from_request_parts(
        parts: &mut Parts,
        context: &Arc<Context>,
    ) -> Result<Self, AuthError> {
        let MaybeSession(current) = MaybeSession::from_request_parts(parts, context).await?;
        current.ok_or_else(|| UNAUTHORIZED.into())
    }
}

/// What a request's query says of its session, as in better-auth.
pub(super) struct Options {
    /// Whether the cached session counts.
    pub(super) reads_cache: bool,
    /// Whether the session is extended, and cached anew.
    pub(super) refreshes: bool,
}

impl Options {
    /// Any value but the empty one is a yes, and so are two of them.
    pub(super) fn of(query: Option<&str>) -> Self {
        let query = queried(query.unwrap_or_default());
        let says = |option| query.get(option).is_some_and(Value::is_truthy);
        Self { reads_cache: !says("disableCookieCache"), refreshes: !says("disableRefresh") }
    }
}

/// A session of which a cache that counts is left as it is, for what better-auth does by
/// the cached session. The session is read from the store nevertheless.
pub(crate) struct KeepCache<S>(pub(crate) S);

/// Tells [`MaybeSession`] so.
#[derive(Clone)]
struct CacheIsKept;

impl<S> FromRequestParts<Arc<Context>> for KeepCache<S>
where
    S: FromRequestParts<Arc<Context>, Rejection = AuthError> + Send,
{
    type Rejection = AuthError;

    async fn from_request_parts(
        parts: &mut Parts,
        context: &Arc<Context>,
    ) -> Result<Self, AuthError> {
        parts.extensions.insert(CacheIsKept);
        Ok(Self(S::from_request_parts(parts, context).await?))
    }
}

/// A session that began not long ago. Refused with `SESSION_NOT_FRESH`.
pub(crate) struct FreshSession(pub(crate) CurrentSession);

impl FromRequestParts<Arc<Context>> for FreshSession {
    type Rejection = AuthError;

    async fn from_request_parts(
        parts: &mut Parts,
        context: &Arc<Context>,
    ) -> Result<Self, AuthError> {
        let current = CurrentSession::from_request_parts(parts, context).await?;
        if is_fresh(context, &current.session) {
            Ok(Self(current))
        } else {
            Err(SESSION_NOT_FRESH.into())
        }
    }
}

/// Whether a session began not long ago. When one began that lies in the future, as the
/// clock went back, nobody knows.
pub(crate) fn is_fresh(context: &Context, session: &Session) -> bool {
    let Context { clock, .. } = context;
    let age = context.session.fresh_age;
    age.is_zero() || clock.now() - session.created_at < age && !clock.is_ahead(session.created_at)
}

/// A session and a body, checked in better-auth's order: the body first.
pub(crate) struct With<S, T>(pub(crate) S, pub(crate) T);

impl<S, T> FromRequest<Arc<Context>> for With<S, T>
where
    S: FromRequestParts<Arc<Context>, Rejection = AuthError> + Send,
    T: Input + Send,
{
    type Rejection = AuthError;

    async fn from_request(request: Request, context: &Arc<Context>) -> Result<Self, AuthError> {
        let (mut parts, _) = request.into_parts();
        let Read { input, own } = read(&parts, context)?;
        let session = S::from_request_parts(&mut parts, context).await?;
        own.map(|()| Self(session, input))
    }
}
