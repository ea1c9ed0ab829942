//! Compression of long answers.
//!
//! A compressed answer's length tells of its content, and whoever can put text of their
//! choice beside a secret, again and again, learns the secret from it (BREACH). Answers
//! here hold no secret: tokens travel by `/api/auth`, which is not compressed. Nor can
//! another site's page have them made with the visitor's cookie (`origin`).

use tower_http::compression::{
    CompressionLayer, CompressionLevel, Predicate,
    predicate::{NotForContentType, SizeAbove},
};

/// Answers up to this many bytes fit one packet as they are.
const SMALL: u64 = 1024;

/// Compresses with gzip, and lightly, as answers are made for each request. Streams are
/// left alone: their events must not wait for each other.
pub(super) fn layer() -> CompressionLayer<impl Predicate> {
    let long = SizeAbove::new(SMALL)
        .and(NotForContentType::SSE)
        .and(NotForContentType::const_new("multipart/mixed"));
    CompressionLayer::new().quality(CompressionLevel::Fastest).compress_when(long)
}
