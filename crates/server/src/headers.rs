//! Headers for browsers: CORS for trusted origins, and security headers (HTTPS only, no content
//! sniffing, no frames, no foreign content).

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

/// The number of refused origins that are logged.
const MAX_LOGGED: usize = 100;

/// The methods that pages of trusted origins may use: those of all routes.
const ALLOWED_METHODS: HeaderValue = HeaderValue::from_static("GET, POST");
/// The response headers that these pages may read.
const EXPOSED_HEADERS: HeaderValue = HeaderValue::from_static(
    "set-auth-token, set-auth-jwt, set-ott, x-retry-after, x-request-id, retry-after, etag",
);
/// The number of headers that a page may request, and the length of their list in bytes.
const MAX_HEADERS: usize = 64;
const MAX_LIST_BYTES: usize = 4 * 1024;
/// Seconds for which browsers cache a preflight response.
const MAX_AGE: HeaderValue = HeaderValue::from_static("600");
/// The request headers that responses depend on.
const VARIES: HeaderValue = HeaderValue::from_static(
    "origin, access-control-request-method, access-control-request-headers",
);

/// Refused origins, each of which is logged once.
#[derive(Default)]
struct Refused(Mutex<HashSet<String>>);

impl Refused {
    /// Logs an origin that could be a setting. Clients may send any other value.
    fn note(&self, origin: &HeaderValue) {
        let Some(origin) = origin.to_str().ok().filter(|origin| is_page(origin)) else { return };
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() < MAX_LOGGED && known.insert(origin.to_owned()) {
            tracing::info!(
                "pages of {origin} may not read answers; if they are yours, add it to \
                 BETTER_AUTH_TRUSTED_ORIGINS"
            );
        }
    }
}

/// Whether the value is an origin as browsers write it.
fn is_page(origin: &str) -> bool {
    origin.len() <= 255
        && !origin.contains(['*', '?'])
        && origin.parse::<TrustedOrigin>().is_ok_and(|page| page.to_string() == origin)
}

/// The default policy: load nothing, and no frames.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);
/// Browsers use HTTPS for a year. Subdomains are not included: other parties may run them.
const ONE_YEAR: HeaderValue = HeaderValue::from_static("max-age=31536000");
const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");
const NO_DEVICES: HeaderValue =
    HeaderValue::from_static("camera=(), geolocation=(), microphone=()");

/// The headers that a page requests in a preflight, if they are valid and not too many. Pages of
/// trusted origins may send any header, as their libraries add some for tracing. Pages of other
/// origins may send none, so that the presence of a custom header still shows a preflight.
fn requested_headers(headers: &HeaderMap) -> Option<HeaderValue> {
    let requested = headers.get(ACCESS_CONTROL_REQUEST_HEADERS)?;
    let mut names = requested.as_bytes().split(|byte| *byte == b',').map(<[u8]>::trim_ascii);
    let is_short = requested.len() <= MAX_LIST_BYTES && names.clone().count() <= MAX_HEADERS;
    (is_short && names.all(|name| HeaderName::from_bytes(name).is_ok())).then(|| requested.clone())
}

/// The parts of a request that decide about the headers of its response.
pub(crate) struct CorsRequest {
    origin: Option<HeaderValue>,
    headers: Option<HeaderValue>,
    is_preflight: bool,
    is_graphql: bool,
    /// Whether pages of other origins may read the response.
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

    /// Whether this is a CORS preflight request.
    pub(crate) fn is_preflight(&self) -> bool {
        self.is_preflight
    }
}

/// Adds CORS and security headers to responses.
pub(crate) struct SecurityHeaders {
    auth: Auth,
    refused: Refused,
}

impl SecurityHeaders {
    pub(crate) fn new(auth: &Auth) -> Self {
        Self { auth: auth.clone(), refused: Refused::default() }
    }

    /// Adds the headers that a response does not set itself.
    pub(crate) fn apply(&self, cors: &CorsRequest, response: &mut Response) {
        let headers = response.headers_mut();
        self.apply_cors(cors, headers);
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
        if cors.is_preflight && cors.is_graphql {
            headers.insert(ALLOW, HeaderValue::from_static(METHODS));
        }
    }

    /// Allows pages of trusted origins to send requests with the user's cookies (CORS). Private
    /// network access is never allowed.
    ///
    /// Source: the Fetch standard, section "HTTP-CORS protocol".
    fn apply_cors(&self, cors: &CorsRequest, headers: &mut HeaderMap) {
        headers.append(VARY, VARIES);
        let Some(origin) = cors.origin.as_ref().filter(|_| cors.is_shared) else { return };
        if !origin.to_str().is_ok_and(|origin| self.auth.is_trusted_origin(origin)) {
            self.refused.note(origin);
            return;
        }
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        headers.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
        if cors.is_preflight {
            headers.insert(ACCESS_CONTROL_ALLOW_METHODS, ALLOWED_METHODS);
            let requested = cors.headers.iter().cloned();
            headers.extend(requested.map(|names| (ACCESS_CONTROL_ALLOW_HEADERS, names)));
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
    fn origins_are_logged_once_and_up_to_a_limit() {
        let refused = Refused::default();
        for _ in 0..2 {
            refused.note(&HeaderValue::from_static("https://app.example.com"));
        }
        assert_eq!(noted(&refused), 1);
        for n in 0..1_000 {
            refused.note(&format!("https://{n}.example").parse().unwrap());
        }
        assert_eq!(noted(&refused), MAX_LOGGED);
    }

    #[test]
    fn requested_headers_are_allowed_within_limits() {
        let mirrored = |asked: &str| {
            let asked = (ACCESS_CONTROL_REQUEST_HEADERS, asked.parse().unwrap());
            requested_headers(&HeaderMap::from_iter([asked])).is_some()
        };
        let many = |count| vec!["x-a"; count].join(",");
        assert!(mirrored("apollographql-client-name,baggage, traceparent , X-Request-Id"));
        assert!(mirrored(&many(MAX_HEADERS)));
        for asked in ["", ",", "a,,b", "a b", "x-a: 1", "x-\u{fc}", "*/*", "a;b"] {
            assert!(!mirrored(asked), "{asked}");
        }
        assert!(!mirrored(&many(MAX_HEADERS + 1)));
        assert!(!mirrored(&"x".repeat(MAX_LIST_BYTES + 1)));
    }

    #[test]
    fn values_that_are_no_origin_are_not_logged() {
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
