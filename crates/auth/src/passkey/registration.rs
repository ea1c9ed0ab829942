//! `verify-registration`: the passkey that an authenticator made becomes a sign-in method.

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use crypto::base64url;
use domain::{UserId, id::random_alphanumeric};
use sea_orm::ConnectionTrait;
use serde::Serialize;

use super::{
    authenticators,
    challenge::{self, Challenge},
    error::{
        CHALLENGE_NOT_FOUND, FAILED_TO_VERIFY_REGISTRATION, INVALID_REGISTRATION, NOT_ALLOWED,
        PREVIOUSLY_REGISTERED, TOO_MANY_PASSKEYS,
    },
    expectation::{expected, expected_origins},
    input::Registration,
    store::{self, MAX_PASSKEYS, Passkey},
    view::PasskeyView,
    webauthn::{self, Credential, NewCredential, Refused},
};
use crate::{
    account,
    audit::{self, Action},
    context::Context,
    error::AuthError,
    extract::Client,
    session::{self, CurrentSession, FreshSession, KeepSessionCache, SessionAndInput},
    sign_in::{self, Attempt, Method, Outcome, Proof},
    views::{SessionView, UserView},
};

/// The response with a new session.
#[derive(Serialize)]
struct SignedIn<'a> {
    #[serde(flatten)]
    passkey: PasskeyView<'a>,
    session: Option<SessionView<'a>>,
    user: UserView<'a>,
}

pub(super) async fn verify(
    State(context): State<Arc<Context>>,
    client: Client,
    SessionAndInput(KeepSessionCache(FreshSession(current)), input): SessionAndInput<
        KeepSessionCache<FreshSession>,
        Registration,
    >,
) -> Result<Response, AuthError> {
    let passkey = check(&context, &client, &current.user.id, &input).await?;
    let (outcome, passkey) = add(&context, &client, current, input, passkey).await?;
    let view = PasskeyView::from(&passkey);
    let Some(outcome) = outcome else { return Ok(Json(view).into_response()) };
    let session = outcome.new_session().map(SessionView::from);
    outcome.response(&context, &client.headers, |_, user| {
        Json(SignedIn { passkey: view, session, user }).into_response()
    })
}

/// Consumes the challenge, checks the response, and returns the new passkey.
async fn check(
    context: &Context,
    client: &Client,
    user: &UserId,
    input: &Registration,
) -> Result<Passkey, AuthError> {
    let origins = expected_origins(context, &client.headers);
    if origins.is_empty() {
        return Err(FAILED_TO_VERIFY_REGISTRATION.into());
    }
    let challenge = challenge::take(context, &client.headers).await?;
    let Some(Challenge::Registration { expected_challenge, user_data, .. }) = challenge else {
        return Err(CHALLENGE_NOT_FOUND.into());
    };
    if user_data.id != user.as_str() {
        return Err(NOT_ALLOWED.into());
    }
    let expected = expected(context, &expected_challenge, &origins);
    let made = webauthn::verify_registration(&input.credential, expected);
    let made = made.and_then(|made| row(context, user, &input.credential, made));
    made.map_err(|refused| match refused {
        Refused::Signature => FAILED_TO_VERIFY_REGISTRATION.into(),
        Refused::Check(reason) => {
            tracing::info!(reason, "registration of a passkey refused");
            INVALID_REGISTRATION.into()
        }
    })
}

/// The row of a new passkey.
fn row(
    context: &Context,
    user: &UserId,
    credential: &Credential,
    made: NewCredential,
) -> Result<Passkey, Refused> {
    let NewCredential { id, public_key, counter, aaguid, is_multi_device, is_backed_up } = made;
    let transports = credential.transports().ok_or(Refused::Check("malformed transports"))?;
    let counter = i32::try_from(counter).map_err(|_| Refused::Check("counter out of range"))?;
    Ok(Passkey {
        id: random_alphanumeric(),
        name: None,
        public_key: BASE64_STANDARD.encode(public_key),
        user_id: user.0.clone(),
        credential_id: base64url::encode(&id),
        counter,
        device_type: if is_multi_device { "multiDevice" } else { "singleDevice" }.to_owned(),
        backed_up: is_backed_up,
        transports: Some(transports),
        created_at: Some(context.clock.now()),
        aaguid: Some(authenticators::uuid(aaguid)),
    })
}

/// Stores a passkey, and creates a session if the request wants one.
async fn add(
    context: &Context,
    client: &Client,
    current: CurrentSession,
    input: Registration,
    passkey: Passkey,
) -> Result<(Option<Outcome>, Passkey), AuthError> {
    let passkey = Passkey { name: input.name, ..passkey };
    let transaction = context.db.begin().await?;
    let connection = transaction.connection();
    let user = session::lock_user(&transaction, context, &current).await?;
    if store::find_by_credential(connection, &passkey.credential_id).await?.is_some() {
        return Err(PREVIOUSLY_REGISTERED.into());
    }
    check_room(connection, &user.id).await?;
    store::insert(connection, passkey.clone()).await?;
    let was_guest = user.sign_in.is_anonymous;
    let user = account::end_guest(connection, context, user).await?;
    let changed = was_guest.then(|| user.clone());
    audit::record(connection, context, Action::AddPasskey, &user.id, client, audit::Outcome::Done)
        .await?;
    let outcome = if input.create_session {
        let attempt = Attempt {
            user,
            method: Method::OwnSession,
            proof: Proof::Session,
            lifetime: current.lifetime,
            client,
        };
        Some(sign_in::sign_in(connection, context, attempt).await?)
    } else {
        None
    };
    transaction.commit().await?;
    if let Some(user) = changed {
        session::Store::of(context).user_changed(&user).await?;
    }
    Ok((outcome, passkey))
}

/// Refuses a further passkey of a user who has the maximum number. The caller holds the user's lock,
/// so that concurrent registrations are counted.
async fn check_room<C: ConnectionTrait>(db: &C, user: &UserId) -> Result<(), AuthError> {
    if store::count(db, user).await? < MAX_PASSKEYS {
        Ok(())
    } else {
        Err(TOO_MANY_PASSKEYS.into())
    }
}
