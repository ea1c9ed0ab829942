//! A request's body: its type, its length, and its time.

use std::sync::{Arc, LazyLock};

use auth::is_late;
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

/// A body of so many bytes needs no memory of [`LONG_BODIES`].
const SHORT: usize = 64 * 1024;
/// The memory of all longer bodies at a time, in kilobytes, each counted as if it were as
/// long as it may be: clients that send slowly, or nothing more, must not fill the memory.
const LONG_BODIES_KB: u32 = 64 * 1_024;
static LONG_BODIES: LazyLock<Arc<Semaphore>> =
    LazyLock::new(|| Arc::new(Semaphore::new(LONG_BODIES_KB as usize)));
/// The most values that JSON may have: a tree of them takes a hundred bytes for each.
const MAX_VALUES: usize = 131_072;

/// All of a body. What is left of one that is refused the connection reads on.
pub(super) async fn bytes(headers: &HeaderMap, body: Body, most: usize) -> Result<Bytes, Refusal> {
    let large =
        || too_large(&format!("the body has more than {most} bytes (GRAPHQL_MAX_BODY_BYTES)"));
    let announced = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok());
    let announced = announced.and_then(|length| length.parse().ok()).unwrap_or(0);
    if announced > most {
        return Err(large());
    }
    let mut chunks = body.into_data_stream();
    let mut all = Whole::default();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|error| unread(&error, "the body"))?;
        if all.bytes.len() + chunk.len() > most {
            return Err(large());
        }
        // Most bodies come in one piece, which is not copied.
        if all.bytes.is_empty() && chunks.is_end_stream() {
            return Ok(chunk);
        }
        if all.memory.is_none() && all.bytes.len() + chunk.len() > SHORT {
            let memory = Arc::clone(&LONG_BODIES).try_acquire_many_owned(kilobytes(most));
            all.memory = Some(memory.map_err(|_| Refusal::busy())?);
        }
        all.bytes.extend_from_slice(&chunk);
    }
    Ok(Bytes::from_owner(all))
}

/// A body that is read, and its part of the memory of [`LONG_BODIES`].
#[derive(Default)]
struct Whole {
    bytes: Vec<u8>,
    memory: Option<OwnedSemaphorePermit>,
}

impl AsRef<[u8]> for Whole {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

fn kilobytes(bytes: usize) -> u32 {
    u32::try_from(bytes.div_ceil(1_024)).unwrap_or(u32::MAX).min(LONG_BODIES_KB)
}

/// Whether this JSON must not be made a tree, as it may have too many values. Commas and
/// brackets are counted, also those in texts: so nobody must know where a text ends before
/// the parser does.
pub(super) fn has_too_many_values(json: &[u8]) -> bool {
    json.iter().filter(|byte| matches!(byte, b',' | b'[' | b'{')).count() > MAX_VALUES
}

pub(super) fn too_many_values(place: &str) -> Refusal {
    too_large(&format!("{place} has more than {MAX_VALUES} values"))
}

pub(super) fn unsupported(message: &str) -> Refusal {
    bad_request(message).with(StatusCode::UNSUPPORTED_MEDIA_TYPE, "UNSUPPORTED_MEDIA_TYPE")
}

pub(super) fn too_large(message: &str) -> Refusal {
    bad_request(message).with(StatusCode::PAYLOAD_TOO_LARGE, "PAYLOAD_TOO_LARGE")
}

/// Why a body, or the form that it is, could not be read.
pub(super) fn unread(error: &axum::Error, what: &str) -> Refusal {
    if is_late(error) {
        return bad_request(format!("{what} did not come in time (HTTP_BODY_TIMEOUT)"))
            .with(StatusCode::REQUEST_TIMEOUT, "REQUEST_TIMEOUT");
    }
    bad_request(format!("{what} is cut off or malformed"))
}

/// A byte order mark is no part of JSON, but some programs begin every text with it.
///
/// Source: RFC 8259, section 8.1.
pub(super) fn without_mark(json: &[u8]) -> &[u8] {
    json.strip_prefix("\u{feff}".as_bytes()).unwrap_or(json)
}

/// A small body may unpack to an endless one, and clients' queries are short.
pub(super) fn require_plain(headers: &HeaderMap) -> Result<(), Refusal> {
    let codings = headers.get_all(CONTENT_ENCODING).iter();
    let plain = |coding: &[u8]| coding.is_empty() || coding.eq_ignore_ascii_case(b"identity");
    if codings.into_iter().all(|coding| plain(coding.as_bytes())) {
        return Ok(());
    }
    Err(unsupported("the body must not be compressed").header(ACCEPT_ENCODING, "identity"))
}

/// Any other type needs no consent to be sent by another origin's page.
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
