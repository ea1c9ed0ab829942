//! Inputs of the routes.

use std::sync::Arc;

use axum::extract::{FromRequest, Request};
use secrecy::SecretString;

use super::factors::Factor;
use crate::{
    context::Context,
    error::AuthError,
    extract::{Fields, Input},
    session::{CurrentSession, SessionAndInput},
};

/// An input and the user's password, which may be absent if `OPTIONAL`.
pub(super) struct WithPassword<T, const OPTIONAL: bool> {
    password: Option<SecretString>,
    input: T,
}

impl<T: Input, const OPTIONAL: bool> Input for WithPassword<T, OPTIONAL> {
    fn read(fields: &mut Fields<'_>) -> Self {
        let password =
            if OPTIONAL { fields.optional_string("password") } else { fields.string("password") };
        let password = password.filter(|text| !text.is_empty()).map(SecretString::from);
        Self { password, input: T::read(fields) }
    }
}

/// A session, and an input with the user's password. The password may be absent if the settings
/// allow users without one.
pub(super) struct PasswordProtected<T> {
    pub(super) current: CurrentSession,
    pub(super) password: Option<SecretString>,
    pub(super) input: T,
}

impl<T: Input + Send> FromRequest<Arc<Context>> for PasswordProtected<T> {
    type Rejection = AuthError;

    async fn from_request(request: Request, context: &Arc<Context>) -> Result<Self, AuthError> {
        if context.config.plugins.two_factor.allow_passwordless {
            let read: SessionAndInput<_, WithPassword<T, true>> =
                SessionAndInput::from_request(request, context).await?;
            let SessionAndInput(current, WithPassword { password, input }) = read;
            Ok(Self { current, password, input })
        } else {
            let read: SessionAndInput<_, WithPassword<T, false>> =
                SessionAndInput::from_request(request, context).await?;
            let SessionAndInput(current, WithPassword { password, input }) = read;
            Ok(Self { current, password, input })
        }
    }
}

/// No fields besides the password.
pub(super) struct NoFields;

impl Input for NoFields {
    fn read(_: &mut Fields<'_>) -> Self {
        Self
    }
}

/// The body of `enable`.
pub(super) struct Enable {
    /// The second factor to turn on.
    pub(super) factor: Factor,
    /// The service's name in the authenticator app.
    pub(super) issuer: Option<String>,
}

impl Input for Enable {
    fn read(fields: &mut Fields<'_>) -> Self {
        let factor = match fields.optional_word("method", &["otp", "totp"]) {
            Some("otp") => Factor::Otp,
            _ => Factor::Totp,
        };
        let issuer = fields.optional_string("issuer").filter(|issuer| !issuer.is_empty());
        Self { factor, issuer: issuer.map(str::to_owned) }
    }
}

/// The body of `send-otp`, whose field has no effect.
pub(super) struct SendCode;

impl Input for SendCode {
    const OPTIONAL: bool = true;

    fn read(fields: &mut Fields<'_>) -> Self {
        fields.optional_boolean("trustDevice");
        Self
    }
}

/// The body of `verify-totp` and `verify-otp`.
pub(super) struct VerifyCode {
    pub(super) code: String,
    /// Whether the browser becomes a trusted device.
    pub(super) trust_device: bool,
}

impl Input for VerifyCode {
    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            code: fields.string("code").unwrap_or_default().to_owned(),
            trust_device: fields.optional_boolean("trustDevice").unwrap_or_default(),
        }
    }
}

/// The body of `verify-backup-code`.
pub(super) struct VerifyBackupCode {
    pub(super) code: String,
    /// Whether the code is used without signing in.
    pub(super) disable_session: bool,
    pub(super) trust_device: bool,
}

impl Input for VerifyBackupCode {
    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            code: fields.string("code").unwrap_or_default().to_owned(),
            disable_session: fields.optional_boolean("disableSession").unwrap_or_default(),
            trust_device: fields.optional_boolean("trustDevice").unwrap_or_default(),
        }
    }
}
