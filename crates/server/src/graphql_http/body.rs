//! A request's body: its type, its length, and its time.

use std::sync::{Arc, LazyLock};

use auth::is_timed_out;
use axum::{
    body::{Body, Bytes, HttpBody},
    http::{
        HeaderMap, StatusCode,
        header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE},
    },
};
use futures_util::StreamExt;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::response::{Refusal, bad_request};

/// A body of at most this length reserves no memory of [`LONG_BODIES`].
const SHORT: usize = 64 * 1024;
/// Memory for all longer bodies together, in KiB; each reserves the maximum length. So clients
/// that send slowly or stop cannot fill the memory.
const LONG_BODIES_KIB: u32 = 64 * 1_024;
static LONG_BODIES: LazyLock<Arc<Semaphore>> =
    LazyLock::new(|| Arc::new(Semaphore::new(LONG_BODIES_KIB as usize)));
/// The maximum number of values in JSON: a tree of them takes a hundred bytes for each.
const MAX_VALUES: usize = 131_072;

/// A whole body. The connection discards the rest of a refused body (connections/rest.rs).
pub(super) async fn bytes(headers: &HeaderMap, body: Body, limit: usize) -> Result<Bytes, Refusal> {
    let large =
        || too_large(&format!("the body has more than {limit} bytes (GRAPHQL_MAX_BODY_BYTES)"));
    let announced = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok());
    let announced = announced.and_then(|length| length.parse().ok()).unwrap_or(0);
    if announced > limit {
        return Err(large());
    }
    let mut chunks = body.into_data_stream();
    let mut all = BufferedBody::default();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|error| unread(&error, "the body"))?;
        if all.bytes.len() + chunk.len() > limit {
            return Err(large());
        }
        // Most bodies come in one piece, which is not copied.
        if all.bytes.is_empty() && chunks.is_end_stream() {
            return Ok(chunk);
        }
        if all.memory.is_none() && all.bytes.len() + chunk.len() > SHORT {
            let memory = Arc::clone(&LONG_BODIES).try_acquire_many_owned(kibibytes(limit));
            all.memory = Some(memory.map_err(|_| Refusal::busy())?);
        }
        all.bytes.extend_from_slice(&chunk);
    }
    Ok(Bytes::from_owner(all))
}

/// The bytes received so far, and their reservation in [`LONG_BODIES`].
#[derive(Default)]
struct BufferedBody {
    bytes: Vec<u8>,
    memory: Option<OwnedSemaphorePermit>,
}

impl AsRef<[u8]> for BufferedBody {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

fn kibibytes(bytes: usize) -> u32 {
    u32::try_from(bytes.div_ceil(1_024)).unwrap_or(u32::MAX).min(LONG_BODIES_KIB)
}

/// Whether this JSON must not be parsed, because it may have too many values. The function
/// counts commas and brackets, also those in strings, so that it need not parse strings.
pub(super) fn has_too_many_values(json: &[u8]) -> bool {
    json.iter().filter(|byte| matches!(byte, b',' | b'[' | b'{')).count() > MAX_VALUES
}

pub(super) fn too_many_values(name: &str) -> Refusal {
    too_large(&format!("{name} has more than {MAX_VALUES} values"))
}

pub(super) fn unsupported(message: &str) -> Refusal {
    bad_request(message).with(StatusCode::UNSUPPORTED_MEDIA_TYPE, "UNSUPPORTED_MEDIA_TYPE")
}

pub(super) fn too_large(message: &str) -> Refusal {
    bad_request(message).with(StatusCode::PAYLOAD_TOO_LARGE, "PAYLOAD_TOO_LARGE")
}

/// Why a body, or the form that it is, could not be read.
pub(super) fn unread(error: &axum::Error, what: &str) -> Refusal {
    if is_timed_out(error) {
        return bad_request(format!("{what} did not arrive in time (HTTP_BODY_TIMEOUT)"))
            .with(StatusCode::REQUEST_TIMEOUT, "REQUEST_TIMEOUT");
    }
    bad_request(format!("{what} is cut off or malformed"))
}

/// Compressed bodies are refused: a small one may decompress to a huge one.
pub(super) fn require_plain(headers: &HeaderMap) -> Result<(), Refusal> {
    let codings = headers.get_all(CONTENT_ENCODING).iter();
    let plain = |coding: &[u8]| coding.is_empty() || coding.eq_ignore_ascii_case(b"identity");
    if codings.into_iter().all(|coding| plain(coding.as_bytes())) {
        return Ok(());
    }
    Err(unsupported("the body must not be compressed").header(ACCEPT_ENCODING, "identity"))
}

/// Only JSON makes browsers send a preflight request.
pub(super) fn require_json(headers: &HeaderMap) -> Result<(), Refusal> {
    let media_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let (media_type, parameters) =
        media_type.map_or(("", ""), |text| text.split_once(';').unwrap_or((text, "")));
    let charset = parameters.split(';').find_map(|p| p.trim().strip_prefix("charset="));
    let utf8 = charset.is_none_or(|name| name.trim_matches('"').eq_ignore_ascii_case("utf-8"));
    if media_type.trim().eq_ignore_ascii_case("application/json") && utf8 {
        return require_plain(headers);
    }
    Err(unsupported("the content type must be application/json, in UTF-8"))
}
