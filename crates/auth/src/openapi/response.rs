//! What a route answers: its answers, said by the room, and its refusals.

use axum::http::{
    HeaderName, StatusCode,
    header::{LOCATION, RETRY_AFTER, SET_COOKIE},
};
use serde_json::{Map, Value, json};

use super::schema::Schema;
use crate::{
    config::AuthConfig,
    error::{Refusal, X_RETRY_AFTER},
    error_code::{
        INTERNAL_SERVER_ERROR, PAYLOAD_TOO_LARGE, SERVICE_UNAVAILABLE, TOO_MANY_REQUESTS,
        UNAUTHORIZED, UNSUPPORTED_MEDIA_TYPE,
    },
    extract::JSON,
    session::SET_AUTH_TOKEN,
};

/// The media type of pages.
const PAGE: &str = "text/html";

/// An answer to a request that was served.
#[derive(Clone, Debug)]
pub(crate) struct ApiResponse {
    status: StatusCode,
    description: &'static str,
    content: Vec<(&'static str, Schema)>,
    headers: Vec<Header>,
}

/// A header that several answers have, described once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Header {
    SessionCookie,
    ExpiredCookies,
    SetAuthToken,
    Location,
    RetryAfter,
    XRetryAfter,
}

impl ApiResponse {
    /// 200 with JSON.
    pub(crate) fn json(description: &'static str, schema: Schema) -> Self {
        Self::of(JSON, description, schema)
    }

    /// 200 with a page.
    pub(crate) fn page(description: &'static str) -> Self {
        Self::of(PAGE, description, Schema::string())
    }

    /// A page instead, for who opened a link to see what comes.
    pub(crate) fn or_page(mut self) -> Self {
        self.content.push((PAGE, Schema::string()));
        self
    }

    fn of(media_type: &'static str, description: &'static str, schema: Schema) -> Self {
        let content = vec![(media_type, schema)];
        Self { status: StatusCode::OK, description, content, headers: Vec::new() }
    }

    /// 302.
    pub(crate) fn redirect(description: &'static str) -> Self {
        let (status, headers) = (StatusCode::FOUND, vec![Header::Location]);
        Self { status, description, content: Vec::new(), headers }
    }

    /// 304, to a client that has the answer.
    pub(crate) fn unchanged() -> Self {
        let (status, description) = (StatusCode::NOT_MODIFIED, "As `If-None-Match` names it.");
        Self { status, description, content: Vec::new(), headers: Vec::new() }
    }

    /// It may begin a session, or change the one there is.
    pub(crate) fn signs_in(mut self) -> Self {
        self.headers.extend([Header::SessionCookie, Header::SetAuthToken]);
        self
    }

    /// It removes the session's cookies.
    pub(crate) fn signs_out(mut self) -> Self {
        self.headers.push(Header::ExpiredCookies);
        self
    }

    /// It says where a client that follows it goes.
    pub(crate) fn leads_on(mut self) -> Self {
        self.headers.push(Header::Location);
        self
    }

    pub(super) fn status(&self) -> StatusCode {
        self.status
    }

    /// With `carries_session`, a session that is extended comes along.
    pub(super) fn render(&self, carries_session: bool) -> Value {
        let mut headers = self.headers.clone();
        let sets = |header: &Header| header.name() == SET_COOKIE;
        if carries_session && !headers.iter().any(sets) {
            headers.extend([Header::SessionCookie, Header::SetAuthToken]);
        }
        let mut answer = json!({ "description": self.description });
        let Some(fields) = answer.as_object_mut() else { return answer };
        if !headers.is_empty() {
            fields.insert("headers".to_owned(), references(&headers));
        }
        if !self.content.is_empty() {
            let media = |(media_type, schema): (&str, Schema)| {
                (media_type.to_owned(), json!({ "schema": schema.into_value() }))
            };
            let content: Map<_, _> = self.content.iter().cloned().map(media).collect();
            fields.insert("content".to_owned(), content.into());
        }
        answer
    }
}

/// How any route may refuse, by the names of the statuses.
pub(super) fn common(config: &AuthConfig) -> Value {
    let limited = config.limit.on.then(|| TOO_MANY_REQUESTS.into());
    let common = everywhere().into_iter().chain(limited);
    common.map(|told| (name(told.status), refusal_of(told.status, &[&told]))).collect()
}

