//! A browser of sorts: sends requests through the router and keeps cookies.

use std::{
    collections::BTreeMap,
    net::{IpAddr, SocketAddr},
    sync::{Mutex, MutexGuard},
};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::ConnectInfo,
    http::{
        HeaderMap, Request, StatusCode,
        header::{CONTENT_TYPE, COOKIE, ORIGIN, SET_COOKIE},
    },
};
use serde_json::{Value, json};
use tower::ServiceExt;

use super::{BASE_URL, PASSWORD};

/// One client with its cookies.
pub(crate) struct Client {
    router: Router,
    cookies: Mutex<BTreeMap<String, String>>,
    /// The address of its connection, if there is one.
    address: Option<IpAddr>,
}

/// A response, read to its end.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Client {
    pub(crate) fn new(router: Router) -> Self {
        Self { router, cookies: Mutex::default(), address: None }
    }

    /// The same client, connected from an address.
    pub(crate) fn at(self, address: &str) -> Self {
        Self { address: Some(address.parse().unwrap()), ..self }
    }

    pub(crate) fn router(&self) -> &Router {
        &self.router
    }

    /// The cookies by name, to look at or to change.
    pub(crate) fn cookies(&self) -> MutexGuard<'_, BTreeMap<String, String>> {
        self.cookies.lock().unwrap()
    }

    /// Sends a request as it is, with the cookies, and keeps those of the answer.
    pub(crate) async fn send(&self, mut request: Request<Body>) -> Answer {
        let cookies: Vec<_> =
            self.cookies().iter().map(|(name, value)| format!("{name}={value}")).collect();
        if !cookies.is_empty() && !request.headers().contains_key(COOKIE) {
            request.headers_mut().insert(COOKIE, cookies.join("; ").parse().unwrap());
        }
        if let Some(address) = self.address {
            request.extensions_mut().insert(ConnectInfo(SocketAddr::new(address, 50_000)));
        }
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        for cookie in parts.headers.get_all(SET_COOKIE) {
            self.keep(cookie.to_str().unwrap());
        }
        let bytes = to_bytes(body, usize::MAX).await.unwrap();
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        Answer { status: parts.status, headers: parts.headers, text }
    }

    fn keep(&self, cookie: &str) {
        let (pair, attributes) = cookie.split_once(';').unwrap_or((cookie, ""));
        let (name, value) = pair.split_once('=').unwrap();
        if attributes.contains("Max-Age=0") {
            self.cookies().remove(name);
        } else {
            self.cookies().insert(name.to_owned(), value.to_owned());
        }
    }

    /// Whether it holds no cookie but that of a known device, which stays.
    pub(crate) fn holds_no_session(&self) -> bool {
        self.cookies().keys().all(|name| name.ends_with(".known_device"))
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path).body(Body::empty()).unwrap()).await
    }

    /// Posts JSON as a page of the server's own origin does.
    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        let request = Request::post(path)
            .header(CONTENT_TYPE, "application/json")
            .header(ORIGIN, BASE_URL)
            .body(Body::from(body.to_string()));
        self.send(request.unwrap()).await
    }

    /// Posts JSON as a program does, under further headers.
    pub(crate) async fn post_with(
        &self,
        path: &str,
        headers: &[(&str, &str)],
        body: Value,
    ) -> Answer {
        let request = Request::post(path).header(CONTENT_TYPE, "application/json");
        let request =
            headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        self.send(request.body(Body::from(body.to_string())).unwrap()).await
    }

    pub(crate) async fn graphql(&self, query: &str, variables: Value) -> Answer {
        self.post("/graphql", json!({ "query": query, "variables": variables })).await
    }

    pub(crate) async fn query(&self, query: &str) -> Answer {
        self.graphql(query, json!({})).await
    }

    /// A new user called `name`, with the address `name@example.com`.
    pub(crate) async fn sign_up(&self, name: &str) -> Answer {
        let email = format!("{name}@example.com");
        let body = json!({ "name": name, "email": email, "password": PASSWORD });
        let answer = self.post("/api/auth/sign-up/email", body).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        answer
    }

    /// The id of the user who is signed in.
    pub(crate) async fn id(&self) -> String {
        self.query("{ me { id } }").await.data()["me"]["id"].as_str().unwrap().to_owned()
    }

    /// Adds a book without authors; returns its id.
    pub(crate) async fn create_book(&self, title: &str) -> String {
        self.create("createBook", "CreateBookInput", json!({ "title": title, "authorIds": [] }))
            .await
    }

    /// Adds an author; returns their id.
    pub(crate) async fn create_author(&self, name: &str) -> String {
        self.create("createAuthor", "CreateAuthorInput", json!({ "name": name })).await
    }

    async fn create(&self, mutation: &str, input_type: &str, input: Value) -> String {
        let query =
            format!("mutation($input: {input_type}!) {{ {mutation}(input: $input) {{ id }} }}");
        let answer = self.graphql(&query, json!({ "input": input })).await;
        answer.data()[mutation]["id"].as_str().unwrap().to_owned()
    }
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        let json: Value =
            serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("no JSON: {}", self.text));
        // An error is at a place of the document, or at none.
        assert!(!self.text.contains("\"line\":0,"), "{json}");
        json
    }

    /// The data of an answer without errors.
    pub(crate) fn data(&self) -> Value {
        let json = self.json();
        assert!(json.get("errors").is_none(), "{json}");
        json["data"].clone()
    }

    /// The only error.
    pub(crate) fn error(&self) -> Value {
        let json = self.json();
        let errors = json["errors"].as_array().unwrap_or_else(|| panic!("no errors: {json}"));
        assert_eq!(errors.len(), 1, "{json}");
        errors[0].clone()
    }

    /// The only error's code.
    pub(crate) fn code(&self) -> String {
        self.error()["extensions"]["code"].as_str().unwrap_or_default().to_owned()
    }

    /// What the only error says of each failing field.
    pub(crate) fn fields(&self) -> Value {
        self.error()["extensions"]["fields"].clone()
    }

    /// The only error's message.
    pub(crate) fn message(&self) -> String {
        self.error()["message"].as_str().unwrap_or_default().to_owned()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}
