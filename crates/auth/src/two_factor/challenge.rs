//! Challenges: what a sign-in creates instead of a session for a user with a second factor.
//!
//! A challenge is a value of the table `verification`, and the signed cookie `two_factor` binds it
//! to the browser. It is valid in the user's epoch: a new password ends it.

use axum::{
    Json,
    http::{HeaderMap, HeaderValue, StatusCode},
    response::{IntoResponse, Response},
};
use database::Transaction;
use domain::{Result, User, id::random_alphanumeric};
use mailer::Channel;
use sea_orm::ConnectionTrait;
use serde::Serialize;

use super::{
    factors::{Factor, factors_of},
    failure_count, first_factor, trusted_device,
};
use crate::{
    context::Context,
    cookie,
    error::AuthError,
    error_code::ErrorCode,
    redirect,
    session::Lifetime,
    verification::{self, Link, Verification},
};

/// The cookie that binds a challenge to its browser.
pub(crate) const COOKIE: &str = "two_factor";

/// The error of an endpoint that cannot ask for a second factor. Not in better-auth.
pub(crate) const SECOND_FACTOR_REQUIRED: ErrorCode = ErrorCode::new(
    StatusCode::FORBIDDEN,
    "SECOND_FACTOR_REQUIRED",
    "This user must sign in with a second factor",
);

/// A challenge that was stored, and its cookies.
pub(crate) struct Challenge {
    identifier: String,
    factors: Vec<Factor>,
    cookies: Vec<HeaderValue>,
}

/// Stores a challenge for `user`, whose first factor was delivered by the channel `first`.
pub(crate) async fn begin<C: ConnectionTrait>(
    db: &C,
    context: &Context,
    (user, first): (&User, Option<Channel>),
    lifetime: Lifetime,
    headers: &HeaderMap,
) -> Result<Challenge> {
    let config = &context.config.plugins.two_factor;
    let now = context.clock.now();
    let expires_at = now + config.cookie_max_age;
    let identifier = format!("2fa-{}", &random_alphanumeric()[..20]);
    if let Some(channel) = first {
        first_factor::put(db, context, &identifier, channel, expires_at).await?;
    }
    let store = verification::Store::of(context);
    let link = Link::of(user);
    let challenge = Verification { identifier: identifier.clone(), link, expires_at };
    store.put(db, challenge, now).await?;
    failure_count::begin(db, context, &identifier, expires_at).await?;
    let mut cookies = context.cookies.set_cookies(headers);
    cookies.expire_token();
    match lifetime {
        Lifetime::BrowserSession => cookies.dont_remember(),
        Lifetime::Remembered if context.cookies.is_browser_session(headers) => {
            cookies.expire_dont_remember();
        }
        Lifetime::Remembered => {}
    }
    trusted_device::remove(context, headers, &mut cookies);
    cookies.signed(COOKIE, &identifier, Some(config.cookie_max_age));
    let factors = factors_of(db, context, user, first).await?;
    Ok(Challenge { identifier, factors, cookies: cookies.into_lines() })
}

/// The length of an identifier: `2fa-` and 20 characters.
const IDENTIFIER_LEN: usize = 24;

/// Finds the user of a challenge, and locks their row. `None` if the challenge is over, if it was made
/// before the user's current epoch, or if the second factor was turned off.
pub(super) async fn find_user(
    transaction: &Transaction,
    context: &Context,
    identifier: &str,
) -> Result<Option<User>> {
    // A cookie may have another signed value of this service, which is no challenge.
    if !identifier.starts_with("2fa-") || identifier.len() != IDENTIFIER_LEN {
        return Ok(None);
    }
    let (store, db, now) =
        (verification::Store::of(context), transaction.connection(), context.clock.now());
    let Some(link) = store.find(db, identifier, now).await? else { return Ok(None) };
    let Some(user) = transaction.users().find_locked(&link.user).await? else { return Ok(None) };
    // A concurrent answer may have consumed the challenge before the user was locked.
    let link = store.find(db, identifier, now).await?;
    let is_valid = link.is_some_and(|link| link.is_valid_for(&user)) && user.sign_in.two_factor;
    Ok(is_valid.then_some(user))
}

/// The `Set-Cookie` lines that remove the cookie of a challenge.
pub(super) fn removed_cookie(context: &Context, headers: &HeaderMap) -> Vec<HeaderValue> {
    let mut cookies = context.cookies.set_cookies(headers);
    cookies.remove(COOKIE);
    cookies.into_lines()
}

/// better-auth's body.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ChallengeBody<'a> {
    two_factor_redirect: bool,
    two_factor_methods: &'a [Factor],
}

impl Challenge {
    /// The identifier, which the browser's cookie has.
    pub(crate) fn identifier(&self) -> &str {
        &self.identifier
    }

    /// Adds `Set-Cookie` lines of the sign-in.
    pub(crate) fn with_cookies(mut self, cookies: impl IntoIterator<Item = HeaderValue>) -> Self {
        self.cookies.extend(cookies);
        self
    }

    /// Adds the cookies to a response, so that its browser can answer the challenge.
    pub(crate) fn with_challenge_cookies(&self, response: Response) -> Response {
        cookie::with(response, self.cookies.clone())
    }

    /// better-auth's response.
    pub(crate) fn response(&self) -> Response {
        let body = ChallengeBody { two_factor_redirect: true, two_factor_methods: &self.factors };
        self.with_challenge_cookies(Json(body).into_response())
    }

    /// The redirect of a browser to the page that asks for the second factor: the one of the
    /// settings, or `target`, with `twoFactorRedirect=true` and the factors in the query.
    pub(crate) fn redirect(&self, context: &Context, target: &str) -> Result<Response, AuthError> {
        let page = context.config.plugins.two_factor.page.as_deref().unwrap_or(target);
        let factors: Vec<_> = self.factors.iter().map(|factor| factor.as_str()).collect();
        let target = redirect::with_query(page, "twoFactorRedirect", "true");
        let target = redirect::with_query(&target, "twoFactorMethods", &factors.join(","));
        Ok(self.with_challenge_cookies(redirect::to(&target)?))
    }
}
