//! What browsers are told: which origins may ask, by https alone, and not to guess,
//! frame or load anything.

use std::{
    collections::HashSet,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use auth::{Auth, TrustedOrigin};
use axum::{
    extract::Request,
    http::{
        HeaderName, HeaderValue, Method,
        header::{
            ALLOW, AUTHORIZATION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY,
            RETRY_AFTER, STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
        },
    },
    response::Response,
};
use tower_http::cors::{AllowOrigin, CorsLayer};

use super::request::METHODS;

/// How many refused origins are told apart in the log.
const LOGGED: usize = 100;

/// What pages may send beside the content type and a token.
const ASKABLE: [&str; 5] = [
    "apollo-require-preflight",
    "graphql-require-preflight",
    "x-apollo-operation-name",
    "x-captcha-response",
    "x-graphql-event-stream-token",
];

/// Lets pages of trusted origins ask with the visitor's cookie (CORS). Pages of the
/// internet are never let into a private network: a server there has its own pages.
pub(crate) fn share(auth: &Auth) -> CorsLayer {
    let auth = auth.clone();
    let refused = Refused::default();
    let trusted = AllowOrigin::predicate(move |origin, _| {
        let trusted = origin.to_str().is_ok_and(|origin| auth.is_trusted_origin(origin));
        if !trusted {
            refused.note(origin);
        }
        trusted
    });
    CorsLayer::new()
        .allow_origin(trusted)
        .allow_credentials(true)
        .allow_methods([Method::GET, Method::POST, Method::PUT, Method::DELETE])
        .allow_headers(
            ASKABLE
                .map(HeaderName::from_static)
                .into_iter()
                .chain([CONTENT_TYPE, AUTHORIZATION])
                .collect::<Vec<_>>(),
        )
        .expose_headers(
            ["set-auth-token", "set-auth-jwt", "x-retry-after", "x-request-id"]
                .map(HeaderName::from_static)
                .into_iter()
                .chain([RETRY_AFTER])
                .collect::<Vec<_>>(),
        )
        .max_age(Duration::from_mins(10))
}

/// Origins that were refused, each of which is logged once.
#[derive(Default)]
struct Refused(Mutex<HashSet<String>>);

impl Refused {
    /// Only what could be a setting is worth a line; anybody may send anything.
    fn note(&self, origin: &HeaderValue) {
        let Some(origin) = origin.to_str().ok().filter(|origin| is_page(origin)) else { return };
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() < LOGGED && known.insert(origin.to_owned()) {
            tracing::info!(
                "pages of {origin} may not read answers; if they are yours, add it to \
                 BETTER_AUTH_TRUSTED_ORIGINS"
            );
        }
    }
}

/// Whether it is one whole origin, as browsers write it.
fn is_page(origin: &str) -> bool {
    origin.len() <= 255
        && !origin.contains(['*', '?'])
        && origin.parse::<TrustedOrigin>().is_ok_and(|page| page.to_string() == origin)
}

/// Where a page says nothing of itself, it may load nothing and stand in no frame.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);
/// Whoever came by https once shall do so for a year. Subdomains may be others' affair.
const ONE_YEAR: HeaderValue = HeaderValue::from_static("max-age=31536000");
const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");
const NO_DEVICES: HeaderValue =
    HeaderValue::from_static("camera=(), geolocation=(), microphone=()");

/// The headers that protect browsers, for the answer to one request.
pub(crate) struct Protection {
    /// Whether browsers find the server by https.
    https: bool,
    /// `OPTIONS /graphql`, which the layer of [`share`] answers, tells its methods.
    asks_methods: bool,
}

impl Protection {
    pub(crate) fn of(request: &Request, https: bool) -> Self {
        let asks_methods =
            request.method() == Method::OPTIONS && request.uri().path() == "/graphql";
        Self { https, asks_methods }
    }

    /// The answer with those of the headers that it has not of its own.
    pub(crate) fn added_to(self, mut response: Response) -> Response {
        let headers = response.headers_mut();
        for (name, value) in [
            (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
            (X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
            (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
            (CONTENT_SECURITY_POLICY, POLICY),
            (PERMISSIONS_POLICY, NO_DEVICES),
        ] {
            headers.entry(name).or_insert(value);
        }
        if self.https {
            headers.insert(STRICT_TRANSPORT_SECURITY, ONE_YEAR);
        }
        if self.asks_methods {
            headers.insert(ALLOW, HeaderValue::from_static(METHODS));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noted(refused: &Refused) -> usize {
        refused.0.lock().unwrap().len()
    }

    #[test]
    fn origins_are_noted_once_and_not_without_end() {
        let refused = Refused::default();
        for _ in 0..2 {
            refused.note(&HeaderValue::from_static("https://app.example.com"));
        }
        assert_eq!(noted(&refused), 1);
        for n in 0..1_000 {
            refused.note(&format!("https://{n}.example").parse().unwrap());
        }
        assert_eq!(noted(&refused), LOGGED);
    }

    #[test]
    fn what_is_no_origin_is_not_noted() {
        let refused = Refused::default();
        let long = format!("https://{}.example", "x".repeat(300));
        for origin in
            ["null", "", "evil", "https://*", "https://a.example/path", "https://*.example", &long]
        {
            refused.note(&origin.parse().unwrap());
        }
        refused.note(&HeaderValue::from_bytes("https://é".as_bytes()).unwrap());
        assert_eq!(noted(&refused), 0);
    }
}
