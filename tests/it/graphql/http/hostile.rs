//! Hostile requests, which must not stop the server.

use serde_json::{Value, json};

use super::{
    AUTHOR, BOOK, RESPONSE_JSON, assert_alive, assert_refused, codes, document, post, url,
};
use crate::it::support::TestApp;

const DEEP: usize = 100_000;

#[tokio::test]
async fn deeply_nested_documents_are_refused() {
    let app = TestApp::start().await;
    for text in [
        "{".repeat(DEEP),
        "{a".repeat(DEEP),
        format!("{}{}", "{a".repeat(DEEP), "}".repeat(DEEP)),
        format!("{{ a(b: {}", "[".repeat(DEEP)),
        format!("{{ a(b: {}{}) }}", "[".repeat(DEEP), "]".repeat(DEEP)),
        format!("{{ a(b: {}", "{c:".repeat(DEEP)),
        format!("query($x: {}Int{}) {{ a }}", "[".repeat(DEEP), "]".repeat(DEEP)),
        format!("{{ a{}", "(".repeat(DEEP)),
        format!("{{ {}", "...{".repeat(DEEP)),
        "}".repeat(DEEP),
    ] {
        let refused = post(&app.anonymous(), &[], document(&text)).await;
        assert_refused(&refused, 200, "GRAPHQL_PARSE_FAILED");
        assert!(refused.text.len() < 1_000, "{} bytes", refused.text.len());
        assert_alive(&app).await;
    }
}

#[tokio::test]
async fn deeply_nested_json_is_refused() {
    let app = TestApp::start().await;
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let deep = format!("{}1{}", open.repeat(DEEP), close.repeat(DEEP));
        for body in [
            format!("{{\"query\": \"{{ __typename }}\", \"variables\": {{\"x\": {deep}}}}}"),
            format!("{{\"query\": \"{{ __typename }}\", \"extensions\": {deep}}}"),
            deep.clone(),
            open.repeat(DEEP),
        ] {
            assert_refused(&post(&app.anonymous(), &[], body).await, 400, "BAD_REQUEST");
        }
        let short = &deep[..20_000];
        let by_get = url(&[("query", "{ __typename }"), ("variables", short)]);
        assert_refused(&app.anonymous().get(&by_get).await, 400, "BAD_REQUEST");
        assert_alive(&app).await;
    }
}

#[tokio::test]
async fn long_texts_are_handled() {
    let app = TestApp::start().await;
    let long = "x".repeat(500_000);
    for text in [
        long.clone(),
        format!("{{ {long} }}"),
        format!("query {long} {{ __typename }}"),
        format!("{{ books(filter: {{ title: \"{long}\" }}) {{ id }} }}"),
        format!("{{ books(filter: {{ title: \"\"\"{long}\"\"\" }}) {{ id }} }}"),
        format!("{{ __typename # {long}\n }}"),
        "\"".repeat(DEEP),
        "\"\"\"".repeat(DEEP),
        "\\".repeat(DEEP),
        "#".repeat(DEEP),
        "\u{feff}".repeat(DEEP),
        "é".repeat(DEEP),
        "{ a(b: 1".to_owned() + &"0".repeat(DEEP) + ") }",
        "...".repeat(DEEP),
    ] {
        let response = post(&app.anonymous(), &[], document(&text)).await;
        assert_eq!(response.status.as_u16(), 200, "{:.40}: {:.200}", text, response.text);
        assert!(!codes(&response).contains(&json!("INTERNAL_SERVER_ERROR")), "{text:.40}");
        assert_alive(&app).await;
    }
}

