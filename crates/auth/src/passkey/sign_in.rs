//! `verify-authentication`: sign-in with a passkey.

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use domain::UserId;
use serde::Serialize;

use super::{
    challenge::{self, Challenge, SignedInUser},
    error::{
        AUTHENTICATION_FAILED, CHALLENGE_NOT_FOUND, INVALID_AUTHENTICATION, ORIGIN_MISSING,
        PASSKEY_UNKNOWN,
    },
    expectation::{expected, expected_origins},
    input::Authentication,
    store::{self, Passkey},
    webauthn::{self, Assertion, Credential, Expected, Refused},
};
use crate::{
    audit::{self, Action, Actor},
    context::Context,
    error::AuthError,
    error_code::ErrorCode,
    extract::{Body, Client},
    session::Lifetime,
    sign_in::{self, Attempt, Method, Outcome, Proof},
    views::{SessionView, UserView},
};

#[derive(Serialize)]
struct SignedIn<'a> {
    session: Option<SessionView<'a>>,
    user: UserView<'a>,
}

pub(super) async fn verify(
    State(context): State<Arc<Context>>,
    client: Client,
    Body(input): Body<Authentication>,
) -> Result<Response, AuthError> {
    let outcome = sign_in(&context, &client, &input.credential).await?;
    let session = outcome.new_session().map(SessionView::from);
    outcome.response(&context, &client.headers, |_, user| {
        Json(SignedIn { session, user }).into_response()
    })
}

async fn sign_in(
    context: &Context,
    client: &Client,
    credential: &Credential,
) -> Result<Outcome, AuthError> {
    let origins = expected_origins(context, &client.headers);
    if origins.is_empty() {
        return Err(ORIGIN_MISSING.into());
    }
    let challenge = challenge::take(context, &client.headers).await?;
    let Some(Challenge::Authentication { expected_challenge, user_data }) = challenge else {
        return Err(CHALLENGE_NOT_FOUND.into());
    };
    let id = credential.id().unwrap_or_default();
    let Some(passkey) = store::find_by_credential(context.db.reader(), id).await? else {
        return refuse(context, client, None, PASSKEY_UNKNOWN).await;
    };
    let expected = expected(context, &expected_challenge, &origins);
    match verify_and_sign_in(context, client, &passkey, credential, expected, &user_data).await? {
        Ok(outcome) => Ok(outcome),
        Err(refused) => {
            let code = match refused {
                Refused::Signature => AUTHENTICATION_FAILED,
                Refused::Check(reason) => {
                    tracing::info!(reason, "sign-in with a passkey refused");
                    INVALID_AUTHENTICATION
                }
            };
            refuse(context, client, Some(&UserId(passkey.user_id)), code).await
        }
    }
}

/// Checks the response, and signs the passkey's user in.
///
/// The outer error is internal. The inner error refuses the response, which the caller records.
async fn verify_and_sign_in(
    context: &Context,
    client: &Client,
    passkey: &Passkey,
    credential: &Credential,
    expected: Expected<'_>,
    begun_by: &SignedInUser,
) -> Result<Result<Outcome, Refused>, AuthError> {
    let checked = match check(passkey, credential, expected) {
        Ok(checked) => checked,
        Err(refused) => return Ok(Err(refused)),
    };
    if !is_allowed(context, passkey, begun_by).await? {
        return Ok(Err(Refused::Check("the options did not allow the passkey")));
    }
    let outcome = start_session(context, client, passkey, checked).await?;
    Ok(outcome.ok_or(Refused::Check("the passkey was deleted, or its counter was used meanwhile")))
}

/// What is stored and used of a checked response.
struct Checked {
    /// The counter, which fits into its column.
    counter: i32,
    user_verified: bool,
}

fn check(
    passkey: &Passkey,
    credential: &Credential,
    expected: Expected<'_>,
) -> Result<Checked, Refused> {
    let key = BASE64_STANDARD.decode(&passkey.public_key);
    let key = key.map_err(|_| Refused::Check("unknown stored key"))?;
    // A counter is never negative, except in a row that another program wrote.
    let counter = passkey.counter.unsigned_abs();
    let Assertion { counter, user_verified } =
        webauthn::verify_assertion(credential, expected, &key, counter)?;
    // A smaller stored number would no longer tell a clone from the original.
    let counter = i32::try_from(counter).map_err(|_| Refused::Check("counter out of range"))?;
    Ok(Checked { counter, user_verified })
}

/// Whether the options allowed the passkey. The options of a signed-in user allowed only their own
/// passkeys, if they had any.
async fn is_allowed(
    context: &Context,
    passkey: &Passkey,
    SignedInUser { id }: &SignedInUser,
) -> Result<bool, AuthError> {
    if id.is_empty() || *id == passkey.user_id {
        return Ok(true);
    }
    Ok(store::list(context.db.reader(), &UserId(id.clone())).await?.is_empty())
}

/// Stores the counter, and signs the user in. `None`: the passkey or the user is gone, or a
/// concurrent sign-in had the same counter.
async fn start_session(
    context: &Context,
    client: &Client,
    passkey: &Passkey,
    checked: Checked,
) -> Result<Option<Outcome>, AuthError> {
    let Checked { counter, user_verified } = checked;
    let transaction = context.db.begin().await?;
    let connection = transaction.connection();
    // The user's row is locked before the passkey's, in the order of all transactions.
    let user = transaction.users().find_locked(&UserId(passkey.user_id.clone())).await?;
    let Some(user) = user.filter(|user| user.deleted_at.is_none()) else { return Ok(None) };
    if !store::update_counter(connection, &passkey.id, counter).await? {
        return Ok(None);
    }
    let attempt = Attempt {
        user,
        method: Method::Passkey,
        proof: if user_verified { Proof::TwoFactors } else { Proof::OneFactor },
        lifetime: Lifetime::Remembered,
        client,
    };
    let outcome = sign_in::sign_in(connection, context, attempt).await?;
    transaction.commit().await?;
    Ok(Some(outcome))
}

/// Records a refused sign-in.
async fn refuse<T>(
    context: &Context,
    client: &Client,
    subject: Option<&UserId>,
    code: ErrorCode,
) -> Result<T, AuthError> {
    let (actor, outcome) = (Actor::Anonymous { subject }, audit::Outcome::Refused(code.name));
    audit::record(context.db.writer(), context, Action::SignIn, actor, client, outcome).await?;
    Err(code.into())
}
