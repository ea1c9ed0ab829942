//! `device/code`: a device client begins to sign in.

use std::sync::Arc;

use axum::{
    Json,
    body::to_bytes,
    extract::{Request, State},
    http::{
        HeaderMap, HeaderValue,
        header::{CONTENT_TYPE, PRAGMA},
    },
    response::{IntoResponse, Response},
};
use domain::Error;
use serde::Serialize;
use url::{Url, form_urlencoded};

use super::{
    code,
    error::{CLIENT_ID_REQUIRED, INVALID_CLIENT, INVALID_REQUEST, NO_UNIQUE_CODE},
    input::{CodeRequest, MAX_LEN},
    store::{self, NewDeviceRequest},
};
use crate::{
    context::Context,
    error::{AuthError, Refusal},
    error_code::VALIDATION_ERROR,
    extract::{FORM, MAX_BODY_LEN, Read, read, unread},
};

/// How often to try to insert a request, if another one has the same code.
const MAX_INSERT_TRIES: usize = 3;
/// The parameters of a request, none of which may be repeated.
const PARAMETERS: [&str; 3] = ["client_id", "user_id", "scope"];

/// The body of the response. Source: RFC 8628, section 3.2.
#[derive(Serialize)]
struct Codes<'a> {
    device_code: &'a str,
    user_code: &'a str,
    verification_uri: &'a str,
    verification_uri_complete: &'a str,
    expires_in: i64,
    interval: i64,
}

pub(super) async fn request_codes(
    State(context): State<Arc<Context>>,
    request: Request,
) -> Result<Response, AuthError> {
    let (parts, body) = request.into_parts();
    let Read { mut input, stricter } =
        read::<CodeRequest>(&parts, &context).map_err(as_invalid_request)?;
    stricter.map_err(as_invalid_request)?;
    if is_form(&parts.headers) {
        let bytes = to_bytes(body, MAX_BODY_LEN).await.map_err(|error| unread(&error))?;
        input = match form(&bytes) {
            Ok(input) => input,
            Err(repeated) => return Ok(uncached(repeated.into_response())),
        };
    }
    Ok(uncached(respond(&context, input).await.into_response()))
}

/// The parameters of a form, each at most once.
fn form(bytes: &[u8]) -> Result<CodeRequest, AuthError> {
    let [client_id, user_id, scope] = PARAMETERS.map(|name| single(bytes, name));
    Ok(CodeRequest { client_id: client_id?, user_id: user_id?, scope: scope? })
}

async fn respond(context: &Context, input: CodeRequest) -> Result<Response, AuthError> {
    let CodeRequest { client_id, user_id, scope } = input;
    let client_id = client_id.ok_or(CLIENT_ID_REQUIRED)?;
    if !context.config.plugins.device_authorization.allows(&client_id) {
        return Err(INVALID_CLIENT.into());
    }
    let texts = [Some(&client_id), user_id.as_ref(), scope.as_ref()];
    for (name, text) in PARAMETERS.iter().zip(texts).filter_map(|(name, text)| Some((name, text?)))
    {
        check_stored(name, text)?;
    }
    begin(context, &client_id, user_id.as_deref(), scope.as_deref()).await
}

/// Refuses a parameter that is too long, or that PostgreSQL cannot store.
fn check_stored(name: &str, text: &str) -> Result<(), AuthError> {
    let problem = if text.chars().count() > MAX_LEN {
        format!("{name} must have at most {MAX_LEN} characters")
    } else if text.contains('\0') {
        format!("{name} must not contain the character U+0000")
    } else {
        return Ok(());
    };
    Err(Refusal::oauth(INVALID_REQUEST, problem).into())
}

/// Stores the request, and responds with its codes.
async fn begin(
    context: &Context,
    client_id: &str,
    user_id: Option<&str>,
    scope: Option<&str>,
) -> Result<Response, AuthError> {
    let config = &context.config.plugins.device_authorization;
    let interval = config.interval.num_milliseconds().try_into().map_err(Error::internal)?;
    for _ in 0..MAX_INSERT_TRIES {
        let device_code = &code::device_code(config.device_code_length);
        let user_code = &code::user_code(config.user_code_length);
        let request = NewDeviceRequest {
            device_code,
            user_code,
            user_id,
            expires_at: context.clock.now() + config.expires_in,
            polling_interval: interval,
            client_id,
            scope,
        };
        if store::insert(context.db.writer(), &request).await? {
            let (uri, complete) = verification_uris(context, user_code)?;
            let codes = Codes {
                device_code,
                user_code,
                verification_uri: uri.as_str(),
                verification_uri_complete: complete.as_str(),
                expires_in: config.expires_in.num_seconds(),
                interval: config.interval.num_seconds(),
            };
            return Ok(Json(codes).into_response());
        }
    }
    Err(NO_UNIQUE_CODE.into())
}

/// Adds the header that forbids caches of HTTP/1.0 to store a response.
pub(super) fn uncached(mut response: Response) -> Response {
    response.headers_mut().insert(PRAGMA, HeaderValue::from_static("no-cache"));
    response
}

/// The URL of the page where users type the user code, without and with the code.
fn verification_uris(context: &Context, user_code: &str) -> Result<(Url, Url), Error> {
    let uri = &context.config.plugins.device_authorization.verification_uri;
    let uri = context.url.join(uri).map_err(Error::internal)?;
    let mut complete = uri.clone();
    let others = uri.query_pairs().filter(|(name, _)| name != "user_code");
    complete.query_pairs_mut().clear().extend_pairs(others).append_pair("user_code", user_code);
    Ok((uri, complete))
}

fn is_form(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    kind.is_some_and(|kind| kind.to_lowercase().contains(FORM))
}

/// The value of a parameter of a form. Empty values are the same as none.
fn single(form: &[u8], name: &str) -> Result<Option<String>, AuthError> {
    let values =
        form_urlencoded::parse(form).filter(|(key, value)| key == name && !value.is_empty());
    let mut values = values.map(|(_, value)| value.into_owned());
    match (values.next(), values.next()) {
        (_, Some(_)) => {
            Err(Refusal::oauth(INVALID_REQUEST, format!("{name} must not be repeated")).into())
        }
        (value, None) => Ok(value),
    }
}

/// The refusal of an invalid input in the form of OAuth.
fn as_invalid_request(error: AuthError) -> AuthError {
    match error {
        AuthError::Refused(refusal) if refusal.code == Some(VALIDATION_ERROR.name) => {
            Refusal::oauth(INVALID_REQUEST, refusal.message).into()
        }
        other => other,
    }
}
