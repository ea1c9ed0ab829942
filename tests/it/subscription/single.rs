//! Server-sent events in the "single connection mode": one stream for all operations.

use axum::http::{Method, StatusCode};
use reqwest::{RequestBuilder, Response};
use serde_json::{Value, json};

use super::{BASE_URL, BOOKS, Library, cookie, stream::Stream};
use crate::it::support::{Client, eventually};

const TOKEN: &str = "x-graphql-event-stream-token";

/// A stream's token, and who uses it.
struct Single<'a> {
    library: &'a Library,
    cookie: String,
    token: String,
}

impl<'a> Single<'a> {
    async fn reserve(library: &'a Library, client: &Client) -> Self {
        let mut single = Self { library, cookie: cookie(client), token: String::new() };
        let reserved = single.put().await;
        assert_eq!(reserved.status(), StatusCode::CREATED);
        single.token = reserved.text().await.unwrap();
        single
    }

    fn request(&self, method: Method, query: &str) -> RequestBuilder {
        let url = format!("http://127.0.0.1:{}/graphql/stream{query}", self.library.port);
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let request = client.request(method, url).header("origin", BASE_URL);
        let request = request.header("cookie", &self.cookie);
        if self.token.is_empty() { request } else { request.header(TOKEN, &self.token) }
    }

    async fn put(&self) -> Response {
        self.request(Method::PUT, "").send().await.unwrap()
    }

    async fn open(&self) -> Stream {
        let accept = ("accept", "text/event-stream");
        let mut stream =
            Stream::open(self.request(Method::GET, "").header(accept.0, accept.1)).await;
        assert_eq!(stream.until(":\n\n").await, ":\n\n");
        stream
    }

    async fn begin(&self, id: &str, query: &str) -> Response {
        let body = json!({ "query": query, "extensions": { "operationId": id } });
        self.request(Method::POST, "").json(&body).send().await.unwrap()
    }

    async fn begun(&self, id: &str, query: &str) {
        assert_eq!(self.begin(id, query).await.status(), StatusCode::ACCEPTED);
    }

    async fn stop(&self, id: &str) -> StatusCode {
        let request = self.request(Method::DELETE, &format!("?operationId={id}"));
        request.send().await.unwrap().status()
    }
}

fn next(id: &str, payload: &Value) -> String {
    format!("event: next\ndata: {{\"id\":\"{id}\",\"payload\":{payload}}}\n\n")
}

fn complete(id: &str) -> String {
    format!("event: complete\ndata: {{\"id\":\"{id}\"}}\n\n")
}

