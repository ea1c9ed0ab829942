//! A browser that keeps cookies as RFC 6265 says: for each host and domain, and sends all
//! that fit, those of longer paths first, then older ones first.

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

use super::{Answer, PASSWORD, TestApp};

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
    /// What a `Set-Cookie` line of a page at `url` says, if browsers take it; and whether
    /// the cookie has ended.
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
        let mut has_ended = false;
        for attribute in parts {
            match attribute.split_once('=').unwrap_or((attribute, "")) {
                ("Domain", domain) => {
                    domain.clone_into(&mut cookie.domain);
                    cookie.is_host_only = false;
                }
                ("Path", path) => path.clone_into(&mut cookie.path),
                ("Secure", _) => cookie.is_secure = true,
                ("Max-Age", age) => has_ended = age == "0",
                _ => {}
            }
        }
        let is_https = url.scheme() == "https";
        let is_taken = is_within(host, &cookie.domain)
            && (is_https || !cookie.is_secure)
            && (cookie.is_secure || !name.starts_with("__Secure-"));
        is_taken.then_some((cookie, has_ended))
    }

    /// The line that sets it.
    fn line(&self) -> String {
        let Self { name, value, domain, is_host_only, path, is_secure } = self;
        let domain = if *is_host_only { String::new() } else { format!("; Domain={domain}") };
        let secure = if *is_secure { "; Secure" } else { "" };
        format!("{name}={value}{domain}; Path={path}{secure}")
    }

    fn is_sent_to(&self, url: &Url) -> bool {
        let host = url.host_str().unwrap();
        let is_host =
            if self.is_host_only { host == self.domain } else { is_within(host, &self.domain) };
        is_host
            && url.path().starts_with(&self.path)
            && (url.scheme() == "https" || !self.is_secure)
    }

    fn is_the_same(&self, other: &Self) -> bool {
        let key =
            |it: &Self| (it.name.clone(), it.domain.clone(), it.is_host_only, it.path.clone());
        key(self) == key(other)
    }
}

fn is_within(host: &str, domain: &str) -> bool {
    host == domain || host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'))
}

/// Its cookies, the oldest first.
#[derive(Default)]
pub(crate) struct Browser(Mutex<Vec<Cookie>>);

impl Browser {
    /// The cookies that it holds under names that end so.
    pub(crate) fn held(&self, name: &str) -> Vec<Cookie> {
        let cookies = self.0.lock().unwrap();
        cookies.iter().filter(|cookie| cookie.name.ends_with(name)).cloned().collect()
    }

    /// Whether it holds no cookie of a session; the device stays known.
    pub(crate) fn holds_no_session(&self) -> bool {
        self.0.lock().unwrap().iter().all(|cookie| cookie.name.ends_with(".known_device"))
    }

    /// Takes over the cookies of another browser, as younger ones.
    pub(crate) fn take(&self, other: &Self, url: &str) {
        for cookie in other.held("") {
            self.keep(&cookie.line(), url);
        }
    }

    /// Keeps a cookie that a page at `url` sets.
    fn keep(&self, line: &str, url: &str) {
        let Some((cookie, has_ended)) = Cookie::parse(line, &Url::parse(url).unwrap()) else {
            return;
        };
        let mut cookies = self.0.lock().unwrap();
        let place = cookies.iter().position(|held| held.is_the_same(&cookie));
        match (place, has_ended) {
            (Some(place), true) => drop(cookies.remove(place)),
            // It stays as old as it was.
            (Some(place), false) => cookies[place] = cookie,
            (None, true) => {}
            (None, false) => cookies.push(cookie),
        }
    }

    /// The header `Cookie` of a request to `url`.
    pub(crate) fn header(&self, url: &str) -> String {
        let url = Url::parse(url).unwrap();
        let cookies = self.0.lock().unwrap();
        let mut sent: Vec<_> = cookies.iter().filter(|cookie| cookie.is_sent_to(&url)).collect();
        sent.sort_by_key(|cookie| std::cmp::Reverse(cookie.path.len()));
        let pairs: Vec<_> =
            sent.iter().map(|cookie| format!("{}={}", cookie.name, cookie.value)).collect();
        pairs.join("; ")
    }

    async fn send(&self, app: &TestApp, base: &str, path: &str, body: Option<Value>) -> Answer {
        let url = format!("{base}{path}");
        let request = match &body {
            Some(_) => Request::post(path).header(CONTENT_TYPE, "application/json"),
            None => Request::get(path),
        };
        let mut request = request.header(ORIGIN, base);
        let cookies = self.header(&url);
        if !cookies.is_empty() {
            request = request.header(COOKIE, cookies);
        }
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        let response = app.app.router().oneshot(request.body(body).unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        for line in parts.headers.get_all(SET_COOKIE) {
            self.keep(line.to_str().unwrap(), &url);
        }
        let text = to_bytes(body, usize::MAX).await.unwrap();
        let text = String::from_utf8(text.to_vec()).unwrap();
        Answer { status: parts.status, headers: parts.headers, text }
    }

    /// Asks a route of the authentication at `base`.
    pub(crate) async fn get_auth(&self, app: &TestApp, base: &str, route: &str) -> Answer {
        self.send(app, base, &format!("/api/auth/{route}"), None).await
    }

    /// Posts to a route of the authentication at `base`.
    pub(crate) async fn post_auth(
        &self,
        app: &TestApp,
        base: &str,
        route: &str,
        body: Value,
    ) -> Answer {
        self.send(app, base, &format!("/api/auth/{route}"), Some(body)).await
    }

    pub(crate) async fn sign_in(&self, app: &TestApp, base: &str, name: &str) {
        let body = json!({ "email": format!("{name}@example.com"), "password": PASSWORD });
        self.post_auth(app, base, "sign-in/email", body).await.ok();
    }

    pub(crate) async fn sign_out(&self, app: &TestApp, base: &str) {
        self.post_auth(app, base, "sign-out", json!({})).await.ok();
    }

    /// The name of who is signed in, by GraphQL.
    pub(crate) async fn me(&self, app: &TestApp, base: &str) -> Option<String> {
        let body = json!({ "query": "{ me { name } }" });
        let answer = self.send(app, base, "/graphql", Some(body)).await;
        answer.data()["me"]["name"].as_str().map(str::to_owned)
    }

    /// The name of who is signed in, by `get-session`.
    pub(crate) async fn user(&self, app: &TestApp, base: &str) -> Option<String> {
        let session = self.get_auth(app, base, "get-session").await.ok();
        session["user"]["name"].as_str().map(str::to_owned)
    }
}
