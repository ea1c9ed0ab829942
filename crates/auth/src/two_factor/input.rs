//! Inputs of the routes.

use std::sync::Arc;

use axum::extract::{FromRequest, Request};
use secrecy::SecretString;

use crate::{
    context::Context,
    error::AuthError,
    extract::{Fields, Input},
    session::{CurrentSession, SessionAndInput},
};

/// An input with the user's password, which may be absent if `OPTIONAL`.
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

/// A session and an input with the user's password. It may be absent if the settings allow users
/// without one.
pub(super) struct Protected<T> {
    pub(super) current: CurrentSession,
    pub(super) password: Option<SecretString>,
    pub(super) input: T,
}

impl<T: Input + Send> FromRequest<Arc<Context>> for Protected<T> {
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

/// No further fields.
pub(super) struct Nothing;

impl Input for Nothing {
    fn read(_: &mut Fields<'_>) -> Self {
        Self
    }
}

/// The kind of second factor to turn on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Method {
    Otp,
    Totp,
}

pub(super) struct Enable {
    pub(super) method: Method,
    /// The service's name in the authenticator app.
    pub(super) issuer: Option<String>,
}

impl Input for Enable {
    fn read(fields: &mut Fields<'_>) -> Self {
        let method = match fields.optional_word("method", &["otp", "totp"]) {
            Some("otp") => Method::Otp,
            _ => Method::Totp,
        };
        let issuer = fields.optional_string("issuer").filter(|issuer| !issuer.is_empty());
        Self { method, issuer: issuer.map(str::to_owned) }
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
