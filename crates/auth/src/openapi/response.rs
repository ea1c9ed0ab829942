//! The responses of a route: its successes, described by its module, and its refusals.

use axum::http::{
    HeaderName, StatusCode,
    header::{LOCATION, RETRY_AFTER, SET_COOKIE},
};
use serde_json::{Map, Value, json};

use super::schema::Schema;
use crate::{
    config::AuthConfig,
    error::{BodyForm, Refusal, X_RETRY_AFTER},
    error_code::{
        INTERNAL_SERVER_ERROR, PAYLOAD_TOO_LARGE, SERVICE_UNAVAILABLE, TOO_MANY_REQUESTS,
        UNAUTHORIZED, UNSUPPORTED_MEDIA_TYPE,
    },
    extract::JSON,
    session::SET_AUTH_TOKEN,
};

/// The media type of pages.
const PAGE: &str = "text/html";

/// A successful response.
#[derive(Clone, Debug)]
pub(crate) struct ApiResponse {
    status: StatusCode,
    description: &'static str,
    content: Vec<(&'static str, Schema)>,
    headers: Vec<Header>,
}

/// A header that several responses have, described once.
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

    /// Or a page, for users who open the link in a browser.
    pub(crate) fn or_page(mut self) -> Self {
        self.content.push((PAGE, Schema::string()));
        self
    }

    /// Or another JSON value.
    pub(crate) fn or_json(mut self, other: &Schema) -> Self {
        for (media_type, schema) in &mut self.content {
            if *media_type == JSON {
                *schema = Schema::any_of([schema.clone(), other.clone()]);
            }
        }
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

    /// 401 without a body, as better-auth has it at some routes.
    pub(crate) fn unauthorized() -> Self {
        let (status, description) = (StatusCode::UNAUTHORIZED, "The request has no session.");
        Self { status, description, content: Vec::new(), headers: Vec::new() }
    }

    /// 304, for a client that has the response.
    pub(crate) fn unchanged() -> Self {
        let (status, description) =
            (StatusCode::NOT_MODIFIED, "The client has the version of `If-None-Match`.");
        Self { status, description, content: Vec::new(), headers: Vec::new() }
    }

    /// The response may begin a session, or change the current one.
    pub(crate) fn signs_in(mut self) -> Self {
        self.headers.extend([Header::SessionCookie, Header::SetAuthToken]);
        self
    }

    /// The response removes the session's cookies.
    pub(crate) fn signs_out(mut self) -> Self {
        self.headers.push(Header::ExpiredCookies);
        self
    }

    /// The response names a URL for clients that follow it.
    pub(crate) fn with_location(mut self) -> Self {
        self.headers.push(Header::Location);
        self
    }

    pub(super) fn status(&self) -> StatusCode {
        self.status
    }

    /// With `extends_session`, the response has the cookies of an extended session.
    pub(super) fn render(&self, extends_session: bool) -> Value {
        let mut headers = self.headers.clone();
        let sets = |header: &Header| header.name() == SET_COOKIE;
        if extends_session && !headers.iter().any(sets) {
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

/// The refusals of all routes, by the names of their statuses.
pub(super) fn common(config: &AuthConfig) -> Value {
    let limited = config.limit.on.then(|| TOO_MANY_REQUESTS.into());
    let common = of_all_routes().into_iter().chain(limited);
    common.map(|one| (name(one.status), render_refusals(one.status, &[&one]))).collect()
}

fn of_all_routes() -> [Refusal; 5] {
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

/// The refusals of a status; a refusal of all routes by reference.
pub(super) fn refusal(status: StatusCode, refusals: &[&Refusal]) -> Value {
    let is_common =
        |one: &Refusal| *one == TOO_MANY_REQUESTS.into() || of_all_routes().contains(one);
    match refusals {
        [one] if is_common(one) => {
            json!({ "$ref": format!("#/components/responses/{}", name(status)) })
        }
        _ => render_refusals(status, refusals),
    }
}

/// The refusals of a status: one of several codes, or a message without a code.
fn render_refusals(status: StatusCode, refusals: &[&Refusal]) -> Value {
    let (oauth, refusals): (Vec<&Refusal>, Vec<&Refusal>) =
        refusals.iter().partition(|refusal| refusal.form == BodyForm::Oauth);
    let mut codes: Vec<&str> = Vec::new();
    for code in refusals.iter().filter_map(|refusal| refusal.code) {
        if !codes.contains(&code) {
            codes.push(code);
        }
    }
    let has_plain = refusals.iter().any(|refusal| refusal.code.is_none());
    let mut examples = Map::new();
    for Refusal { code, message, .. } in refusals.iter().copied() {
        let mut value = json!({ "message": message });
        if let (Some(code), Some(value)) = (code, value.as_object_mut()) {
            value.insert("code".to_owned(), (*code).into());
        }
        let name = code.map_or_else(|| format!("uncoded{}", examples.len()), str::to_owned);
        examples.insert(name, json!({ "summary": message, "value": value }));
    }
    for (index, Refusal { code, message, .. }) in oauth.iter().copied().enumerate() {
        let value = json!({ "error": code, "error_description": message });
        let name = format!("{}{index}", code.unwrap_or_default());
        examples.insert(name, json!({ "summary": message, "value": value }));
    }
    let better_auth = (!refusals.is_empty()).then(|| Schema::refusal(&codes, has_plain));
    let schema = match (better_auth, oauth.is_empty()) {
        (Some(schema), true) => schema,
        (schema, _) => Schema::any_of(schema.into_iter().chain([Schema::oauth_refusal(&oauth)])),
    };
    let schema = schema.into_value();
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
            Self::SessionCookie => ("The cookies of a new or extended session.", "string"),
            Self::ExpiredCookies => ("Removes the session's cookies.", "string"),
            Self::SetAuthToken => {
                ("The session's signed token, for clients without cookies.", "string")
            }
            Self::Location => ("The URL to continue with.", "string"),
            Self::RetryAfter | Self::XRetryAfter => ("The seconds to wait.", "integer"),
        };
        json!({ "description": description, "schema": { "type": kind } })
    }

    /// All headers, by their names in the components.
    pub(super) fn components() -> Value {
        Self::ALL.iter().map(|header| (format!("{header:?}"), header.described())).collect()
    }
}
