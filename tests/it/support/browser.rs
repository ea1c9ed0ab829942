//! A client that stores cookies per host and domain, as browsers do.
//!
//! Source: RFC 6265. It sends all matching cookies: longer paths first, then older cookies first.

use std::sync::Mutex;

use axum::{
    body::{Body, to_bytes},
    http::{
        Request,
        header::{CONTENT_TYPE, COOKIE, ORIGIN, SET_COOKIE},
    },
};
use serde_json::{Value, json};
use tower::ServiceExt;
use url::Url;

use super::{PASSWORD, Response, TestApp};

/// A stored cookie with the attributes that decide where it is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cookie {
    pub(crate) name: String,
    pub(crate) value: String,
    domain: String,
    is_host_only: bool,
    path: String,
    is_secure: bool,
}

impl Cookie {
    /// Parses a `Set-Cookie` header of a response from `url`. Returns the cookie and whether it is
    /// expired, or `None` if browsers reject it.
    fn parse(line: &str, url: &Url) -> Option<(Self, bool)> {
        let host = url.host_str().unwrap();
        let mut parts = line.split("; ");
        let (name, value) = parts.next().unwrap().split_once('=').unwrap();
        let mut cookie = Self {
            name: name.to_owned(),
            value: value.to_owned(),
            domain: host.to_owned(),
            is_host_only: true,
            path: "/".to_owned(),
            is_secure: false,
        };
        let mut is_expired = false;
        for attribute in parts {
            match attribute.split_once('=').unwrap_or((attribute, "")) {
                ("Domain", domain) => {
                    domain.clone_into(&mut cookie.domain);
                    cookie.is_host_only = false;
                }
                ("Path", path) => path.clone_into(&mut cookie.path),
                ("Secure", _) => cookie.is_secure = true,
                ("Max-Age", age) => is_expired = age == "0",
                _ => {}
            }
        }
        let is_https = url.scheme() == "https";
        let is_accepted = is_within(host, &cookie.domain)
            && (is_https || !cookie.is_secure)
            && (cookie.is_secure || !name.starts_with("__Secure-"));
        is_accepted.then_some((cookie, is_expired))
    }

    /// Returns the `Set-Cookie` header that sets this cookie.
    fn set_cookie_header(&self) -> String {
        let Self { name, value, domain, is_host_only, path, is_secure } = self;
        let domain = if *is_host_only { String::new() } else { format!("; Domain={domain}") };
        let secure = if *is_secure { "; Secure" } else { "" };
        format!("{name}={value}{domain}; Path={path}{secure}")
    }

    /// Returns whether a browser sends the cookie to `url`.
    fn is_sent_to(&self, url: &Url) -> bool {
        let host = url.host_str().unwrap();
        let is_host =
            if self.is_host_only { host == self.domain } else { is_within(host, &self.domain) };
        is_host
            && url.path().starts_with(&self.path)
            && (url.scheme() == "https" || !self.is_secure)
    }

    /// Returns whether both cookies have the same key: name, domain and path.
    fn has_same_key(&self, other: &Self) -> bool {
        let key = |cookie: &Self| {
            let Self { name, domain, is_host_only, path, .. } = cookie;
            (name.clone(), domain.clone(), *is_host_only, path.clone())
        };
        key(self) == key(other)
    }
}

/// Returns whether `host` is `domain` or one of its subdomains.
fn is_within(host: &str, domain: &str) -> bool {
    host == domain || host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'))
}

/// A browser: a list of cookies, the oldest first.
#[derive(Default)]
pub(crate) struct Browser(Mutex<Vec<Cookie>>);

impl Browser {
    /// Returns the stored cookies whose name ends with `suffix`.
    pub(crate) fn cookies(&self, suffix: &str) -> Vec<Cookie> {
        let cookies = self.0.lock().unwrap();
        cookies.iter().filter(|cookie| cookie.name.ends_with(suffix)).cloned().collect()
    }

    /// Returns whether no session cookie is stored. The cookie of the known device may remain.
    pub(crate) fn has_no_session(&self) -> bool {
        self.0.lock().unwrap().iter().all(|cookie| cookie.name.ends_with(".known_device"))
    }

