//! What browsers are told: which origins may ask, by https alone, and not to guess,
//! frame or load anything.

use std::{
    collections::HashSet,
    sync::{Mutex, PoisonError},
};

use auth::{Auth, TrustedOrigin};
use axum::{
    extract::Request,
    http::{
        HeaderMap, HeaderName, HeaderValue, Method,
        header::{
            ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS,
            ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
            ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_HEADERS,
            ALLOW, CONTENT_SECURITY_POLICY, ORIGIN, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
            VARY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
        },
    },
    response::Response,
};

use crate::{
    graphql_http::METHODS,
    paths::{DEV_MAIL, GRAPHQL},
};

/// How many refused origins are told apart in the log.
const LOGGED: usize = 100;

/// What pages of other origins may ask with...
const ALLOWED_METHODS: HeaderValue = HeaderValue::from_static("GET, POST, PUT, DELETE");
/// ...and read beside the answer.
const EXPOSED_HEADERS: HeaderValue = HeaderValue::from_static(
    "set-auth-token, set-auth-jwt, x-retry-after, x-request-id, retry-after, etag",
);
/// How many headers a page may ask to send, and the length of their list in bytes.
const MOST_HEADERS: usize = 64;
const LONGEST_LIST: usize = 4 * 1024;
/// How long a browser remembers it, in seconds.
const MAX_AGE: HeaderValue = HeaderValue::from_static("600");
/// On what of a request all this depends.
const VARIES: HeaderValue = HeaderValue::from_static(
    "origin, access-control-request-method, access-control-request-headers",
);

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

/// The headers that a page asks to send, if they are names and not too many. Pages of
/// trusted origins may send any: those who run them decide what their libraries add, for
/// tracing or to name themselves. That a page could send such a header only after it was
/// asked for stays true: others are granted none.
fn requested_headers(headers: &HeaderMap) -> Option<HeaderValue> {
    let asked = headers.get(ACCESS_CONTROL_REQUEST_HEADERS)?;
    let mut names = asked.as_bytes().split(|byte| *byte == b',').map(<[u8]>::trim_ascii);
    let is_short = asked.len() <= LONGEST_LIST && names.clone().count() <= MOST_HEADERS;
    (is_short && names.all(|name| HeaderName::from_bytes(name).is_ok())).then(|| asked.clone())
}

/// What of a request decides what its browser is told.
pub(crate) struct CorsRequest {
    origin: Option<HeaderValue>,
    headers: Option<HeaderValue>,
    is_preflight: bool,
    is_graphql: bool,
    /// Whether pages of other origins may read what is there.
    is_shared: bool,
}

impl CorsRequest {
    pub(crate) fn of(request: &Request) -> Self {
        let is_preflight = request.method() == Method::OPTIONS;
        let headers = request.headers();
        Self {
            origin: headers.get(ORIGIN).cloned(),
            headers: if is_preflight { requested_headers(headers) } else { None },
            is_preflight,
            is_graphql: request.uri().path() == GRAPHQL,
            is_shared: request.uri().path() != DEV_MAIL,
        }
    }

    /// Whether it only asks what it may ask.
    pub(crate) fn is_preflight(&self) -> bool {
        self.is_preflight
    }
}

/// Tells browsers what they may do.
pub(crate) struct SecurityHeaders {
    auth: Auth,
    refused: Refused,
}

impl SecurityHeaders {
    pub(crate) fn new(auth: &Auth) -> Self {
        Self { auth: auth.clone(), refused: Refused::default() }
    }

    /// Adds to an answer those of the headers that it has not of its own.
    pub(crate) fn apply(&self, asked: &CorsRequest, response: &mut Response) {
        let headers = response.headers_mut();
        self.apply_cors(asked, headers);
        for (name, value) in [
            (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
            (X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
            (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
            (CONTENT_SECURITY_POLICY, POLICY),
            (PERMISSIONS_POLICY, NO_DEVICES),
        ] {
            headers.entry(name).or_insert(value);
        }
        if self.auth.is_https() {
            headers.insert(STRICT_TRANSPORT_SECURITY, ONE_YEAR);
        }
        if asked.is_preflight && asked.is_graphql {
            headers.insert(ALLOW, HeaderValue::from_static(METHODS));
        }
    }

    /// Lets pages of trusted origins ask with the visitor's cookie (CORS). Pages of the
    /// internet are never let into a private network: a server there has its own pages.
    ///
    /// Source: the Fetch standard, section "HTTP-CORS protocol".
    fn apply_cors(&self, asked: &CorsRequest, headers: &mut HeaderMap) {
        headers.append(VARY, VARIES);
        let Some(origin) = asked.origin.as_ref().filter(|_| asked.is_shared) else { return };
        if !origin.to_str().is_ok_and(|origin| self.auth.is_trusted_origin(origin)) {
            self.refused.note(origin);
            return;
        }
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        headers.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
        if asked.is_preflight {
            headers.insert(ACCESS_CONTROL_ALLOW_METHODS, ALLOWED_METHODS);
            let asked = asked.headers.iter().cloned();
            headers.extend(asked.map(|names| (ACCESS_CONTROL_ALLOW_HEADERS, names)));
            headers.insert(ACCESS_CONTROL_MAX_AGE, MAX_AGE);
        } else {
            headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED_HEADERS);
        }
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
    fn what_a_page_asks_to_send_is_mirrored_within_bounds() {
        let mirrored = |asked: &str| {
            let asked = (ACCESS_CONTROL_REQUEST_HEADERS, asked.parse().unwrap());
            requested_headers(&HeaderMap::from_iter([asked])).is_some()
        };
        let many = |count| vec!["x-a"; count].join(",");
        assert!(mirrored("apollographql-client-name,baggage, traceparent , X-Request-Id"));
        assert!(mirrored(&many(MOST_HEADERS)));
        for asked in ["", ",", "a,,b", "a b", "x-a: 1", "x-\u{fc}", "*/*", "a;b"] {
            assert!(!mirrored(asked), "{asked}");
        }
        assert!(!mirrored(&many(MOST_HEADERS + 1)));
        assert!(!mirrored(&"x".repeat(LONGEST_LIST + 1)));
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
