//! What is around all routes: the request's log line, an answer even after a panic, and
//! what browsers are told.
//!
//! Layers would be copied for every request, each with a future of its own in memory.

use std::{fmt, panic::AssertUnwindSafe, sync::Arc};

use axum::{Router, extract::Request, response::Response};
use futures_util::FutureExt;
use tower::Service;

use crate::{
    App,
    edge::{
        self,
        headers::{Asked, Browsers},
        response::internal_error,
    },
    telemetry::{self, RequestLog, X_REQUEST_ID},
};

/// Answers every request. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Front(Arc<Parts>);

struct Parts {
    app: App,
    /// Every route but that of GraphQL, which most requests are for.
    routes: Router,
    browsers: Browsers,
}

impl Front {
    pub(crate) fn new(app: App, routes: Router) -> Self {
        let browsers = Browsers::new(&app.auth);
        Self(Arc::new(Parts { app, routes, browsers }))
    }

    pub(crate) async fn answer(self, request: Request) -> Response {
        let Parts { browsers, .. } = &*self.0;
        let asked = Asked::of(&request);
        let mut response = telemetry::logged(request, async |request, log| {
            if asked.is_preflight() {
                return Response::default();
            }
            caught(self.routed(request, log)).await
        })
        .await;
        browsers.tell(&asked, &mut response);
        response
    }

    async fn routed(&self, mut request: Request, log: &RequestLog) -> Response {
        let Parts { app, routes, .. } = &*self.0;
        if request.uri().path() == edge::PATH {
            return edge::answer(app, request, log).await;
        }
        request.headers_mut().insert(X_REQUEST_ID, log.header());
        request.extensions_mut().insert(log.clone());
        let Ok(response) = routes.clone().call(request).await;
        response
    }
}

/// An answer even after a panic, which the log tells of.
async fn caught(answer: impl Future<Output = Response>) -> Response {
    AssertUnwindSafe(answer).catch_unwind().await.unwrap_or_else(|_| internal_error())
}

impl fmt::Debug for Front {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Front").field("app", &self.0.app).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_an_internal_error() {
        let answered = caught(async { panic!("on purpose") }).now_or_never();
        assert_eq!(answered.unwrap().status().as_u16(), 500);
        let answered = caught(async { Response::default() }).now_or_never();
        assert_eq!(answered.unwrap().status().as_u16(), 200);
    }
}
