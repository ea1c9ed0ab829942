//! The document's routes: as JSON, and as a page with its files, which are all in the
//! binary.

use std::sync::{Arc, OnceLock};

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

use super::{Settings, document, version};
use crate::{context::Context, extract::JSON, method::get_or_head};

const PAGE: &str = include_str!("page.html");
const SCRIPT: &str = include_str!("page.js");
/// Its own scripts, the styles that they add, and this server.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'unsafe-inline'; \
    font-src data:; img-src data:; connect-src 'self'; frame-ancestors 'none'; \
    base-uri 'none'; form-action 'none'";
/// What is asked for by its version never changes.
const FOR_EVER: &str = "public, max-age=31536000, immutable";

/// The room's routes, below `base`.
pub(crate) fn router(base: &str) -> Router<Arc<Context>> {
    Router::new()
        .route(&format!("{base}/open-api/generate-schema"), get_or_head(show_document))
        .route(&format!("{base}/reference"), get_or_head(show_page))
        .route(&format!("{base}/docs"), get_or_head(show_page))
        .route(&format!("{base}/reference/{{version}}/{{file}}"), get_or_head(show_file))
}

/// What the routes answer.
pub(crate) struct Files {
    document: Content,
    /// Scalar's script: large, and made ready when the first browser asks.
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

    /// The file, unless the client has it.
    fn answer(
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
    pub(crate) fn new(settings: &Settings<'_>) -> Self {
        let document = document(settings.config, settings.mails).to_string();
        Self {
            document: Content::new(document),
            scalar: OnceLock::new(),
            script: Content::new(SCRIPT),
        }
    }

    fn scalar(&self) -> &Content {
        self.scalar.get_or_init(|| {
            Content::new(scalar_api_reference::get_asset("scalar.js").unwrap_or_default())
        })
    }
}

async fn show_document(State(context): State<Arc<Context>>, headers: HeaderMap) -> Response {
    context.files.document.answer(JSON, "no-cache", &headers)
}

async fn show_page(State(context): State<Arc<Context>>) -> Response {
    let page = PAGE
        .replace("{base}", &context.base_path)
        .replace("{scalar}", &context.files.scalar().version)
        .replace("{script}", &context.files.script.version);
    ([(CONTENT_SECURITY_POLICY, POLICY)], Html(page)).into_response()
}

async fn show_file(
    State(context): State<Arc<Context>>,
    path: Result<Path<(String, String)>, PathRejection>,
    headers: HeaderMap,
) -> Response {
    let Ok(Path((version, file))) = path else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let found = match file.as_str() {
        "scalar.js" => context.files.scalar(),
        "page.js" => &context.files.script,
        _ => return StatusCode::NOT_FOUND.into_response(),
    };
    if version != found.version {
        return StatusCode::NOT_FOUND.into_response();
    }
    found.answer("text/javascript; charset=utf-8", FOR_EVER, &headers)
}