async fn code(response: Response) -> (u16, String) {
    let status = response.status().as_u16();
    let body: Value = response.json().await.unwrap();
    (status, body["errors"][0]["extensions"]["code"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn all_operations_of_a_client_share_a_stream() {
    let library = Library::open().await;
    let ann = library.app.signed_in("ann").await;
    let single = Single::reserve(&library, &ann).await;
    let mut stream = single.open().await;
    let kinds = "subscription { bookChanged { kind } }";
    single.begun("a", kinds).await;
    single.begun("b", "{ me { name } }").await;
    let me = json!({ "data": { "me": { "name": "ann" } } });
    assert_eq!(stream.until("}}}}\n\n").await, next("b", &me));
    assert_eq!(stream.until("\n\n").await, complete("b"));

    let create = "mutation { createBook(input: { title: \"Emma\", authorIds: [] }) { title } }";
    single.begun("c", create).await;
    let created = json!({ "data": { "createBook": { "title": "Emma" } } });
    let kind = json!({ "data": { "bookChanged": { "kind": "CREATED" } } });
    let mut heard = Vec::new();
    for _ in 0..3 {
        heard.push(stream.until("\n\n").await);
    }
    for expected in [next("a", &kind), next("c", &created), complete("c")] {
        assert!(heard.contains(&expected), "{expected} in {heard:?}");
    }

    assert_eq!(single.stop("a").await, StatusCode::OK);
    ann.create_book("Persuasion").await;
    single.begun("d", "{ __typename }").await;
    let typename = json!({ "data": { "__typename": "Query" } });
    assert_eq!(stream.until("\n\n").await, next("d", &typename));
}

#[tokio::test]
async fn what_is_wrong_with_an_operation_its_own_request_is_told() {
    let library = Library::open_with(&["--graphql-subscriptions-per-socket=1"]).await;
    let ann = library.app.signed_in("ann").await;
    let single = Single::reserve(&library, &ann).await;
    let invalid = single.begin("a", "subscription { nothing }").await;
    assert_eq!(code(invalid).await, (400, "GRAPHQL_VALIDATION_FAILED".to_owned()));
    assert_eq!(code(single.begin("", BOOKS).await).await, (400, "BAD_REQUEST".to_owned()));
    let text = single.request(Method::POST, "").header("content-type", "text/plain").body("{}");
    let text = text.send().await.unwrap();
    assert_eq!(code(text).await, (415, "UNSUPPORTED_MEDIA_TYPE".to_owned()));

    // A reservation suffices.
    single.begun("a", BOOKS).await;
    assert_eq!(code(single.begin("a", BOOKS).await).await, (409, "CONFLICT".to_owned()));
    assert_eq!(code(single.begin("b", BOOKS).await).await, (400, "RATE_LIMITED".to_owned()));
    let _stream = single.open().await;
    let again = single.request(Method::GET, "").send().await.unwrap();
    assert_eq!(code(again).await, (409, "CONFLICT".to_owned()));
    let patch = single.request(Method::PATCH, "").send().await.unwrap();
    assert_eq!(patch.headers()["allow"], "GET, POST, PUT, DELETE");
    assert_eq!(code(patch).await, (405, "METHOD_NOT_ALLOWED".to_owned()));
}

#[tokio::test]
async fn a_token_counts_for_who_reserved_the_stream_and_as_long_as_it_is_there() {
    let library = Library::open_with(&["--graphql-subscriptions-init-timeout=60"]).await;
    let (ann, bob) = (library.app.signed_in("ann").await, library.app.signed_in("bob").await);
    let anns = Single::reserve(&library, &ann).await;
    let not_found = (404, "NOT_FOUND".to_owned());
    for thief in [cookie(&bob), String::new()] {
        let stolen = Single { library: &library, cookie: thief, token: anns.token.clone() };
        let open = stolen.request(Method::GET, "").send().await.unwrap();
        assert_eq!(code(open).await, not_found);
        assert_eq!(code(stolen.begin("a", BOOKS).await).await, not_found);
        assert_eq!(stolen.stop("a").await, StatusCode::NOT_FOUND);
    }
    let mut foreign = anns.request(Method::PUT, "").build().unwrap();
    foreign.headers_mut().insert("origin", "https://evil.example".parse().unwrap());
    let foreign = reqwest::Client::builder().no_proxy().build().unwrap().execute(foreign).await;
    assert_eq!(code(foreign.unwrap()).await, (403, "INVALID_ORIGIN".to_owned()));
    // `EventSource` sends no headers of one's own.
    let mut page = Single { library: &library, cookie: cookie(&ann), token: String::new() };
    let request = page.request(Method::GET, &format!("?token={}", anns.token));
    let stream = Stream::open(request).await;
    page.token.clone_from(&anns.token);
    page.begun("a", BOOKS).await;

    drop(stream);
    eventually("a forgotten token", async || {
        (page.stop("a").await == StatusCode::NOT_FOUND).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_reservation_takes_a_seat_until_it_is_forgotten() {
    let flags = ["--graphql-subscriptions-per-user=1", "--graphql-subscriptions-init-timeout=1"];
    let library = Library::open_with(&flags).await;
    let ann = library.app.signed_in("ann").await;
    let single = Single::reserve(&library, &ann).await;
    assert_eq!(code(single.put().await).await, (429, "RATE_LIMITED".to_owned()));
    eventually("a free seat", async || {
        (single.put().await.status() == StatusCode::CREATED).then_some(())
    })
    .await;
    assert_eq!(single.stop("a").await, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_stream_ends_with_its_session_and_each_operation_is_told() {
    let library = Library::open().await;
    let ann = library.app.signed_in("ann").await;
    let single = Single::reserve(&library, &ann).await;
    let stream = single.open().await;
    for id in ["a", "b"] {
        single.begun(id, BOOKS).await;
    }

    ann.post("/api/auth/sign-out", json!({})).await.ok();

    let text = stream.rest().await;
    for id in ["a", "b"] {
        assert!(text.contains(&complete(id)), "{text}");
    }
    assert_eq!(text.matches("UNAUTHENTICATED").count(), 2, "{text}");
}
