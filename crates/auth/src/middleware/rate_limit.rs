//! The limit of requests per client and route, in better-auth's windows.
//!
//! The key is the client's address (IPv6 as its /64) and the matched route, so that another
//! spelling of a path and an alias of a route have no count of their own. Unknown paths are not counted, so that invented
//! ones do not fill the store.

use std::sync::Arc;

use axum::{
    extract::{MatchedPath, Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use domain::Result;

use super::{paths::main_route, route_of};
use crate::{
    context::Context,
    error::AuthError,
    extract::Address,
    limit::{Limiter, Rule, Taken},
};

const SIGNING_IN: Rule = Rule::Sliding { length: 10_000, max: 3 };
/// better-auth's paths of this rule, and further ones that sign in, or store what a sign-in needs
/// as `/sign-in/social` does. Not the options of passkeys: pages with autofill request them when
/// they open.
const SIGNING_IN_PATHS: &[&str] = &[
    "/sign-in",
    "/sign-up",
    "/change-password",
    "/change-email",
    "/oauth-popup/start",
    "/one-tap/callback",
    "/one-time-token/verify",
    "/passkey/verify-authentication",
    "/siwe/",
];
const MAILING: Rule = Rule::Sliding { length: 60_000, max: 3 };
/// better-auth's rule of the plugin `magic-link`.
const MAGIC_LINK: Rule = Rule::Sliding { length: 60_000, max: 5 };
/// better-auth's rule of the plugin `phone-number`.
const PHONE_NUMBER: Rule = Rule::Sliding { length: 60_000, max: 10 };
/// Not in better-auth: how fast a client can list the user names that are taken.
const AVAILABILITY: Rule = Rule::Fixed { length: 60_000, max: 30 };
/// Not in better-auth: how many device clients of a network can begin to sign in. Each request is
/// stored.
const DEVICE_CODES: Rule = Rule::Fixed { length: 60_000, max: 20 };
/// better-auth's key for clients without a known address, which share one count.
const UNKNOWN_ADDRESS: &str = "no-trusted-ip";

/// The specific rule of a path below the base path, if there is one.
fn rule(path: &str) -> Option<Rule> {
    let begins = |with: &[&str]| with.iter().any(|start| path.starts_with(start));
    if begins(&["/sign-in/magic-link", "/magic-link/verify"]) {
        Some(MAGIC_LINK)
    } else if path == "/sign-in/email-otp" || begins(&["/email-otp/"]) {
        Some(MAILING)
    } else if begins(&["/phone-number"]) {
        Some(PHONE_NUMBER)
    } else if path == "/is-username-available" {
        Some(AVAILABILITY)
    } else if path == "/device/code" {
        Some(DEVICE_CODES)
    } else if begins(SIGNING_IN_PATHS) || begins(&["/two-factor/"]) {
        Some(SIGNING_IN)
    } else if matches!(path, "/request-password-reset" | "/send-verification-email")
        || begins(&["/forget-password"])
    {
        Some(MAILING)
    } else {
        None
    }
}

/// The rule of a path whose window is a setting.
fn configured_rule(context: &Context, path: &str) -> Option<Rule> {
    let length = context.config.plugins.device_authorization.expires_in.num_milliseconds();
    // better-auth's rule of the plugin `device-authorization`.
    (path == "/device").then_some(Rule::Sliding { length, max: 5 })
}

/// Refuses requests above the limit with 429 and better-auth's body, which has no code.
pub(crate) async fn limit(
    State(context): State<Arc<Context>>,
    path: MatchedPath,
    request: Request,
    next: Next,
) -> Response {
    let Some(limiter) = &context.limiter else { return next.run(request).await };
    let path = main_route(request.method(), route_of(&context, &path));
    let client = context.proxies.client(request.extensions(), request.headers());
    match count(&context, limiter, path, client).await {
        Ok(Taken::Yes) => next.run(request).await,
        Ok(Taken::No { seconds }) => {
            tracing::info!(path, "a client exceeded its rate limit");
            AuthError::too_many(seconds).into_response()
        }
        Err(error) => AuthError::from(error).into_response(),
    }
}

async fn count(
    context: &Context,
    limiter: &Limiter,
    path: &str,
    client: Option<Address>,
) -> Result<Taken> {
    let client = client.map_or_else(|| UNKNOWN_ADDRESS.to_owned(), |client| client.to_string());
    let (db, key) = (context.db.writer(), format!("{client}|{path}"));
    let rule = configured_rule(context, path).or_else(|| rule(path));
    limiter.take(db, &key, rule.unwrap_or(limiter.default_rule())).await
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The same as in better-auth, except for `/device/code` and routes of plugins that sign in.
    #[test]
    fn routes_that_sign_in_or_mail_have_specific_rules() {
        for (path, expected) in [
            ("/sign-in/email", Some(SIGNING_IN)),
            ("/sign-in/social", Some(SIGNING_IN)),
            ("/sign-up/email", Some(SIGNING_IN)),
            ("/change-password", Some(SIGNING_IN)),
            ("/change-email", Some(SIGNING_IN)),
            ("/request-password-reset", Some(MAILING)),
            ("/send-verification-email", Some(MAILING)),
            ("/forget-password/email", Some(MAILING)),
            ("/device/code", Some(DEVICE_CODES)),
            ("/siwe/nonce", Some(SIGNING_IN)),
            ("/siwe/verify", Some(SIGNING_IN)),
            ("/one-tap/callback", Some(SIGNING_IN)),
            ("/one-time-token/verify", Some(SIGNING_IN)),
            ("/passkey/verify-authentication", Some(SIGNING_IN)),
            ("/passkey/generate-authenticate-options", None),
            ("/callback/{id}", None),
            ("/get-session", None),
            ("/reset-password/{token}", None),
        ] {
            assert_eq!(rule(path), expected, "{path}");
        }
    }
}
