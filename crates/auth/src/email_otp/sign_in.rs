//! `sign-in/email-otp`: signs in with a code, and creates the user if there is none.

use database::Transaction;
use domain::{Error, Result, User};

use super::{
    code::{IfRight, try_code},
    error::INVALID_OTP,
    input::SignIn,
    purpose::Purpose,
};
use crate::{
    audit::{self, Action, Actor},
    context::Context,
    email_password::FIELD_NOT_ALLOWED,
    error::AuthError,
    error_code::ErrorCode,
    extract::Client,
    mailbox::{self, Found, MAX_INSERT_TRIES, Owner},
    plugin::Plugin,
    sign_in::{Method, Outcome},
};

/// Signs the owner of the address in.
pub(super) async fn sign_in(
    context: &Context,
    input: &SignIn,
    client: &Client,
) -> Result<Outcome, AuthError> {
    for _ in 0..MAX_INSERT_TRIES {
        match Box::pin(attempt(context, input, client)).await {
            // A concurrent request inserted a user with this address: the unique key decides.
            Err(Error::Conflict(_)) => {}
            ended => return ended?,
        }
    }
    Err(Error::Busy.into())
}

async fn attempt(
    context: &Context,
    input: &SignIn,
    client: &Client,
) -> Result<Result<Outcome, AuthError>> {
    let email = input.email.to_lowercase();
    let transaction = context.db.begin().await?;
    // PostgreSQL refuses a text with U+0000.
    let known =
        if email.contains('\0') { None } else { transaction.users().find_by_email(&email).await? };
    match find_owner(&transaction, context, (input, &email, known.as_ref()), client).await? {
        Ok(owner) => {
            let method = Method::EmailOtp;
            Ok(Ok(mailbox::sign_in_owner(context, transaction, owner, method, client).await?))
        }
        Err(refusal) => {
            let actor = Actor::Anonymous { subject: known.as_ref().map(|user| &user.id) };
            let outcome = audit::Outcome::Refused(refusal.name);
            let connection = transaction.connection();
            audit::record(connection, context, Action::SignIn, actor, client, outcome).await?;
            transaction.commit().await?;
            Ok(Err(refusal.into()))
        }
    }
}

/// Tries the code, and finds or creates the user.
async fn find_owner(
    transaction: &Transaction,
    context: &Context,
    (input, email, known): (&SignIn, &str, Option<&User>),
    client: &Client,
) -> Result<Result<Owner, ErrorCode>> {
    let (connection, identifier) = (transaction.connection(), Purpose::SignIn.identifier(email));
    let secret =
        match try_code(connection, context, &identifier, &input.otp, IfRight::Consume).await? {
            Ok(secret) => secret,
            Err(refusal) => return Ok(Err(refusal)),
        };
    let may_sign_up = context.config.signs_up_by(Plugin::EmailOtp);
    if known.is_none() && input.requests_role && may_sign_up {
        return Ok(Err(FIELD_NOT_ALLOWED));
    }
    let profile = Some(input.profile.clone()).filter(|_| may_sign_up);
    let found = mailbox::find_owner(transaction, context, client, (email, &secret), profile);
    Ok(match found.await? {
        Found::Owner(owner) => Ok(*owner),
        Found::Stale | Found::NoUser => Err(INVALID_OTP),
    })
}
