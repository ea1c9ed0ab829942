//! What a mailed link says, in better-auth's claims and two of ours.

use chrono::{DateTime, Utc};
use crypto::{
    Secrets,
    jwt::{self, Claims, Rejected},
};
use domain::{User, UserId};
use serde_json::Value;

use crate::{context::Context, error_code::ErrorCode};

use super::error::{INVALID_TOKEN, TOKEN_EXPIRED};

/// What a link is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// To prove the address.
    Verify,
    /// Sent to the old address: to allow the change to a new one.
    ConfirmChange(String),
    /// Sent to the new address: to prove it and take it.
    VerifyChange(String),
}

impl Purpose {
    fn request_type(&self) -> Option<(&str, &str)> {
        match self {
            Self::Verify => None,
            Self::ConfirmChange(to) => Some((to, "change-email-confirmation")),
            Self::VerifyChange(to) => Some((to, "change-email-verification")),
        }
    }
}

/// What a link says.
#[derive(Debug)]
pub(crate) struct Token {
    /// The user's address when the token was made, in lower case.
    pub(crate) email: String,
    pub(crate) user: UserId,
    /// The user's when the token was made.
    epoch: i64,
    /// Whether the address was proved then.
    is_proved: bool,
    pub(crate) purpose: Purpose,
}

/// A token that one of the secrets signed, and whose time is not over.
pub(super) struct Received<'a> {
    pub(super) text: &'a str,
    pub(super) token: Token,
    pub(super) expires_at: DateTime<Utc>,
}

impl Token {
    /// A token for a link that is mailed to, or for, `user`.
    pub(crate) fn of(user: &User, purpose: Purpose) -> Self {
        let User { id, email, epoch, email_verified, .. } = user;
        let (email, user) = (email.clone(), id.clone());
        Self { email, user, epoch: *epoch, is_proved: *email_verified, purpose }
    }

    /// Whether it still says something of this user.
    pub(super) fn counts_for(&self, user: &User) -> bool {
        // An address that was proved meanwhile has to allow another one.
        let may_change = self.purpose == Purpose::Verify || self.is_proved == user.email_verified;
        self.user == user.id
            && self.email == user.email
            && self.epoch == user.epoch
            && may_change
            && user.deleted_at.is_none()
    }

    /// Whether what it says is so of this user, who has opened it before.
    pub(super) fn is_done_for(&self, user: &User) -> bool {
        let addresses = match &self.purpose {
            Purpose::Verify => [&self.email, &self.email],
            Purpose::ConfirmChange(to) => [&self.email, to],
            Purpose::VerifyChange(to) => [to, to],
        };
        self.user == user.id && addresses.contains(&&user.email) && user.deleted_at.is_none()
    }

    /// The token as text, which counts from now on for a while.
    pub(crate) fn sign(&self, context: &Context) -> String {
        let now = context.clock.now().timestamp();
        let mut claims = Claims::new();
        claims.insert("email".to_owned(), self.email.as_str().into());
        if let Some((to, request)) = self.purpose.request_type() {
            claims.insert("updateTo".to_owned(), to.into());
            claims.insert("requestType".to_owned(), request.into());
        }
        claims.insert("userId".to_owned(), self.user.as_str().into());
        claims.insert("epoch".to_owned(), self.epoch.into());
        claims.insert("emailVerified".to_owned(), self.is_proved.into());
        let life = context.config.email_verification.expires_in.num_seconds();
        claims.insert("iat".to_owned(), now.into());
        claims.insert("exp".to_owned(), (now + life).into());
        jwt::sign(&context.config.secrets, &claims)
    }
}

impl<'a> Received<'a> {
    /// Reads a token's text. One that names no user or no epoch, as those of other servers,
    /// is refused: nothing could void it.
    pub(super) fn verify(
        secrets: &Secrets,
        text: &'a str,
        now: DateTime<Utc>,
    ) -> Result<Self, ErrorCode> {
        let claims = jwt::verify(secrets, text, now.timestamp()).map_err(|why| match why {
            Rejected::Expired => TOKEN_EXPIRED,
            Rejected::Invalid => INVALID_TOKEN,
        })?;
        let said = |name| claims.get(name).and_then(Value::as_str).map(str::to_lowercase);
        // Without a time, a token of another purpose would count here for ever.
        let expires_at = claims.get("exp").and_then(Value::as_i64);
        let expires_at = expires_at.and_then(|end| DateTime::from_timestamp(end, 0));
        let purpose = match (said("updateTo"), said("requestType").as_deref()) {
            (None, None) => Purpose::Verify,
            (Some(to), Some("change-email-confirmation")) => Purpose::ConfirmChange(to),
            (Some(to), Some("change-email-verification")) => Purpose::VerifyChange(to),
            _ => return Err(INVALID_TOKEN),
        };
        let user = claims.get("userId").and_then(Value::as_str).map(UserId::from);
        let epoch = claims.get("epoch").and_then(Value::as_i64);
        let is_proved = claims.get("emailVerified").and_then(Value::as_bool);
        let token = Token {
            email: said("email").ok_or(INVALID_TOKEN)?,
            user: user.ok_or(INVALID_TOKEN)?,
            epoch: epoch.ok_or(INVALID_TOKEN)?,
            is_proved: is_proved.ok_or(INVALID_TOKEN)?,
            purpose,
        };
        Ok(Self { text, token, expires_at: expires_at.ok_or(INVALID_TOKEN)? })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_token_without_a_user_an_epoch_or_a_time_is_refused() {
        let secrets = Secrets::single("a secret for tests alone, 0123456789".into());
        let now = DateTime::UNIX_EPOCH;
        let all = json!({
            "email": "ann@example.com",
            "updateTo": "new@example.com",
            "requestType": "change-email-verification",
            "userId": "u1",
            "epoch": 3,
            "emailVerified": true,
            "exp": 3_600,
        });
        let verify = |claims: &Value| {
            let text = jwt::sign(&secrets, claims.as_object().unwrap());
            Received::verify(&secrets, &text, now).map(|received| received.token)
        };
        let token = verify(&all).unwrap();
        assert_eq!((token.user.as_str(), token.epoch), ("u1", 3));
        for missing in
            ["email", "userId", "epoch", "emailVerified", "exp", "updateTo", "requestType"]
        {
            let mut claims = all.clone();
            claims.as_object_mut().unwrap().remove(missing);
            assert_eq!(verify(&claims).unwrap_err().name, "INVALID_TOKEN", "{missing}");
        }
    }
}
