//! A client that sends requests to the router in this process, and stores cookies.

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

/// A client of the router with its cookies.
pub(crate) struct Client {
    router: Router,
    cookies: Mutex<BTreeMap<String, String>>,
    /// The peer address of its connections.
    address: Option<IpAddr>,
}

/// A response whose body was read to its end.
#[derive(Clone, Debug)]
pub(crate) struct Response {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Client {
    /// Creates a client without cookies.
    pub(crate) fn new(router: Router) -> Self {
        Self { router, cookies: Mutex::default(), address: None }
    }

    /// Sets the peer address of the client's connections.
    pub(crate) fn at_address(self, address: &str) -> Self {
        Self { address: Some(address.parse().unwrap()), ..self }
    }

    /// Returns the router that answers the requests.
    pub(crate) fn router(&self) -> &Router {
        &self.router
    }

    /// Returns the cookies by name, for reading and writing.
    pub(crate) fn cookies(&self) -> MutexGuard<'_, BTreeMap<String, String>> {
        self.cookies.lock().unwrap()
    }

    /// Sends a request with the cookies, and stores the cookies of the response.
    pub(crate) async fn send(&self, mut request: Request<Body>) -> Response {
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
            self.store(cookie.to_str().unwrap());
        }
        let bytes = to_bytes(body, usize::MAX).await.unwrap();
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        Response { status: parts.status, headers: parts.headers, text }
    }

    /// Applies a `Set-Cookie` header.
    fn store(&self, cookie: &str) {
        let (pair, attributes) = cookie.split_once(';').unwrap_or((cookie, ""));
        let (name, value) = pair.split_once('=').unwrap();
        if attributes.contains("Max-Age=0") {
            self.cookies().remove(name);
        } else {
            self.cookies().insert(name.to_owned(), value.to_owned());
        }
    }

    /// Returns whether no session cookie is stored. The cookie of the known device may remain.
    pub(crate) fn has_no_session(&self) -> bool {
        self.cookies().keys().all(|name| name.ends_with(".known_device"))
    }

    /// Sends a GET request.
    pub(crate) async fn get(&self, path: &str) -> Response {
        self.send(Request::get(path).body(Body::empty()).unwrap()).await
    }

    /// Posts JSON with the `Origin` of the server, as its own pages do.
    pub(crate) async fn post(&self, path: &str, body: Value) -> Response {
        let request = Request::post(path)
            .header(CONTENT_TYPE, "application/json")
            .header(ORIGIN, BASE_URL)
            .body(Body::from(body.to_string()));
        self.send(request.unwrap()).await
    }

    /// Posts JSON without an `Origin`, with additional headers.
    pub(crate) async fn post_with_headers(
        &self,
        path: &str,
        headers: &[(&str, &str)],
        body: Value,
    ) -> Response {
        let request = Request::post(path).header(CONTENT_TYPE, "application/json");
        let request =
            headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        self.send(request.body(Body::from(body.to_string())).unwrap()).await
    }

    /// Executes a GraphQL document with variables.
    pub(crate) async fn graphql(&self, query: &str, variables: Value) -> Response {
        self.post("/graphql", json!({ "query": query, "variables": variables })).await
    }

    /// Executes a GraphQL document without variables.
    pub(crate) async fn query(&self, query: &str) -> Response {
        self.graphql(query, json!({})).await
    }

    /// Signs up as `name` with the address `{name}@example.com`.
    pub(crate) async fn sign_up(&self, name: &str) -> Response {
        let email = format!("{name}@example.com");
        let body = json!({ "name": name, "email": email, "password": PASSWORD });
        let response = self.post("/api/auth/sign-up/email", body).await;
        assert_eq!(response.status, StatusCode::OK, "{}", response.text);
        response
    }

    /// Returns the id of the signed-in user.
    pub(crate) async fn user_id(&self) -> String {
        self.query("{ me { id } }").await.data()["me"]["id"].as_str().unwrap().to_owned()
    }

    /// Creates a book without authors, and returns its id.
    pub(crate) async fn create_book(&self, title: &str) -> String {
        self.create("createBook", "CreateBookInput", json!({ "title": title, "authorIds": [] }))
            .await
    }

    /// Creates an author, and returns its id.
    pub(crate) async fn create_author(&self, name: &str) -> String {
        self.create("createAuthor", "CreateAuthorInput", json!({ "name": name })).await
    }

    /// Executes a mutation, and returns the id of its row.
    async fn create(&self, mutation: &str, input_type: &str, input: Value) -> String {
        let query =
            format!("mutation($input: {input_type}!) {{ {mutation}(input: $input) {{ id }} }}");
        let response = self.graphql(&query, json!({ "input": input })).await;
        response.data()[mutation]["id"].as_str().unwrap().to_owned()
    }
}

impl Response {
    /// Parses the body as JSON.
    pub(crate) fn json(&self) -> Value {
        let json: Value =
            serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("no JSON: {}", self.text));
        // Lines of error locations begin at 1; an error without a location has no line.
        assert!(!self.text.contains("\"line\":0,"), "{json}");
        json
    }

    /// Asserts that the body has no GraphQL errors, and returns its data.
    pub(crate) fn data(&self) -> Value {
        let json = self.json();
        assert!(json.get("errors").is_none(), "{json}");
        json["data"].clone()
    }

    /// Asserts that the body has one GraphQL error, and returns it.
    pub(crate) fn error(&self) -> Value {
        let json = self.json();
        let errors = json["errors"].as_array().unwrap_or_else(|| panic!("no errors: {json}"));
        assert_eq!(errors.len(), 1, "{json}");
        errors[0].clone()
    }

    /// Returns the code of the only GraphQL error.
    pub(crate) fn error_code(&self) -> String {
        self.error()["extensions"]["code"].as_str().unwrap_or_default().to_owned()
    }

    /// Returns `extensions.fields` of the only GraphQL error: messages by input field.
    pub(crate) fn error_fields(&self) -> Value {
        self.error()["extensions"]["fields"].clone()
    }

    /// Returns the message of the only GraphQL error.
    pub(crate) fn error_message(&self) -> String {
        self.error()["message"].as_str().unwrap_or_default().to_owned()
    }

    /// Returns the value of a header, or an empty string.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}
