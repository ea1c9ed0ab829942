//! The faults of endpoints of the fake providers.

use std::{io, time::Duration};

use axum::{
    body::{Body, Bytes},
    http::{StatusCode, header::LOCATION},
    response::{Html, IntoResponse, Response},
};
use futures_util::stream;

/// A response in place of the endpoint's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// A page, with status 200.
    Html,
    /// Status 500.
    Error,
    /// Status 200 with JSON that ends early.
    Malformed,
    /// Status 200 without a body.
    Empty,
    /// JSON of 10 MiB.
    Huge,
    /// No response, ever.
    Silent,
    /// A body that sends a space every 200 ms, without an end.
    Slow,
    /// The connection ends within the body.
    Close,
    /// A redirect to this URL.
    Redirect(&'static str),
}

impl Fault {
    /// Returns the faulty response.
    pub(super) async fn response(self) -> Response {
        match self {
            Self::Html => Html("<!doctype html><title>Sorry</title>").into_response(),
            Self::Error => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
            Self::Malformed => "{\"access_token\":".into_response(),
            Self::Empty => ().into_response(),
            Self::Huge => {
                let chunk = Bytes::from(vec![b' '; 1024 * 1024]);
                let chunks = (0..10).map(move |_| Ok::<_, io::Error>(chunk.clone()));
                Body::from_stream(stream::iter(chunks)).into_response()
            }
            Self::Silent => std::future::pending().await,
            Self::Slow => {
                let spaces = stream::unfold((), async |()| {
                    tokio::time::sleep(Duration::from_millis(200)).await;
                    Some((Ok::<_, io::Error>(Bytes::from_static(b" ")), ()))
                });
                Body::from_stream(spaces).into_response()
            }
            Self::Close => {
                let ended = Err::<Bytes, _>(io::Error::other("closed"));
                Body::from_stream(stream::iter([ended])).into_response()
            }
            Self::Redirect(url) => (StatusCode::FOUND, [(LOCATION, url)]).into_response(),
        }
    }
}
