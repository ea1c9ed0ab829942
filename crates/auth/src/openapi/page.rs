//! The routes of the document: as JSON, and as a page with its files. The binary contains all
//! of them.

use std::{
    hash::{DefaultHasher, Hasher},
    sync::{Arc, OnceLock},
};

use axum::{
    Router,
    body::Bytes,
    extract::{Path, State, rejection::PathRejection},
    http::{
        HeaderMap, HeaderValue, StatusCode,
        header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH},
    },
    response::{Html, IntoResponse, Response},
};
use serde_json::Value;

use crate::{context::Context, extract::JSON, routing::get_or_head};

const PAGE: &str = include_str!("page.html");
const SCRIPT: &str = include_str!("page.js");
/// Allows the page's own scripts, the styles that they add, and requests to this server.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'unsafe-inline'; \
    font-src data:; img-src data:; connect-src 'self'; frame-ancestors 'none'; \
    base-uri 'none'; form-action 'none'";
/// A file whose path names its version never changes.
const FOR_EVER: &str = "public, max-age=31536000, immutable";

/// The module's routes, below `base`, for this document.
pub(crate) fn router(base: &str, document: &Value) -> Router<Arc<Context>> {
    let files = Files {
        base: base.to_owned(),
        document: Content::new(document.to_string()),
        scalar: OnceLock::new(),
        script: Content::new(SCRIPT),
    };
    Router::new()
        .route(&format!("{base}/open-api/generate-schema"), get_or_head(show_document))
        .route(&format!("{base}/reference"), get_or_head(show_page))
        .route(&format!("{base}/docs"), get_or_head(show_page))
        .route(&format!("{base}/reference/{{version}}/{{file}}"), get_or_head(show_file))
        .with_state(Arc::new(files))
}

/// The content of the responses.
struct Files {
    base: String,
    document: Content,
    /// Scalar's script: large, and loaded when the first browser requests it.
    scalar: OnceLock<Content>,
    script: Content,
}

/// A file and its version.
struct Content {
    bytes: Bytes,
    version: String,
}

impl Content {
    fn new(bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        Self { version: version(&bytes), bytes }
    }

    /// The file, or 304 if the client has this version.
    fn response(
        &self,
        media_type: &'static str,
        cached: &'static str,
        headers: &HeaderMap,
    ) -> Response {
        let tag = format!("\"{}\"", self.version);
        let known = headers.get(IF_NONE_MATCH).and_then(|tags| tags.to_str().ok());
        let known = known.is_some_and(|tags| tags.split(',').any(|known| known.trim() == tag));
        let mut response = if known {
            StatusCode::NOT_MODIFIED.into_response()
        } else {
            ([(CONTENT_TYPE, HeaderValue::from_static(media_type))], self.bytes.clone())
                .into_response()
        };
        let headers = response.headers_mut();
        headers.insert(CACHE_CONTROL, HeaderValue::from_static(cached));
        headers.extend(HeaderValue::try_from(tag).map(|tag| (ETAG, tag)));
        response
    }
}

impl Files {
    fn scalar(&self) -> &Content {
        self.scalar.get_or_init(|| {
            Content::new(scalar_api_reference::get_asset("scalar.js").unwrap_or_default())
        })
    }
}

async fn show_document(State(files): State<Arc<Files>>, headers: HeaderMap) -> Response {
    files.document.response(JSON, "no-cache", &headers)
}

async fn show_page(State(files): State<Arc<Files>>) -> Response {
    let page = PAGE
        .replace("{base}", &files.base)
        .replace("{scalar}", &files.scalar().version)
        .replace("{script}", &files.script.version);
    ([(CONTENT_SECURITY_POLICY, POLICY)], Html(page)).into_response()
}

async fn show_file(
    State(files): State<Arc<Files>>,
    path: Result<Path<(String, String)>, PathRejection>,
    headers: HeaderMap,
) -> Response {
    let Ok(Path((version, file))) = path else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let found = match file.as_str() {
        "scalar.js" => files.scalar(),
        "page.js" => &files.script,
        _ => return StatusCode::NOT_FOUND.into_response(),
    };
    if version != found.version {
        return StatusCode::NOT_FOUND.into_response();
    }
    found.response("text/javascript; charset=utf-8", FOR_EVER, &headers)
}

/// A hash of `content`.
fn version(content: &[u8]) -> String {
    let mut hasher = DefaultHasher::new();
    hasher.write(content);
    format!("{:016x}", hasher.finish())
}
