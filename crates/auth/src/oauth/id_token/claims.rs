//! The rules for the claims of an id token.

use chrono::{DateTime, TimeDelta, Utc};
use crypto::{hex_digest, jwt::Claims};
use serde_json::Value;

use super::Rejection;
use crate::oauth::provider::{ClaimsCheck, IdTokenRules, NonceComparison, Verification};

/// How far the clocks of provider and service may differ, in seconds, as in better-auth.
const TOLERANCE: f64 = 30.0;

/// The issuers whose tokens for a server are requested by native apps: `azp` names the app, and
/// `aud` the server. Source: <https://developers.google.com/identity/openid-connect/openid-connect>
const ISSUERS_OF_APPS: [&str; 2] = ["https://accounts.google.com", "accounts.google.com"];

impl IdTokenRules {
    /// Checks the claims of a token whose signature is verified, or that came from its issuer.
    /// Stricter than better-auth in `azp`, in `iat` of the future, and in a missing subject.
    pub(crate) fn check(
        &self,
        claims: &Claims,
        nonce: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<(), Rejection> {
        for name in ["iss", "sub", "aud", "exp", "iat"] {
            if claims.get(name).is_none_or(is_empty) {
                return Err(Rejection::Missing(name));
            }
        }
        let issuer = claims.get("iss").and_then(Value::as_str).ok_or(Rejection::Issuer)?;
        self.check_issuer(issuer)?;
        self.check_audience(claims, issuer)?;
        check_times(claims, self.max_age, now)?;
        if nonce.is_some_and(|nonce| !self.is_nonce(claims.get("nonce"), nonce)) {
            return Err(Rejection::Nonce);
        }
        if !self.claims.allows(&Value::Object(claims.clone())) {
            return Err(Rejection::Claims);
        }
        Ok(())
    }

    fn check_issuer(&self, issuer: &str) -> Result<(), Rejection> {
        let decided_elsewhere = matches!(self.claims, ClaimsCheck::MicrosoftTenant { .. })
            || matches!(self.verification, Verification::Endpoint { .. });
        let is_allowed = match &self.issuers[..] {
            [] => decided_elsewhere,
            issuers => issuers.iter().any(|allowed| allowed == issuer),
        };
        if is_allowed { Ok(()) } else { Err(Rejection::Issuer) }
    }

    /// The token is for this client. If the provider issued it to another party (`azp`), or for
    /// several parties, that party must be this client, too.
    fn check_audience(&self, claims: &Claims, issuer: &str) -> Result<(), Rejection> {
        let is_own = |value: &Value| {
            let id = value.as_str().filter(|id| !id.is_empty());
            id.is_some_and(|id| self.audiences.iter().any(|own| own == id))
        };
        let audiences = match claims.get("aud") {
            Some(Value::Array(audiences)) => &audiences[..],
            Some(audience) => std::slice::from_ref(audience),
            None => &[],
        };
        if !audiences.iter().any(is_own) {
            return Err(Rejection::Audience);
        }
        let is_for_app = ISSUERS_OF_APPS.contains(&issuer) && audiences.len() == 1;
        match claims.get("azp") {
            None if audiences.len() > 1 && !audiences.iter().all(is_own) => {
                Err(Rejection::AuthorizedParty)
            }
            Some(party) if !is_own(party) && !is_for_app => Err(Rejection::AuthorizedParty),
            _ => Ok(()),
        }
    }

    fn is_nonce(&self, claim: Option<&Value>, nonce: &str) -> bool {
        let Some(claim) = claim.and_then(Value::as_str) else { return false };
        claim == nonce || self.nonce == NonceComparison::ExactOrSha256 && claim == hex_digest(nonce)
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        _ => false,
    }
}

/// `exp`, `nbf` and `iat` are numbers of seconds, which may have fractions.
fn check_times(
    claims: &Claims,
    max_age: Option<TimeDelta>,
    now: DateTime<Utc>,
) -> Result<(), Rejection> {
    let time = |name| match claims.get(name) {
        None => Ok(None),
        Some(value) => value.as_f64().map(Some).ok_or(Rejection::Missing(name)),
    };
    #[expect(clippy::cast_precision_loss, reason = "seconds since 1970 are exact in a double")]
    let now = now.timestamp() as f64;
    #[expect(clippy::cast_possible_truncation, reason = "a number for the log")]
    let seconds = |difference: f64| difference.ceil() as i64;
    let issued = time("iat")?.ok_or(Rejection::Missing("iat"))?;
    let end = time("exp")?.ok_or(Rejection::Missing("exp"))?;
    let start = time("nbf")?.map_or(issued, |start| start.max(issued));
    if start > now + TOLERANCE {
        return Err(Rejection::FromFuture { seconds: seconds(start - now) });
    }
    if end <= now - TOLERANCE {
        return Err(Rejection::Expired { seconds: seconds(now - end) });
    }
    match max_age {
        #[expect(clippy::cast_precision_loss, reason = "an hour")]
        Some(max) if now - issued - TOLERANCE > max.num_seconds() as f64 => {
            Err(Rejection::TooOld { seconds: seconds(now - issued) })
        }
        _ => Ok(()),
    }
}
