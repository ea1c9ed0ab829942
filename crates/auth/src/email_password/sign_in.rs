//! Sign-in with an e-mail address and a password.

use super::{
    error::{INVALID_EMAIL, INVALID_EMAIL_OR_PASSWORD},
    input::SignIn,
};
use crate::{
    account::Login,
    context::Context,
    error::AuthError,
    extract::{Client, email},
    password_sign_in::{self, PasswordSignIn},
    sign_in::Outcome,
};

/// Checks the password and signs the user in. `devices` are the values of the cookies of known
/// devices.
pub(super) async fn sign_in(
    context: &Context,
    input: SignIn,
    client: &Client,
    devices: &[String],
) -> Result<Outcome, AuthError> {
    let email = email::normalize(&input.email).ok_or(INVALID_EMAIL)?;
    let request = PasswordSignIn {
        login: Login::Email(&email),
        password: input.password,
        lifetime: input.lifetime,
        client,
        devices,
        wrong: INVALID_EMAIL_OR_PASSWORD,
    };
    password_sign_in::sign_in(context, request, input.callback_url.as_deref()).await
}
