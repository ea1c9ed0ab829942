//! Subscriptions over plain HTTP: server-sent events and Apollo's parts of one body.

use axum::http::StatusCode;
use reqwest::{RequestBuilder, Response};
use serde_json::{Value, json};
use tokio::time::timeout;

use super::{BASE_URL, BOOKS, ServedApp, TIME_LIMIT, cookie};
use crate::it::support::eventually;

const EVENTS: &str = "text/event-stream";
const PARTS: &str = "multipart/mixed;boundary=graphql;subscriptionSpec=1.0,application/json";
/// What urql accepts for everything.
const URQL: &str = "application/graphql-response+json, application/graphql+json, \
                    application/json, text/event-stream, multipart/mixed";

/// A response that goes on.
struct Stream {
    response: Response,
    text: String,
}

impl Stream {
    async fn open(request: RequestBuilder) -> Self {
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        Self { response, text: String::new() }
    }

    fn content_type(&self) -> &str {
        self.response.headers()["content-type"].to_str().unwrap()
    }

    /// Reads until `end` has come; returns what came up to it.
    async fn until(&mut self, end: &str) -> String {
        loop {
            if let Some(at) = self.text.find(end) {
                let rest = self.text.split_off(at + end.len());
                return std::mem::replace(&mut self.text, rest);
            }
            let chunk = timeout(TIME_LIMIT, self.response.chunk()).await.expect("nothing came");
            let chunk = chunk.unwrap().unwrap_or_else(|| panic!("the end, after {}", self.text));
            self.text.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }

    /// Reads to the end.
    async fn rest(mut self) -> String {
        while let Some(chunk) =
            timeout(TIME_LIMIT, self.response.chunk()).await.expect("it goes on").unwrap()
        {
            self.text.push_str(std::str::from_utf8(&chunk).unwrap());
        }
        self.text
    }
}

fn post(served: &ServedApp, accept: &str, query: &str) -> RequestBuilder {
    let url = format!("http://127.0.0.1:{}/graphql", served.port);
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    client.post(url).header("accept", accept).json(&json!({ "query": query }))
}

fn created(title: &str, id: &str) -> Value {
    let book = json!({ "id": id, "title": title });
    let change = json!({ "kind": "CREATED", "book": book, "actor": { "name": "ann" } });
    json!({ "data": { "bookChanged": change } })
}

#[tokio::test]
async fn events_are_sent_as_changes_happen() {
    let served = ServedApp::open().await;
    let ann = served.app.signed_in("ann").await;
    for accept in [EVENTS, URQL] {
        let mut stream = Stream::open(post(&served, accept, BOOKS)).await;
        assert_eq!(stream.content_type(), "text/event-stream; charset=utf-8");
        stream.until(":\n\n").await;

        for title in ["Emma", "Persuasion"] {
            let id = ann.create_book(title).await;
            let event = format!("event: next\ndata: {}\n\n", created(title, &id));
            assert_eq!(stream.until("\n\n").await, event);
        }
    }
}

#[tokio::test]
async fn a_page_may_ask_for_events_by_get() {
    let served = ServedApp::open().await;
    let ann = served.app.signed_in("ann").await;
    let mut url: reqwest::Url =
        format!("http://127.0.0.1:{}/graphql", served.port).parse().unwrap();
    url.query_pairs_mut().append_pair("query", "subscription { bookChanged { kind } }");
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let mut stream = Stream::open(client.get(url).header("accept", EVENTS)).await;
    stream.until(":\n\n").await;

    ann.create_book("Emma").await;

    let answer = json!({ "data": { "bookChanged": { "kind": "CREATED" } } });
    assert_eq!(stream.until("\n\n").await, format!("event: next\ndata: {answer}\n\n"));
}

#[tokio::test]
async fn parts_are_sent_as_changes_happen_and_while_nothing_does() {
    let served = ServedApp::open_with(&["--graphql-subscriptions-keep-alive", "1"]).await;
    let ann = served.app.signed_in("ann").await;
    let mut stream = Stream::open(post(&served, PARTS, BOOKS)).await;
    assert_eq!(stream.content_type(), "multipart/mixed; boundary=graphql; subscriptionSpec=1.0");
    let head = "\r\nContent-Type: application/json\r\n\r\n";
    let heartbeat = format!("{head}{{}}\r\n--graphql");
    assert_eq!(stream.until("--graphql").await, "--graphql");
    for _ in 0..2 {
        assert_eq!(stream.until("--graphql").await, heartbeat);
    }

    let id = ann.create_book("Emma").await;

    let part = loop {
        match stream.until("--graphql").await {
            part if part == heartbeat => {}
            part => break part,
        }
    };
    let payload = format!("{{\"payload\":{}}}", created("Emma", &id));
    assert_eq!(part, format!("{head}{payload}\r\n--graphql"));
}

#[tokio::test]
async fn a_stream_ends_with_its_session_and_says_so() {
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

        let text = stream.rest().await;
        assert!(text.contains(begin) && text.contains("UNAUTHENTICATED"), "{text}");
        assert!(text.ends_with(end), "{text}");
    }
}

