//! Trusted devices: browsers in which a user gave the second factor and need not give it again.
//!
//! The cookie has the identifier of a stored value and a signature that binds it to the user; the
//! stored value is the user's id. Each use replaces both.

use axum::http::{HeaderMap, HeaderValue};
use domain::{Result, User, id::random_alphanumeric};
use sea_orm::ConnectionTrait;

use crate::{
    context::Context,
    cookie::SetCookies,
    verification::{self, Link, Verification},
};

/// better-auth's name of the cookie.
pub(crate) const COOKIE: &str = "trust_device";

/// Renews the trusted device of a request, and returns its cookies. `None` if the browser is no
/// trusted device of `user`.
pub(crate) async fn renew<C: ConnectionTrait>(
    db: &C,
    context: &Context,
    user: &User,
    headers: &HeaderMap,
) -> Result<Option<Vec<HeaderValue>>> {
    let now = context.clock.now();
    for value in context.cookies.signed(headers, COOKIE) {
        let Some(identifier) = identifier_of(context, user, &value) else { continue };
        let taken = verification::Store::of(context).take(db, identifier, now).await?;
        if taken.is_some_and(|link| link.is_valid_for(user)) {
            return Ok(Some(trust(db, context, user, headers).await?));
        }
    }
    Ok(None)
}

/// Makes the browser of a request a trusted device of `user`. Returns its cookies.
pub(crate) async fn trust<C: ConnectionTrait>(
    db: &C,
    context: &Context,
    user: &User,
    headers: &HeaderMap,
) -> Result<Vec<HeaderValue>> {
    let max_age = context.config.plugins.two_factor.trust_device_max_age;
    let now = context.clock.now();
    let identifier = format!("trust-device-{}", random_alphanumeric());
    let value = format!("{}!{identifier}", signature(context, user, &identifier));
    let (link, expires_at) = (Link::of(user), now + max_age);
    let device = Verification { identifier, link, expires_at };
    verification::Store::of(context).put(db, device, now).await?;
    let mut cookies = context.cookies.set_cookies(headers);
    cookies.signed(COOKIE, &value, Some(max_age));
    Ok(cookies.into_lines())
}

/// Removes the cookie of a request, if it has one.
pub(crate) fn remove(context: &Context, headers: &HeaderMap, cookies: &mut SetCookies<'_>) {
    if !context.cookies.signed(headers, COOKIE).is_empty() {
        cookies.remove(COOKIE);
    }
}

/// The identifier in a cookie's value, if the signature is for `user`.
fn identifier_of<'v>(context: &Context, user: &User, value: &'v str) -> Option<&'v str> {
    let (given, identifier) = value.split_once('!')?;
    let text = format!("{}!{identifier}", user.id);
    context.cookies.signer().verifies(&text, given).then_some(identifier)
}

fn signature(context: &Context, user: &User, identifier: &str) -> String {
    context.cookies.signer().signature(&format!("{}!{identifier}", user.id))
}
