//! Each limit of a request is a setting: a request at the limit succeeds, and one above it is
//! refused with the limit's name.

use serde_json::{Value, json};

use super::{JSON, RESPONSE_JSON, post};
use crate::it::{graphql::rows::BOOK, support::TestApp};

const VALIDATION: &str = "GRAPHQL_VALIDATION_FAILED";
const PARSE: &str = "GRAPHQL_PARSE_FAILED";
const INPUT: &str = "BAD_USER_INPUT";

/// A setting with its value, the code of its refusal, and requests at and above the limit.
struct Case {
    setting: &'static str,
    limit: u32,
    code: &'static str,
    within: Value,
    beyond: Value,
}

/// Creates a case of two documents.
fn case(setting: &'static str, limit: u32, code: &'static str, texts: [&str; 2]) -> Case {
    let [within, beyond] = texts.map(|text| json!({ "query": text }));
    Case { setting, limit, code, within, beyond }
}

/// Returns the cases of all limits of documents.
fn cases() -> Vec<Case> {
    vec![
        case("DOCUMENT_BYTES", 16, PARSE, ["{ __typename  } ", "{ __typename   } "]),
        case("TOKENS", 5, PARSE, ["query A { __typename }", "query A { __typename __typename }"]),
        case(
            "OPERATIONS",
            1,
            VALIDATION,
            ["query A { __typename }", "query A { __typename } query B { __typename }"],
        ),
        case("DEPTH", 2, VALIDATION, ["{ books { id } }", "{ books { owner { id } } }"]),
        case(
            "INTROSPECTION_DEPTH",
            2,
            VALIDATION,
            ["{ __schema { types { name } } }", "{ __schema { types { fields { name } } } }"],
        ),
        case(
            "INTROSPECTION_COMPLEXITY",
            62,
            VALIDATION,
            ["{ __schema { types { name } } }", "{ __schema { types { name kind } } }"],
        ),
        case("ALIASES", 1, VALIDATION, ["{ a: __typename }", "{ a: __typename b: __typename }"]),
        case(
            "ROOT_FIELDS",
            1,
            VALIDATION,
            ["{ me { id name } }", "{ ...F } fragment F on Query { __typename me { id } }"],
        ),
        case(
            "DIRECTIVES",
            1,
            VALIDATION,
            [
                "{ __typename @skip(if: false) }",
                "{ __typename @skip(if: false) @include(if: true) }",
            ],
        ),
        case("FIELDS", 2, VALIDATION, ["{ me { id } }", "{ me { id name } }"]),
        case(
            "COMPLEXITY",
            5,
            VALIDATION,
            ["{ books(limit: 2) { id title } }", "{ books(limit: 2) { id title isbn } }"],
        ),
        case(
            "LIST_LENGTH",
            1,
            VALIDATION,
            [
                "{ books(orderBy: [TITLE_ASC]) { id } }",
                "{ books(orderBy: [TITLE_ASC, TITLE_DESC]) { id } }",
            ],
        ),
    ]
}

/// Asserts that the first request succeeds and the second is refused with the limit's name, with
/// both media types.
async fn assert_limited(case: Case) {
    let Case { setting, limit, code, within, beyond } = case;
    let flag = format!("--graphql-max-{}={limit}", setting.to_lowercase().replace('_', "-"));
    let app = TestApp::start_with(&[&flag]).await;
    let anyone = app.anonymous();
    let response = post(&anyone, &[], within.to_string()).await;
    assert_eq!(response.json().get("errors"), None, "{setting}: {}", response.text);
    for (form, status) in [(RESPONSE_JSON, 400), (JSON, 200)] {
        let refused = post(&anyone, &[("accept", form)], beyond.to_string()).await;
        assert_eq!(refused.status.as_u16(), status, "{setting}: {}", refused.text);
        assert_eq!(refused.error_code(), code, "{setting}: {}", refused.text);
        let message = refused.error_message();
        assert!(message.contains(&format!(" {limit} ")), "{message}");
        assert!(message.contains(&format!("(GRAPHQL_MAX_{setting})")), "{message}");
    }
}

#[tokio::test]
async fn document_limits_are_configurable() {
    for case in cases() {
        assert_limited(case).await;
    }
}

#[tokio::test]
async fn variable_limits_are_configurable() {
    let query = "query($x: [BookOrder!], $y: BookFilter) {
        books(orderBy: $x, filter: $y) { id }
    }";
    for (setting, limit, within, beyond) in [
        (
            "LIST_LENGTH",
            2,
            json!({ "x": ["TITLE_ASC", "TITLE_DESC"] }),
            json!({ "x": ["TITLE_ASC", "TITLE_DESC", "TITLE_ASC"] }),
        ),
        (
            "VARIABLES_BYTES",
            60,
            json!({ "y": { "title": "x".repeat(20) } }),
            json!({ "y": { "title": "x".repeat(30) } }),
        ),
    ] {
        let [within, beyond] =
            [within, beyond].map(|values| json!({ "query": query, "variables": values }));
        assert_limited(Case { setting, limit, code: INPUT, within, beyond }).await;
    }
}

