//! Subscriptions over HTTP: server-sent events and Apollo's multipart protocol.

use axum::http::StatusCode;
use reqwest::{RequestBuilder, Response};
use serde_json::{Value, json};
use tokio::time::timeout;

use super::{BASE_URL, BOOKS, ServedApp, TIME_LIMIT, cookie};
use crate::it::support::eventually;

const EVENTS: &str = "text/event-stream";
const PARTS: &str = "multipart/mixed;boundary=graphql;subscriptionSpec=1.0,application/json";
/// The `Accept` header of urql.
const URQL: &str = "application/graphql-response+json, application/graphql+json, \
                    application/json, text/event-stream, multipart/mixed";

/// A streaming response.
struct Stream {
    response: Response,
    text: String,
}

impl Stream {
    /// Sends a request, and asserts status 200.
    async fn open(request: RequestBuilder) -> Self {
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        Self { response, text: String::new() }
    }

    /// Returns the content type.
    fn content_type(&self) -> &str {
        self.response.headers()["content-type"].to_str().unwrap()
    }

    /// Reads until `end`, and returns the text up to it.
    async fn read_until(&mut self, end: &str) -> String {
        loop {
            if let Some(at) = self.text.find(end) {
                let read_to_end = self.text.split_off(at + end.len());
                return std::mem::replace(&mut self.text, read_to_end);
            }
            let chunk =
                timeout(TIME_LIMIT, self.response.chunk()).await.expect("nothing was received");
            let chunk =
                chunk.unwrap().unwrap_or_else(|| panic!("the stream ended after {}", self.text));
            self.text.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }

    /// Reads until the stream ends.
    async fn read_to_end(mut self) -> String {
        while let Some(chunk) = timeout(TIME_LIMIT, self.response.chunk())
            .await
            .expect("the stream does not end")
            .unwrap()
        {
            self.text.push_str(std::str::from_utf8(&chunk).unwrap());
        }
        self.text
    }
}

/// Creates a request with this `Accept` header.
fn post(served: &ServedApp, accept: &str, query: &str) -> RequestBuilder {
    let url = format!("http://127.0.0.1:{}/graphql", served.port);
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    client.post(url).header("accept", accept).json(&json!({ "query": query }))
}

/// Returns the event of a created book.
fn created(title: &str, id: &str) -> Value {
    let book = json!({ "id": id, "title": title });
    let change = json!({ "kind": "CREATED", "book": book, "actor": { "name": "ann" } });
    json!({ "data": { "bookChanged": change } })
}

#[tokio::test]
async fn server_sent_events_deliver_changes() {
    let served = ServedApp::open().await;
    let ann = served.app.signed_in("ann").await;
    for accept in [EVENTS, URQL] {
        let mut stream = Stream::open(post(&served, accept, BOOKS)).await;
        assert_eq!(stream.content_type(), "text/event-stream; charset=utf-8");
        stream.read_until(":\n\n").await;

        for title in ["Emma", "Persuasion"] {
            let id = ann.create_book(title).await;
            let event = format!("event: next\ndata: {}\n\n", created(title, &id));
            assert_eq!(stream.read_until("\n\n").await, event);
        }
    }
}

#[tokio::test]
async fn events_can_be_requested_by_get() {
    let served = ServedApp::open().await;
    let ann = served.app.signed_in("ann").await;
    let mut url: reqwest::Url =
        format!("http://127.0.0.1:{}/graphql", served.port).parse().unwrap();
    url.query_pairs_mut().append_pair("query", "subscription { bookChanged { kind } }");
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let mut stream = Stream::open(client.get(url).header("accept", EVENTS)).await;
    stream.read_until(":\n\n").await;

    ann.create_book("Emma").await;

    let expected = json!({ "data": { "bookChanged": { "kind": "CREATED" } } });
    assert_eq!(stream.read_until("\n\n").await, format!("event: next\ndata: {expected}\n\n"));
}

#[tokio::test]
async fn multipart_delivers_changes_and_heartbeats() {
    let served = ServedApp::open_with(&["--graphql-subscriptions-keep-alive", "1"]).await;
    let ann = served.app.signed_in("ann").await;
    let mut stream = Stream::open(post(&served, PARTS, BOOKS)).await;
    assert_eq!(stream.content_type(), "multipart/mixed; boundary=graphql; subscriptionSpec=1.0");
    let head = "\r\nContent-Type: application/json\r\n\r\n";
    let heartbeat = format!("{head}{{}}\r\n--graphql");
    assert_eq!(stream.read_until("--graphql").await, "--graphql");
    for _ in 0..2 {
        assert_eq!(stream.read_until("--graphql").await, heartbeat);
    }

    let id = ann.create_book("Emma").await;

    let part = loop {
        match stream.read_until("--graphql").await {
            part if part == heartbeat => {}
            part => break part,
        }
    };
    let payload = format!("{{\"payload\":{}}}", created("Emma", &id));
    assert_eq!(part, format!("{head}{payload}\r\n--graphql"));
}

#[tokio::test]
async fn a_stream_reports_the_end_of_its_session() {
    let served = ServedApp::open().await;
    for (accept, begin, end) in [
        (
            EVENTS,
            "event: next\ndata: {\"errors\":[{\"message\":\"you are not signed in\"",
            "event: complete\ndata:\n\n",
        ),
        (
            PARTS,
            "{\"payload\":null,\"errors\":[{\"message\":\"you are not signed in\"",
            "--graphql--\r\n",
        ),
    ] {
        let ann = served.app.anonymous();
        ann.sign_up(if accept == EVENTS { "ann" } else { "bob" }).await;
        let request = post(&served, accept, BOOKS).header("cookie", cookie(&ann));
        let stream = Stream::open(request.header("origin", BASE_URL)).await;
        ann.post("/api/auth/sign-out", json!({})).await.expect_ok();

        let text = stream.read_to_end().await;
        assert!(text.contains(begin) && text.contains("UNAUTHENTICATED"), "{text}");
        assert!(text.ends_with(end), "{text}");
    }
}

#[tokio::test]
async fn a_client_that_accepts_only_events_gets_queries_as_events() {
    let served = ServedApp::open().await;
    for (query, expected) in [
        ("{ me { name } }", "{\"data\":{\"me\":null}}"),
        ("{ nothing }", "{\"errors\":["),
        ("subscription { bookChanged { nothing } }", "{\"errors\":["),
    ] {
        let stream = Stream::open(post(&served, EVENTS, query)).await;
        assert!(stream.content_type().starts_with(EVENTS));
        let text = stream.read_to_end().await;
        assert!(text.starts_with(&format!("event: next\ndata: {expected}")), "{text}");
        assert!(text.ends_with("\n\nevent: complete\ndata:\n\n"), "{text}");
    }
    // Request errors are not events.
    let refused = post(&served, EVENTS, "").send().await.unwrap();
    assert_eq!(refused.status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn other_clients_get_queries_as_json() {
    let served = ServedApp::open().await;
    for (accept, content) in
        [(URQL, "application/graphql-response+json"), (PARTS, "application/json")]
    {
        let expected = post(&served, accept, "{ me { name } }").send().await.unwrap();
        let found = expected.headers()["content-type"].to_str().unwrap().to_owned();
        assert!(found.starts_with(content), "{found}");
        assert_eq!(expected.text().await.unwrap(), "{\"data\":{\"me\":null}}");
    }
}

#[tokio::test]
async fn a_subscription_requires_an_accepted_stream() {
    let served = ServedApp::open().await;
    for accept in ["application/json", "*/*", "application/graphql-response+json"] {
        let refused = post(&served, accept, BOOKS).send().await.unwrap();
        assert_eq!(refused.status(), StatusCode::NOT_ACCEPTABLE);
        let body: Value = refused.json().await.unwrap();
        assert_eq!(body["errors"][0]["extensions"]["code"], "NOT_ACCEPTABLE", "{body}");
    }
    // A subscription is refused in a batch.
    let url = format!("http://127.0.0.1:{}/graphql", served.port);
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let batch = json!([{ "query": BOOKS }, { "query": "{ me { id } }" }]);
    let expected = client.post(url).header("accept", URQL).json(&batch).send().await.unwrap();
    let body: Value = expected.json().await.unwrap();
    assert_eq!(body[0]["errors"][0]["extensions"]["code"], "NOT_ACCEPTABLE", "{body}");
    assert_eq!(body[1]["data"]["me"], json!(null));
}

#[tokio::test]
async fn streams_count_towards_the_limits_of_sockets() {
    let flags = ["--graphql-subscriptions-per-address=3", "--graphql-subscriptions-per-user=1"];
    let served = ServedApp::open_with(&flags).await;
    let ann = served.app.signed_in("ann").await;
    let anns = || {
        let request = post(&served, EVENTS, BOOKS).header("origin", BASE_URL);
        request.header("cookie", cookie(&ann))
    };
    let first = Stream::open(anns()).await;
    let refused = anns().send().await.unwrap();
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    let _others = (served.anonymous_socket().await, served.anonymous_socket().await);
    let refused = post(&served, EVENTS, BOOKS).send().await.unwrap();
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);

    drop(first);
    eventually("a released connection", async || {
        let again = anns().send().await.unwrap();
        (again.status() == StatusCode::OK).then_some(())
    })
    .await;
}
