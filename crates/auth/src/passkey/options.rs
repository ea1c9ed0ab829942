//! The options of the ceremonies: `generate-register-options`, `generate-authenticate-options`.

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use crypto::base64url;
use domain::id::random_alphanumeric;
use serde::Serialize;

use super::{
    challenge::{self, Challenge, RegisteringUser, SignedInUser, random_challenge},
    config::{Attachment, Config, Requirement},
    error::TOO_MANY_PASSKEYS,
    expectation::rp_id,
    input::RegisterOptions,
    store::{self, MAX_PASSKEYS, Passkey},
};
use crate::{
    context::Context,
    cookie,
    error::AuthError,
    extract::Query,
    session::{FreshSession, KeepSessionCache, MaybeSession},
};

/// How long browsers wait for the user, in milliseconds.
const TIMEOUT: u32 = 60_000;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CreationOptions<'a> {
    challenge: &'a str,
    rp: RelyingParty<'a>,
    user: UserEntity<'a>,
    pub_key_cred_params: [Algorithm; 3],
    timeout: u32,
    attestation: &'static str,
    exclude_credentials: Vec<Descriptor<'a>>,
    authenticator_selection: Selection,
    extensions: Extensions,
    hints: [&'static str; 0],
}

#[derive(Serialize)]
struct RelyingParty<'a> {
    name: &'a str,
    id: &'a str,
}

/// The user as the authenticator knows them: a new random id for each passkey.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct UserEntity<'a> {
    id: String,
    name: &'a str,
    display_name: &'a str,
}

#[derive(Serialize)]
struct Algorithm {
    alg: i32,
    r#type: &'static str,
}

/// `EdDSA`, ES256 and RS256, in the order of preference.
const ALGORITHMS: [Algorithm; 3] = [algorithm(-8), algorithm(-7), algorithm(-257)];

const fn algorithm(alg: i32) -> Algorithm {
    Algorithm { alg, r#type: PUBLIC_KEY }
}

const PUBLIC_KEY: &str = "public-key";

/// A known credential.
#[derive(Serialize)]
struct Descriptor<'a> {
    id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    transports: Option<Vec<&'a str>>,
    r#type: &'static str,
}

impl<'a> From<&'a Passkey> for Descriptor<'a> {
    fn from(passkey: &'a Passkey) -> Self {
        let transports = passkey.transports.as_deref().map(|list| list.split(',').collect());
        Self { id: &passkey.credential_id, transports, r#type: PUBLIC_KEY }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Selection {
    resident_key: Requirement,
    user_verification: Requirement,
    #[serde(skip_serializing_if = "Option::is_none")]
    authenticator_attachment: Option<Attachment>,
    require_resident_key: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Extensions {
    cred_props: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RequestOptions<'a> {
    rp_id: &'a str,
    challenge: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    allow_credentials: Vec<Descriptor<'a>>,
    timeout: u32,
    user_verification: Requirement,
}

/// The options of a registration, for the signed-in user.
pub(super) async fn register(
    State(context): State<Arc<Context>>,
    headers: HeaderMap,
    Query(input): Query<RegisterOptions>,
    KeepSessionCache(FreshSession(current)): KeepSessionCache<FreshSession>,
) -> Result<Response, AuthError> {
    let user = &current.user;
    let passkeys = store::list(context.db.reader(), &user.id).await?;
    // Before the authenticator makes a passkey in vain.
    if passkeys.len() as u64 >= MAX_PASSKEYS {
        return Err(TOO_MANY_PASSKEYS.into());
    }
    let expected_challenge = random_challenge();
    let options = creation_options(&context, &expected_challenge, &user.email, &passkeys, &input);
    let options = Json(options).into_response();
    let user_data = RegisteringUser {
        id: user.id.0.clone(),
        name: Some(user.email.clone()),
        display_name: Some(user.email.clone()),
    };
    let challenge =
        Challenge::Registration { expected_challenge, user_data, context: input.context };
    let cookies = challenge::begin(&context, &headers, &challenge).await?;
    Ok(cookie::with(options, cookies))
}

fn creation_options<'a>(
    context: &'a Context,
    challenge: &'a str,
    email: &'a str,
    passkeys: &'a [Passkey],
    input: &'a RegisterOptions,
) -> CreationOptions<'a> {
    let config = &context.config.plugins.passkey;
    let Config { resident_key, user_verification, attachment, .. } = *config;
    CreationOptions {
        challenge,
        rp: RelyingParty { name: &config.rp_name, id: rp_id(context) },
        user: UserEntity {
            id: base64url::encode(random_alphanumeric().to_ascii_lowercase().as_bytes()),
            name: input.name.as_deref().unwrap_or(email),
            display_name: email,
        },
        pub_key_cred_params: ALGORITHMS,
        timeout: TIMEOUT,
        attestation: "none",
        exclude_credentials: passkeys.iter().map(Descriptor::from).collect(),
        authenticator_selection: Selection {
            resident_key,
            user_verification,
            authenticator_attachment: input.attachment.or(attachment),
            require_resident_key: resident_key == Requirement::Required,
        },
        extensions: Extensions { cred_props: true },
        hints: [],
    }
}

/// The options of a sign-in. They allow any passkey or, if a user is signed in, only theirs.
pub(super) async fn authenticate(
    State(context): State<Arc<Context>>,
    headers: HeaderMap,
    KeepSessionCache(MaybeSession(current)): KeepSessionCache<MaybeSession>,
) -> Result<Response, AuthError> {
    let config = &context.config.plugins.passkey;
    let user = current.map(|current| current.user.id);
    let passkeys = match &user {
        Some(user) => store::list(context.db.reader(), user).await?,
        None => Vec::new(),
    };
    let expected_challenge = random_challenge();
    let options = RequestOptions {
        rp_id: rp_id(&context),
        challenge: &expected_challenge,
        allow_credentials: passkeys.iter().map(Descriptor::from).collect(),
        timeout: TIMEOUT,
        user_verification: if config.requires_verification() {
            Requirement::Required
        } else {
            Requirement::Preferred
        },
    };
    let options = Json(options).into_response();
    let user_data = SignedInUser { id: user.map(|user| user.0).unwrap_or_default() };
    let challenge = Challenge::Authentication { expected_challenge, user_data };
    let cookies = challenge::begin(&context, &headers, &challenge).await?;
    Ok(cookie::with(options, cookies))
}
