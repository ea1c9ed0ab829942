//! What clients do under `/api/auth`.

use axum::{
    body::Body,
    http::{Request, StatusCode, header::AUTHORIZATION},
};
use serde_json::{Value, json};

use super::{Answer, Client};

/// The cookie that holds the session's token.
pub(crate) const SESSION_COOKIE: &str = "better-auth.session_token";

impl Client {
    /// Posts to a route of the authentication.
    pub(crate) async fn post_auth(&self, route: &str, body: Value) -> Answer {
        self.post(&format!("/api/auth/{route}"), body).await
    }

    /// Posts texts to a route of the authentication.
    pub(crate) async fn auth(&self, route: &str, fields: &[(&str, &str)]) -> Answer {
        let body = fields.iter().map(|(name, value)| ((*name).to_owned(), json!(value)));
        self.post_auth(route, body.collect()).await
    }

    pub(crate) async fn get_auth(&self, route: &str) -> Answer {
        self.get(&format!("/api/auth/{route}")).await
    }

    pub(crate) async fn sign_in(&self, email: &str, password: &str) -> Answer {
        self.auth("sign-in/email", &[("email", email), ("password", password)]).await
    }

    /// `{session, user}`, or null.
    pub(crate) async fn session(&self) -> Value {
        let answer = self.get_auth("get-session").await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        answer.json()
    }

    /// Whether they are signed in, by what the database says.
    pub(crate) async fn is_signed_in(&self) -> bool {
        let session = self.get_auth("get-session?disableCookieCache=true").await.ok();
        let me = self.query("{ me { id } }").await.data()["me"].clone();
        assert_eq!(session["user"]["id"], me["id"]);
        me != Value::Null
    }

    /// The session's token, as it stands in the cookie before the signature.
    pub(crate) fn token(&self) -> String {
        self.cookies()[SESSION_COOKIE].split('.').next().unwrap().to_owned()
    }

    /// The session's token with its signature, as clients without cookies send it.
    pub(crate) fn signed_token(&self) -> String {
        let value = self.cookies()[SESSION_COOKIE].clone();
        value.replace("%2B", "+").replace("%2F", "/").replace("%3D", "=")
    }

    /// Asks with `Authorization: Bearer`, and without cookies.
    pub(crate) async fn bearing(&self, path: &str, token: &str) -> Answer {
        let request = Request::get(path).header(AUTHORIZATION, format!("Bearer {token}"));
        self.send(request.body(Body::empty()).unwrap()).await
    }

    /// Another browser with the same cookies.
    pub(crate) fn copied(&self) -> Self {
        let copy = Self::new(self.router().clone());
        copy.cookies().clone_from(&self.cookies());
        copy
    }
}

/// How requests ended that were answered: a machine with much else to do may leave some
/// of many waiting for their hash until they are turned away.
pub(crate) fn answered(mut ends: Vec<(u16, String)>) -> Vec<(u16, String)> {
    ends.retain(|(status, code)| (*status, code.as_str()) != (503, "SERVICE_UNAVAILABLE"));
    ends
}

impl Answer {
    /// The body of an answer that succeeded.
    pub(crate) fn ok(&self) -> Value {
        assert_eq!(self.status, StatusCode::OK, "{}", self.text);
        self.json()
    }

    /// Status and code of a refusal.
    pub(crate) fn refusal(&self) -> (u16, String) {
        let body: Value = serde_json::from_str(&self.text).unwrap_or_default();
        (self.status.as_u16(), body["code"].as_str().unwrap_or_default().to_owned())
    }

    #[track_caller]
    pub(crate) fn is_refused(&self, status: u16, code: &str) {
        assert_eq!(self.refusal(), (status, code.to_owned()), "{}", self.text);
    }

    /// Every `Set-Cookie`.
    pub(crate) fn set_cookies(&self) -> Vec<&str> {
        let lines = self.headers.get_all("set-cookie").iter();
        lines.map(|line| line.to_str().unwrap()).collect()
    }
}
