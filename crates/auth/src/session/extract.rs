//! Extractors of a request's session.

use std::sync::Arc;

use axum::{
    extract::{FromRequest, FromRequestParts, Request},
    http::{HeaderMap, request::Parts},
};
use domain::{CurrentUser, User};

use super::{
    Lifetime, Session,
    cookies::{expired, remove_unused_cache},
    credential::Credential,
    error::SESSION_NOT_FRESH,
    response_cookies::ResponseCookies,
    service::{self, Active},
};
use crate::{
    context::Context,
    error::AuthError,
    error_code::UNAUTHORIZED,
    extract::{Input, Read, Value, parse_query, read},
};

/// The session of a request that requires one, read from the store and never from the cache.
/// Requests without one are refused with `UNAUTHORIZED`.
pub(crate) struct CurrentSession {
    pub(crate) session: Session,
    pub(crate) user: User,
    /// The lifetime of the session's cookie.
    pub(crate) lifetime: Lifetime,
}

impl CurrentSession {
    /// The user as the ability's rules see them.
    pub(crate) fn current_user(&self) -> CurrentUser {
        self.session.viewer(self.user.clone())
    }
}

/// The session of a request, if it has a valid one. The response sets the cookies of an extended
/// session, whether the handler succeeds or fails.
pub(crate) struct MaybeSession(pub(crate) Option<CurrentSession>);

impl FromRequestParts<Arc<Context>> for MaybeSession {
    type Rejection = AuthError;

    async fn from_request_parts(
        parts: &mut Parts,
        context: &Arc<Context>,
    ) -> Result<Self, AuthError> {
        let headers: &HeaderMap = &parts.headers;
        let collector = parts.extensions.get::<ResponseCookies>();
        let collect = |cookies, user| {
            if let Some(collector) = collector {
                collector.set(cookies, user);
            }
        };
        let Options { mut reads_cache, mut refreshes } = Options::of(parts.uri.query());
        reads_cache &= parts.extensions.get::<CacheIsKept>().is_some();
        let Some(credential) = Credential::of(context, headers) else {
            collect(remove_unused_cache(context, headers, false), None);
            return Ok(Self(None));
        };
        let is_cached = reads_cache && credential.cached(context, headers).is_some();
        refreshes &= !is_cached;
        let Some(active) = Box::pin(service::resolve(context, credential, refreshes)).await? else {
            collect(expired(context, headers), None);
            return Ok(Self(None));
        };
        let cookies = active.cookies(context, headers, refreshes);
        // A cached session that is set replaces an invalid one.
        let is_invalid = reads_cache && !is_cached && cookies.is_empty();
        let removed = remove_unused_cache(context, headers, is_invalid);
        collect([removed, cookies].concat(), Some(&active.user.id));
        let Active { session, user, credential, .. } = active;
        Ok(Self(Some(CurrentSession { session, user, lifetime: credential.lifetime() })))
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

/// The options for the session in a request's query, as in better-auth.
pub(super) struct Options {
    /// Whether the cached session is used.
    pub(super) reads_cache: bool,
    /// Whether the session is extended and cached again.
    pub(super) refreshes: bool,
}

impl Options {
    /// Every value except the empty one sets an option, and so does a repeated one.
    pub(super) fn of(query: Option<&str>) -> Self {
        let query = parse_query(query.unwrap_or_default());
        let is_set = |option| query.get(option).is_some_and(Value::is_truthy);
        Self { reads_cache: !is_set("disableCookieCache"), refreshes: !is_set("disableRefresh") }
    }
}

/// A session whose valid cached copy stays as it is, for endpoints where better-auth uses the
/// cached session. Bookplate still reads the session from the store.
pub(crate) struct KeepSessionCache<S>(pub(crate) S);

/// The request extension by which [`KeepSessionCache`] configures [`MaybeSession`].
#[derive(Clone)]
struct CacheIsKept;

impl<S> FromRequestParts<Arc<Context>> for KeepSessionCache<S>
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

/// A fresh session: one that began less than `fresh_age` ago. Others are refused with
/// `SESSION_NOT_FRESH`.
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

/// Whether a session is fresh. A session that begins in the future, because the clock went
/// back, is not.
pub(crate) fn is_fresh(context: &Context, session: &Session) -> bool {
    let Context { clock, .. } = context;
    let age = context.config.session.fresh_age;
    age.is_zero() || clock.now() - session.created_at < age && !clock.is_ahead(session.created_at)
}

/// A session and the request's input, checked in better-auth's order: the input first.
pub(crate) struct SessionAndInput<S, T>(pub(crate) S, pub(crate) T);

impl<S, T> FromRequest<Arc<Context>> for SessionAndInput<S, T>
where
    S: FromRequestParts<Arc<Context>, Rejection = AuthError> + Send,
    T: Input + Send,
{
    type Rejection = AuthError;

    async fn from_request(request: Request, context: &Arc<Context>) -> Result<Self, AuthError> {
        let (mut parts, _) = request.into_parts();
        let Read { input, stricter } = read(&parts, context)?;
        let session = S::from_request_parts(&mut parts, context).await?;
        stricter.map(|()| Self(session, input))
    }
}