#[tokio::test]
async fn complexity_depends_on_variables() {
    let query = "query($n: Int! = 2) { books(limit: $n) { id title } }";
    let [within, beyond] = [2, 3].map(|n| json!({ "query": query, "variables": { "n": n } }));
    let case = Case { setting: "COMPLEXITY", limit: 5, code: VALIDATION, within, beyond };
    assert_limited(case).await;
}

#[tokio::test]
async fn the_body_limit_is_configurable() {
    let app = TestApp::start_with(&["--graphql-max-body-bytes=100"]).await;
    let body = json!({ "query": "{ __typename }" }).to_string();
    let padded = |length: usize| format!("{body}{}", " ".repeat(length - body.len()));
    post(&app.anonymous(), &[], padded(100)).await.data();
    let refused = post(&app.anonymous(), &[], padded(101)).await;
    assert_eq!(
        (refused.status.as_u16(), refused.error_code().as_str()),
        (413, "PAYLOAD_TOO_LARGE")
    );
    assert!(
        refused.error_message().contains("100 bytes (GRAPHQL_MAX_BODY_BYTES)"),
        "{}",
        refused.text
    );
}

#[tokio::test]
async fn a_response_above_the_limit_is_aborted() {
    let app = TestApp::start_with(&["--graphql-max-response-bytes=20000"]).await;
    let ann = app.signed_in("ann").await;
    let description = "x".repeat(9_900);
    for title in ["Emma", "Persuasion", "Sanditon"] {
        BOOK.create(&ann, json!({ "title": title, "description": description })).await.data();
    }
    ann.query("{ books(limit: 2) { description } }").await.data();
    for text in [
        "{ books(limit: 3) { description } }",
        "{ books(limit: 1) { a: description b: description c: description } }",
        "{ me { books(limit: 3) { description } } }",
        "{ books(limit: 1) { owner { books { description } } } }",
        "{ a: books(limit: 2) { description } b: books(limit: 1) { description } }",
    ] {
        for (form, status) in [(RESPONSE_JSON, 400), (JSON, 200)] {
            let body = json!({ "query": text }).to_string();
            let refused = post(&ann, &[("accept", form)], body).await;
            assert_eq!(refused.status.as_u16(), status, "{text}: {}", refused.text);
            assert_eq!(refused.error_code(), "RESPONSE_TOO_LARGE", "{text}");
            assert!(refused.error_message().contains("20000 bytes (GRAPHQL_MAX_RESPONSE_BYTES)"));
            assert!(refused.text.len() < 1_000 && refused.json().get("data").is_none());
        }
    }
}

#[tokio::test]
async fn a_mutation_with_a_too_long_response_reports_that_it_may_be_committed() {
    let app = TestApp::start_with(&["--graphql-max-response-bytes=1000"]).await;
    let ann = app.signed_in("ann").await;
    let long = json!({ "title": "Emma", "description": "x".repeat(2_000) });
    let refused = BOOK.create(&ann, long).await;
    assert_eq!(refused.error_code(), "RESPONSE_TOO_LARGE");
    assert!(refused.error_message().contains("its changes may have been made"), "{}", refused.text);
    assert_eq!(BOOK.count(&ann).await, 1);
}

#[tokio::test]
async fn the_introspection_of_the_demo_page_is_within_the_limits() {
    let app = TestApp::start().await;
    let response = app.anonymous().query(INTROSPECTION).await;
    assert!(response.data()["__schema"]["types"].as_array().unwrap().len() > 20);
}

/// The query of graphql-js' `getIntrospectionQuery` with all options.
const INTROSPECTION: &str = "query IntrospectionQuery {
    __schema {
        description
        queryType { name kind } mutationType { name kind } subscriptionType { name kind }
        types { ...FullType }
        directives { name description isRepeatable locations args(includeDeprecated: true) { ...InputValue } }
    }
}
fragment FullType on __Type {
    kind name description specifiedByURL isOneOf
    fields(includeDeprecated: true) {
        name description
        args(includeDeprecated: true) { ...InputValue }
        type { ...TypeRef }
        isDeprecated deprecationReason
    }
    inputFields(includeDeprecated: true) { ...InputValue }
    interfaces { ...TypeRef }
    enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason }
    possibleTypes { ...TypeRef }
}
fragment InputValue on __InputValue {
    name description type { ...TypeRef } defaultValue isDeprecated deprecationReason
}
fragment TypeRef on __Type {
    kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name
        ofType { kind name ofType { kind name ofType { kind name ofType { kind name
            ofType { kind name } } } } } } } } }
}";