#[tokio::test]
async fn unusual_characters_are_handled() {
    let app = TestApp::start().await;
    let title = |literal: &str| format!("{{ books(filter: {{ title: {literal} }}) {{ id }} }}");
    for (text, ok) in [
        (title(r#""\u00e9""#), true),
        (title("\"\u{1f3fa}\""), true),
        (title("\"\"\"\n  a\n    é\n  \"\"\""), true),
        (title(r#""\ud800""#), false),
        (title(r#""\udc00\ud800""#), false),
        (title(r#""\u12""#), false),
        (title(r#""\x""#), false),
        (title("\"a\nb\""), false),
        ("{ bücher { id } }".to_owned(), false),
        ("{ __typename \u{0} }".to_owned(), false),
        ("{ __typename } \u{202e}".to_owned(), false),
    ] {
        let response = post(&app.anonymous(), &[], document(&text)).await;
        if ok {
            response.data();
        } else {
            assert_refused(&response, 200, "GRAPHQL_PARSE_FAILED");
        }
        assert_alive(&app).await;
    }
}

#[tokio::test]
async fn u_0000_is_refused_in_every_spelling() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    ann.create_book("Emma").await;
    let title = |literal: &str| format!("{{ books(filter: {{ title: {literal} }}) {{ id }} }}");
    for text in [
        title(r#""\u0000""#),
        title(r#""\u{0}""#),
        title("\"\u{0}\""),
        title("\"\"\"\u{0}\"\"\""),
        "{ book(id: \"\u{0}\") { id } }".to_owned(),
        "query($x: ID! = \"\u{0}\") { book(id: $x) { id } }".to_owned(),
        "mutation { createBook(input: { title: \"a\u{0}b\", authorIds: [] }) { id } }".to_owned(),
    ] {
        let refused = post(&ann, &[], document(&text)).await;
        assert_refused(&refused, 200, "GRAPHQL_PARSE_FAILED");
    }
    for (query, value) in [
        ("query($x: ID!) { book(id: $x) { id } }", json!("\u{0}")),
        ("query($x: BookFilter) { books(filter: $x) { id } }", json!({ "title": "a\u{0}" })),
        ("query($x: BookFilter) { books(filter: $x) { id } }", json!({ "ownerId": "\u{0}" })),
        (
            "mutation($x: CreateBookInput!) { createBook(input: $x) { id } }",
            json!({ "title": "Emma", "authorIds": ["a", "\u{0}"] }),
        ),
    ] {
        let refused = ann.graphql(query, json!({ "x": value })).await;
        assert_refused(&refused, 200, "BAD_USER_INPUT");
    }
    assert_eq!(BOOK.count(&ann).await, 1);
}

#[tokio::test]
async fn a_title_that_grows_by_case_folding_is_stored_and_found() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    // Each of these 88 characters folds to a word of its own, in an order that never repeats.
    let signs = (0..300_u32).scan(1_u32, |seed, _| {
        *seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        char::from_u32(0x3300 + (*seed >> 16) % 88)
    });
    let title: String = signs.collect();
    let made = BOOK.create(&ann, json!({ "title": title })).await;
    assert_eq!(made.data()["row"]["title"], title.as_str());
    let made = AUTHOR.create(&ann, json!({ "name": title })).await;
    assert_eq!(made.data()["row"]["name"], title.as_str());
    let excerpt: String = title.chars().skip(100).take(9).collect();
    let found = BOOK.list(&ann, &format!("filter: {{ title: \"{excerpt}\" }}")).await;
    assert_eq!(found, [title]);
}

#[tokio::test]
async fn numbers_outside_their_type_are_refused() {
    let app = TestApp::start().await;
    for number in ["2147483648", "-2147483649", "99999999999999999999", "1.0", "1e3", "1e999"] {
        let text = document(&format!("{{ books(limit: {number}) {{ id }} }}"));
        let response = post(&app.anonymous(), &[("accept", RESPONSE_JSON)], text).await;
        assert_eq!(response.status.as_u16(), 400, "{number}: {}", response.text);
        assert!(response.json().get("data").is_none(), "{number}: {}", response.text);
    }
}

#[tokio::test]
async fn numbers_outside_their_type_are_refused_before_execution() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let create = |input: &str| {
        format!("createBook(input: {{ title: \"a\", authorIds: [], {input} }}) {{ id }}")
    };
    for (text, ok) in [
        (format!("mutation {{ {} }}", create("releaseYear: 99999999999")), false),
        (format!("mutation {{ a: {} b: {} }}", create(""), create("releaseYear: -2147483649")), false),
        ("{ books(filter: { or: [{ releaseYear: { min: 2147483648 } }] }) { id } }".to_owned(), false),
        ("query($x: YearRange = { min: 2147483648 }) { books(filter: { releaseYear: $x }) { id } }".to_owned(), false),
        ("{ books(filter: { releaseYear: { min: 2147483647 } }) { id } }".to_owned(), true),
        // An id may be any integer.
        ("{ book(id: 99999999999) { id } }".to_owned(), true),
    ] {
        let response = post(&ann, &[("accept", RESPONSE_JSON)], document(&text)).await;
        if ok {
            response.data();
        } else {
            assert_refused(&response, 400, "GRAPHQL_VALIDATION_FAILED");
        }
    }
    assert_eq!(BOOK.count(&ann).await, 0);
}

#[tokio::test]
async fn compressed_bodies_are_not_decompressed() {
    let app = TestApp::start().await;
    // The bytes begin like a gzip stream, and are never decompressed.
    let bomb = [vec![0x1f, 0x8b, 8, 0], vec![0; 100_000]].concat();
    for coding in ["gzip", "deflate", "br", "zstd", "gzip, gzip"] {
        let refused = post(&app.anonymous(), &[("content-encoding", coding)], bomb.clone()).await;
        assert_refused(&refused, 415, "UNSUPPORTED_MEDIA_TYPE");
        assert_eq!(refused.header("accept-encoding"), "identity");
    }
    assert_alive(&app).await;
}

#[tokio::test]
async fn hostile_requests_for_streams_are_refused() {
    let app = TestApp::start().await;
    let fields = "kind ".repeat(1_500);
    let aliases: Vec<_> = (0..31).map(|n| format!("a{n}: kind")).collect();
    for accept in ["text/event-stream", "multipart/mixed;subscriptionSpec=1.0, application/json"] {
        for (text, code) in [
            (format!("subscription {{ bookChanged {{ {fields} }} }}"), "GRAPHQL_VALIDATION_FAILED"),
            (
                format!("subscription {{ bookChanged {{ {} }} }}", aliases.join(" ")),
                "GRAPHQL_VALIDATION_FAILED",
            ),
            (
                format!("subscription {{ {}", "bookChanged { ".repeat(DEEP / 20)),
                "GRAPHQL_PARSE_FAILED",
            ),
            (
                "subscription { a: bookChanged { kind } b: bookChanged { kind } }".to_owned(),
                "GRAPHQL_VALIDATION_FAILED",
            ),
        ] {
            let response = post(&app.anonymous(), &[("accept", accept)], document(&text)).await;
            assert!(response.text.contains(code), "{accept} {text:.60}: {}", response.text);
            assert!(response.text.len() < 20_000, "{} bytes", response.text.len());
        }
    }
    assert_alive(&app).await;
}

#[tokio::test]
async fn a_long_list_of_ids_is_refused_as_input() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let create = async |count: usize| {
        let ids: Vec<Value> = (0..count).map(|n| Value::from(n.to_string())).collect();
        BOOK.create(&ann, json!({ "title": "Emma", "authorIds": ids })).await
    };
    let refused = create(1_000).await;
    assert_eq!(refused.error_code(), "BAD_USER_INPUT");
    assert_eq!(refused.error_fields(), json!({ "authorIds": ["must be at most 100"] }));
    for count in [1_001, 100_000] {
        assert_eq!(create(count).await.error_code(), "BAD_USER_INPUT", "{count}");
    }
}

#[tokio::test]
async fn hostile_headers_are_handled() {
    let app = TestApp::start().await;
    let long = "x".repeat(20_000);
    for (name, value) in [
        ("authorization", long.as_str()),
        ("authorization", "Bearer"),
        ("authorization", "Bearer "),
        ("authorization", "Bearer ..."),
        ("authorization", "Bearer %00"),
        ("cookie", &long),
        ("cookie", "better-auth.session_token="),
        ("cookie", "better-auth.session_token=%"),
        ("cookie", "better-auth.session_token=a.b; better-auth.session_token=%ff"),
        ("cookie", ";;;=;=x"),
        ("accept", &",".repeat(5_000)),
        ("x-request-id", &long),
    ] {
        let response = post(&app.anonymous(), &[(name, value)], document("{ me { id } }")).await;
        assert_eq!(response.data()["me"], Value::Null, "{name}: {value:.60}");
    }
}
