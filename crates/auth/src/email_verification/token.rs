//! What a mailed link says, in better-auth's claims.

use crypto::jwt::{self, Claims, Rejected};
use domain::UserId;
use serde_json::Value;

use crate::{code::Code, context::Context};

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

/// A token that counts.
pub(crate) struct Token {
    /// The user's address when the token was made, in lower case.
    pub(crate) email: String,
    /// Whose it was; other servers' tokens do not say.
    pub(crate) user: Option<UserId>,
    pub(crate) purpose: Purpose,
}

impl Token {
    /// The token as text, which counts from now on for a while.
    pub(crate) fn sign(&self, context: &Context) -> String {
        let now = context.clock.now().timestamp();
        let mut claims = Claims::new();
        claims.insert("email".to_owned(), self.email.as_str().into());
        if let Some((to, request)) = self.purpose.request_type() {
            claims.insert("updateTo".to_owned(), to.into());
            claims.insert("requestType".to_owned(), request.into());
        }
        if let Some(user) = &self.user {
            claims.insert("userId".to_owned(), user.as_str().into());
        }
        let life = context.email_verification.expires_in.num_seconds();
        claims.insert("iat".to_owned(), now.into());
        claims.insert("exp".to_owned(), (now + life).into());
        jwt::sign(&context.secrets, &claims)
    }

    /// Reads a token's text.
    pub(super) fn verify(context: &Context, text: &str) -> Result<Self, Code> {
        let now = context.clock.now().timestamp();
        let claims = jwt::verify(&context.secrets, text, now).map_err(|why| match why {
            Rejected::Expired => TOKEN_EXPIRED,
            Rejected::Invalid => INVALID_TOKEN,
        })?;
        let said = |name| claims.get(name).and_then(Value::as_str).map(str::to_lowercase);
        // Without a time, a token of another purpose would count here for ever.
        if !claims.contains_key("exp") {
            return Err(INVALID_TOKEN);
        }
        let purpose = match (said("updateTo"), said("requestType").as_deref()) {
            (None, None) => Purpose::Verify,
            (Some(to), Some("change-email-confirmation")) => Purpose::ConfirmChange(to),
            (Some(to), Some("change-email-verification")) => Purpose::VerifyChange(to),
            _ => return Err(INVALID_TOKEN),
        };
        let user = claims.get("userId").and_then(Value::as_str).map(UserId::from);
        Ok(Self { email: said("email").ok_or(INVALID_TOKEN)?, user, purpose })
    }
}