    /// Adds the cookies of another browser after the own ones.
    pub(crate) fn add_cookies_of(&self, other: &Self, url: &str) {
        for cookie in other.cookies("") {
            self.store(&cookie.set_cookie_header(), url);
        }
    }

    /// Applies a `Set-Cookie` header of a response from `url`.
    fn store(&self, header: &str, url: &str) {
        let Some((cookie, is_expired)) = Cookie::parse(header, &Url::parse(url).unwrap()) else {
            return;
        };
        let mut cookies = self.0.lock().unwrap();
        let index = cookies.iter().position(|stored| stored.has_same_key(&cookie));
        match (index, is_expired) {
            (Some(index), true) => drop(cookies.remove(index)),
            // A replaced cookie keeps its position in the order.
            (Some(index), false) => cookies[index] = cookie,
            (None, true) => {}
            (None, false) => cookies.push(cookie),
        }
    }

    /// Returns the `Cookie` header of a request to `url`.
    pub(crate) fn cookie_header(&self, url: &str) -> String {
        let url = Url::parse(url).unwrap();
        let cookies = self.0.lock().unwrap();
        let mut sent: Vec<_> = cookies.iter().filter(|cookie| cookie.is_sent_to(&url)).collect();
        sent.sort_by_key(|cookie| std::cmp::Reverse(cookie.path.len()));
        let pairs: Vec<_> =
            sent.iter().map(|cookie| format!("{}={}", cookie.name, cookie.value)).collect();
        pairs.join("; ")
    }

    /// Sends a request to `{base}{path}`, and stores the cookies of the response.
    async fn send(&self, app: &TestApp, base: &str, path: &str, body: Option<Value>) -> Response {
        let url = format!("{base}{path}");
        let request = match &body {
            Some(_) => Request::post(path).header(CONTENT_TYPE, "application/json"),
            None => Request::get(path),
        };
        let mut request = request.header(ORIGIN, base);
        let cookies = self.cookie_header(&url);
        if !cookies.is_empty() {
            request = request.header(COOKIE, cookies);
        }
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        let response = app.app.router().oneshot(request.body(body).unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        for line in parts.headers.get_all(SET_COOKIE) {
            self.store(line.to_str().unwrap(), &url);
        }
        let text = to_bytes(body, usize::MAX).await.unwrap();
        let text = String::from_utf8(text.to_vec()).unwrap();
        Response { status: parts.status, headers: parts.headers, text }
    }

    /// Sends a GET request to `{base}/api/auth/{route}`.
    pub(crate) async fn get_auth(&self, app: &TestApp, base: &str, route: &str) -> Response {
        self.send(app, base, &format!("/api/auth/{route}"), None).await
    }

    /// Posts JSON to `{base}/api/auth/{route}`.
    pub(crate) async fn post_auth(
        &self,
        app: &TestApp,
        base: &str,
        route: &str,
        body: Value,
    ) -> Response {
        self.send(app, base, &format!("/api/auth/{route}"), Some(body)).await
    }

    /// Signs in as `{name}@example.com`.
    pub(crate) async fn sign_in(&self, app: &TestApp, base: &str, name: &str) {
        let body = json!({ "email": format!("{name}@example.com"), "password": PASSWORD });
        self.post_auth(app, base, "sign-in/email", body).await.expect_ok();
    }

    /// Signs out.
    pub(crate) async fn sign_out(&self, app: &TestApp, base: &str) {
        self.post_auth(app, base, "sign-out", json!({})).await.expect_ok();
    }

    /// Returns the name of the signed-in user, read by GraphQL.
    pub(crate) async fn graphql_user_name(&self, app: &TestApp, base: &str) -> Option<String> {
        let body = json!({ "query": "{ me { name } }" });
        let response = self.send(app, base, "/graphql", Some(body)).await;
        response.data()["me"]["name"].as_str().map(str::to_owned)
    }

    /// Returns the name of the signed-in user, read by `get-session`.
    pub(crate) async fn session_user_name(&self, app: &TestApp, base: &str) -> Option<String> {
        let session = self.get_auth(app, base, "get-session").await.expect_ok();
        session["user"]["name"].as_str().map(str::to_owned)
    }
}