#[tokio::test]
async fn a_client_of_events_alone_has_queries_answered_by_them() {
    let served = ServedApp::open().await;
    for (query, answer) in [
        ("{ me { name } }", "{\"data\":{\"me\":null}}"),
        ("{ nothing }", "{\"errors\":["),
        ("subscription { bookChanged { nothing } }", "{\"errors\":["),
    ] {
        let stream = Stream::open(post(&served, EVENTS, query)).await;
        assert!(stream.content_type().starts_with(EVENTS));
        let text = stream.rest().await;
        assert!(text.starts_with(&format!("event: next\ndata: {answer}")), "{text}");
        assert!(text.ends_with("\n\nevent: complete\ndata:\n\n"), "{text}");
    }
    // What is wrong with the request itself is no event.
    let refused = post(&served, EVENTS, "").send().await.unwrap();
    assert_eq!(refused.status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn others_have_queries_answered_as_ever() {
    let served = ServedApp::open().await;
    for (accept, content) in
        [(URQL, "application/graphql-response+json"), (PARTS, "application/json")]
    {
        let answer = post(&served, accept, "{ me { name } }").send().await.unwrap();
        let found = answer.headers()["content-type"].to_str().unwrap().to_owned();
        assert!(found.starts_with(content), "{found}");
        assert_eq!(answer.text().await.unwrap(), "{\"data\":{\"me\":null}}");
    }
}

#[tokio::test]
async fn a_subscription_needs_a_client_that_takes_a_stream() {
    let served = ServedApp::open().await;
    for accept in ["application/json", "*/*", "application/graphql-response+json"] {
        let refused = post(&served, accept, BOOKS).send().await.unwrap();
        assert_eq!(refused.status(), StatusCode::NOT_ACCEPTABLE);
        let body: Value = refused.json().await.unwrap();
        assert_eq!(body["errors"][0]["extensions"]["code"], "NOT_ACCEPTABLE", "{body}");
    }
    // Nor is it one of several in a body.
    let url = format!("http://127.0.0.1:{}/graphql", served.port);
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let batch = json!([{ "query": BOOKS }, { "query": "{ me { id } }" }]);
    let answer = client.post(url).header("accept", URQL).json(&batch).send().await.unwrap();
    let body: Value = answer.json().await.unwrap();
    assert_eq!(body[0]["errors"][0]["extensions"]["code"], "NOT_ACCEPTABLE", "{body}");
    assert_eq!(body[1]["data"]["me"], json!(null));
}

#[tokio::test]
async fn streams_are_counted_with_the_sockets_of_an_address_and_a_user() {
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
    eventually("a free place", async || {
        let again = anns().send().await.unwrap();
        (again.status() == StatusCode::OK).then_some(())
    })
    .await;
}