fn everywhere() -> [Refusal; 5] {
    [
        UNAUTHORIZED,
        PAYLOAD_TOO_LARGE,
        UNSUPPORTED_MEDIA_TYPE,
        INTERNAL_SERVER_ERROR,
        SERVICE_UNAVAILABLE,
    ]
    .map(Refusal::from)
}

/// `PayloadTooLarge`
fn name(status: StatusCode) -> String {
    status.canonical_reason().unwrap_or_default().replace(' ', "")
}

/// What is told by a status; what is told everywhere, by reference.
pub(super) fn refusal(status: StatusCode, told: &[&Refusal]) -> Value {
    let is_common =
        |told: &Refusal| *told == TOO_MANY_REQUESTS.into() || everywhere().contains(told);
    match told {
        [told] if is_common(told) => {
            json!({ "$ref": format!("#/components/responses/{}", name(status)) })
        }
        _ => refusal_of(status, told),
    }
}

/// What is told by a status: one of several codes, or a sentence alone.
fn refusal_of(status: StatusCode, told: &[&Refusal]) -> Value {
    let mut codes: Vec<&str> = Vec::new();
    for code in told.iter().filter_map(|refusal| refusal.code) {
        if !codes.contains(&code) {
            codes.push(code);
        }
    }
    let uncoded = told.iter().any(|refusal| refusal.code.is_none());
    let mut examples = Map::new();
    for Refusal { code, message, .. } in told.iter().copied() {
        let mut value = json!({ "message": message });
        if let (Some(code), Some(value)) = (code, value.as_object_mut()) {
            value.insert("code".to_owned(), (*code).into());
        }
        let name = code.map_or_else(|| format!("uncoded{}", examples.len()), str::to_owned);
        examples.insert(name, json!({ "summary": message, "value": value }));
    }
    let schema = Schema::refusal(&codes, uncoded).into_value();
    let mut answer = json!({
        "description": status.canonical_reason().unwrap_or_default(),
        "content": { JSON: { "schema": schema, "examples": examples } },
    });
    let headers: &[Header] = match status {
        StatusCode::TOO_MANY_REQUESTS => &[Header::XRetryAfter, Header::RetryAfter],
        StatusCode::SERVICE_UNAVAILABLE => &[Header::RetryAfter],
        _ => &[],
    };
    if let Some(fields) = answer.as_object_mut().filter(|_| !headers.is_empty()) {
        fields.insert("headers".to_owned(), references(headers));
    }
    answer
}

fn references(headers: &[Header]) -> Value {
    let reference = |header: &Header| json!({ "$ref": format!("#/components/headers/{header:?}") });
    headers.iter().map(|header| (header.name().to_string(), reference(header))).collect()
}

impl Header {
    const ALL: [Self; 6] = [
        Self::SessionCookie,
        Self::ExpiredCookies,
        Self::SetAuthToken,
        Self::Location,
        Self::RetryAfter,
        Self::XRetryAfter,
    ];

    fn name(self) -> HeaderName {
        match self {
            Self::SessionCookie | Self::ExpiredCookies => SET_COOKIE,
            Self::SetAuthToken => SET_AUTH_TOKEN,
            Self::Location => LOCATION,
            Self::RetryAfter => RETRY_AFTER,
            Self::XRetryAfter => X_RETRY_AFTER,
        }
    }

    fn described(self) -> Value {
        let (description, kind) = match self {
            Self::SessionCookie => {
                ("The cookies of a session that began or was extended.", "string")
            }
            Self::ExpiredCookies => ("The session's cookies, emptied.", "string"),
            Self::SetAuthToken => {
                ("The session's signed token, for clients that keep no cookies.", "string")
            }
            Self::Location => ("Where to go on.", "string"),
            Self::RetryAfter | Self::XRetryAfter => ("Seconds to wait.", "integer"),
        };
        json!({ "description": description, "schema": { "type": kind } })
    }

    /// Every header by its name among the components.
    pub(super) fn components() -> Value {
        Self::ALL.iter().map(|header| (format!("{header:?}"), header.described())).collect()
    }
}
