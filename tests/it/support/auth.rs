//! Requests to the authentication routes, and assertions on their responses.

use axum::{
    body::Body,
    http::{Request, StatusCode, header::AUTHORIZATION},
};
use serde_json::{Value, json};

use super::{Client, Response};

/// The name of the cookie that holds the session token.
pub(crate) const SESSION_COOKIE: &str = "better-auth.session_token";

impl Client {
    /// Posts JSON to `/api/auth/{route}`.
    pub(crate) async fn post_auth(&self, route: &str, body: Value) -> Response {
        self.post(&format!("/api/auth/{route}"), body).await
    }

    /// Posts a JSON object of strings to `/api/auth/{route}`.
    pub(crate) async fn post_auth_strings(&self, route: &str, fields: &[(&str, &str)]) -> Response {
        let body = fields.iter().map(|(name, value)| ((*name).to_owned(), json!(value)));
        self.post_auth(route, body.collect()).await
    }

    /// Sends a GET request to `/api/auth/{route}`.
    pub(crate) async fn get_auth(&self, route: &str) -> Response {
        self.get(&format!("/api/auth/{route}")).await
    }

    /// Signs in with email and password.
    pub(crate) async fn sign_in(&self, email: &str, password: &str) -> Response {
        self.post_auth_strings("sign-in/email", &[("email", email), ("password", password)]).await
    }

    /// Returns the body of `get-session`: `{session, user}`, or null.
    pub(crate) async fn session(&self) -> Value {
        let response = self.get_auth("get-session").await;
        assert_eq!(response.status, StatusCode::OK, "{}", response.text);
        response.json()
    }

    /// Returns whether the database has a session of this client.
    pub(crate) async fn is_signed_in(&self) -> bool {
        let session = self.get_auth("get-session?disableCookieCache=true").await.expect_ok();
        let me = self.query("{ me { id } }").await.data()["me"].clone();
        assert_eq!(session["user"]["id"], me["id"]);
        me != Value::Null
    }

    /// Returns whether the email address of the signed-in user is verified.
    pub(crate) async fn is_email_verified(&self) -> bool {
        self.session().await["user"]["emailVerified"] == true
    }

    /// Sets a new password by the token of a reset link.
    pub(crate) async fn reset_password(&self, token: &str, password: &str) -> Response {
        let fields = [("token", token), ("newPassword", password)];
        self.post_auth_strings("reset-password", &fields).await
    }

    /// Returns the session token: the part of the cookie before the signature.
    pub(crate) fn session_token(&self) -> String {
        self.cookies()[SESSION_COOKIE].split('.').next().unwrap().to_owned()
    }

    /// Returns the session token with its signature, as clients without cookies send it.
    pub(crate) fn signed_session_token(&self) -> String {
        let value = self.cookies()[SESSION_COOKIE].clone();
        value.replace("%2B", "+").replace("%2F", "/").replace("%3D", "=")
    }

    /// Sends a GET request with `Authorization: Bearer`.
    pub(crate) async fn get_with_bearer(&self, path: &str, token: &str) -> Response {
        let request = Request::get(path).header(AUTHORIZATION, format!("Bearer {token}"));
        self.send(request.body(Body::empty()).unwrap()).await
    }

    /// Returns a second client with the same cookies.
    pub(crate) fn duplicate(&self) -> Self {
        let copy = Self::new(self.router().clone());
        copy.cookies().clone_from(&self.cookies());
        copy
    }
}

/// Removes the outcomes `503 SERVICE_UNAVAILABLE`: on a busy machine, some of many parallel
/// requests time out in the queue for password hashing.
pub(crate) fn without_unavailable(mut outcomes: Vec<(u16, String)>) -> Vec<(u16, String)> {
    outcomes.retain(|(status, code)| (*status, code.as_str()) != (503, "SERVICE_UNAVAILABLE"));
    outcomes
}

impl Response {
    /// Asserts status 200, and returns the JSON body.
    pub(crate) fn expect_ok(&self) -> Value {
        assert_eq!(self.status, StatusCode::OK, "{}", self.text);
        self.json()
    }

    /// Returns the status and the error code of the body.
    pub(crate) fn status_and_code(&self) -> (u16, String) {
        let body: Value = serde_json::from_str(&self.text).unwrap_or_default();
        (self.status.as_u16(), body["code"].as_str().unwrap_or_default().to_owned())
    }

    /// Asserts the status and the error code of the body.
    #[track_caller]
    pub(crate) fn assert_error(&self, status: u16, code: &str) {
        assert_eq!(self.status_and_code(), (status, code.to_owned()), "{}", self.text);
    }

    /// Returns the values of all `Set-Cookie` headers.
    pub(crate) fn set_cookies(&self) -> Vec<&str> {
        let lines = self.headers.get_all("set-cookie").iter();
        lines.map(|line| line.to_str().unwrap()).collect()
    }
}
