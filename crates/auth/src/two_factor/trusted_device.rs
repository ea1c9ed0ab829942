//! Trusted devices: browsers in which a user gave the second factor and need not give it again.
//!
//! The cookie has the identifier of a stored value and a signature that binds it to the user; the
//! stored value is the user's id. Each use replaces both.

use axum::http::{HeaderMap, HeaderValue};
use crypto::Signer;
use domain::{Result, User, UserId, id::random_alphanumeric};
use sea_orm::ConnectionTrait;

use crate::{
    context::Context,
    cookie::SetCookies,
    verification::{self, Link, Verification},
};

/// better-auth's name of the cookie.
pub(crate) const COOKIE: &str = "trust_device";

/// The prefix of this module's identifiers.
const PREFIX: &str = "trust-device-";

/// Renews the trusted device of a request, and returns its cookies. `None` if the browser is no
/// trusted device of `user`.
pub(crate) async fn renew<C: ConnectionTrait>(
    db: &C,
    context: &Context,
    user: &User,
    headers: &HeaderMap,
) -> Result<Option<Vec<HeaderValue>>> {
    let (signer, now) = (context.cookies.signer(), context.clock.now());
    for value in context.cookies.signed(headers, COOKIE) {
        let Some(identifier) = identifier_of(signer, &user.id, &value) else { continue };
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
    let signer = context.cookies.signer();
    let max_age = context.config.plugins.two_factor.trust_device_max_age;
    let now = context.clock.now();
    let identifier = format!("{PREFIX}{}", random_alphanumeric());
    let value = format!("{}!{identifier}", signer.signature(&signed_text(&user.id, &identifier)));
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
fn identifier_of<'v>(signer: &Signer, user: &UserId, value: &'v str) -> Option<&'v str> {
    let (given, identifier) = value.split_once('!')?;
    // Another stored value of the user, such as a challenge, is no trusted device.
    let is_ours = identifier.starts_with(PREFIX);
    (is_ours && signer.verifies(&signed_text(user, identifier), given)).then_some(identifier)
}

/// What the signature binds to each other, as in better-auth.
fn signed_text(user: &UserId, identifier: &str) -> String {
    format!("{user}!{identifier}")
}

#[cfg(test)]
mod tests {
    use crypto::Secrets;

    use super::*;

    #[test]
    fn a_cookie_names_only_a_trusted_device_of_its_user() {
        let signer = Signer::new(&Secrets::single("s".repeat(32).into()));
        let (ann, bob) = (UserId("ann".to_owned()), UserId("bob".to_owned()));
        let value = |user: &UserId, identifier: &str| {
            format!("{}!{identifier}", signer.signature(&signed_text(user, identifier)))
        };
        let device = value(&ann, "trust-device-x");
        assert_eq!(identifier_of(&signer, &ann, &device), Some("trust-device-x"));
        assert_eq!(identifier_of(&signer, &bob, &device), None);
        for identifier in ["2fa-x", "reset-password:x", "x-trust-device-", "trust-device", ""] {
            assert_eq!(identifier_of(&signer, &ann, &value(&ann, identifier)), None);
        }
        for malformed in ["", "!", "trust-device-x", "!trust-device-x", "x!trust-device-x"] {
            assert_eq!(identifier_of(&signer, &ann, malformed), None, "{malformed}");
        }
    }
}
