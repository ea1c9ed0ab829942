//! Request errors of well-formed requests: status by media type, code, and no `data`.

use serde_json::{Value, json};

use super::{JSON, RESPONSE_JSON, assert_refused, codes, post};
use crate::it::support::{Response, TestApp};

/// Asserts a request error with each media type, and returns one of the responses.
async fn assert_request_error(app: &TestApp, body: &Value, code: &str) -> Response {
    let anyone = app.anonymous();
    let older = post(&anyone, &[("accept", JSON)], body.to_string()).await;
    let newer = post(&anyone, &[("accept", RESPONSE_JSON)], body.to_string()).await;
    for (response, status) in [(&older, 200), (&newer, 400)] {
        assert_eq!(response.status.as_u16(), status, "{body}: {}", response.text);
        assert!(response.json().get("data").is_none(), "{body}: {}", response.text);
        let codes = codes(response);
        assert!(!codes.is_empty() && codes.iter().all(|found| found == code), "{body}: {codes:?}");
    }
    newer
}

#[tokio::test]
async fn a_syntax_error_has_its_location() {
    let app = TestApp::start().await;
    for text in
        ["{", "}", "{ a(", "query {", "{ a: }", "hello world", " ", "# nothing", "{ a b: \"x }"]
    {
        let refused =
            assert_request_error(&app, &json!({ "query": text }), "GRAPHQL_PARSE_FAILED").await;
        let message = refused.error_message();
        assert!(message.starts_with("syntax error: ") && !message.contains('\n'), "{message}");
        assert!(refused.error()["locations"][0]["line"].is_number(), "{text}: {}", refused.text);
    }
}

#[tokio::test]
async fn an_invalid_document_is_refused() {
    let app = TestApp::start().await;
    for text in [
        "{ unknown }",
        "{ books }",
        "{ books { title { x } } }",
        "{ books { unknown } }",
        "{ book { title } }",
        "{ book(id: \"x\", colour: \"red\") { title } }",
        "{ books(limit: \"1\") { title } }",
        "{ books(limit: null) { title } }",
        "{ books(filter: { colour: \"red\" }) { title } }",
        "{ books @unknown { title } }",
        "{ books { ...Unknown } }",
        "{ ...F } fragment F on Author { name }",
        "{ books { title } } fragment Unused on Book { title }",
        "query($x: Unknown) { books { title } }",
        "query($x: Book) { books { title } }",
        "query($x: Int) { books(limit: $y) { title } }",
        "query($x: Int) { books { title } }",
        "query($x: String) { books(limit: $x) { title } }",
        "query($x: Int, $x: Int) { books(limit: $x) { title } }",
        "{ a: books { title } a: authors { name } }",
        "{ books { x: title x: id } }",
        "mutation { createBook { id } }",
        "mutation { createBook(input: { title: \"x\" }) { id } }",
    ] {
        assert_request_error(&app, &json!({ "query": text }), "GRAPHQL_VALIDATION_FAILED").await;
    }
}

#[tokio::test]
async fn an_invalid_document_is_not_executed() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let emma = ann.create_book("Emma").await;
    let create = "a: createBook(input: { title: \"New\", authorIds: [] }) { id }";
    for (variables, rest) in [
        ("", "b: updateBook(id: \"ID\", input: NOPE) { id }"),
        ("", "b: updateBook(id: \"ID\", input: \"title\") { id }"),
        ("", "b: updateBook(id: \"ID\", input: { titel: \"New\" }) { id }"),
        ("", "b: updateBook(id: \"ID\", id: \"ID\", input: { title: \"New\" }) { id }"),
        ("", "b: updateBook(id: \"ID\", input: { title: TITLE }) { id }"),
        ("", "b: deleteBook(id: \"ID\") @skip(if: false, if: true) { id }"),
        ("", "b: deleteBook(id: \"ID\") { id books: authors { books(limit: 1.5) { id } } }"),
        ("", "__typename @deprecated"),
        ("", "__typename @skip(if: false) @skip(if: false)"),
        ("($i: UpdateBookInput)", "b: createBook(input: $i) { id }"),
        ("($i: UpdateBookInput)", "b: updateBook(id: \"ID\", input: $i) { id }"),
        ("($i: String)", "b: deleteBook(id: \"ID\") { id } c: deleteBook(id: $i) { id }"),
        ("($i: [ID!])", "b: createBook(input: { title: \"New\", authorIds: $i }) { id }"),
    ] {
        let text = format!("mutation{variables} {{ {create} {} }}", rest.replace("ID", &emma));
        let refused = ann.graphql(&text, json!({ "i": null })).await;
        assert!(refused.json().get("data").is_none(), "{text}: {}", refused.text);
        let codes = codes(&refused);
        assert!(codes.iter().all(|code| code == "GRAPHQL_VALIDATION_FAILED"), "{text}: {codes:?}");
    }
    let titles = ann.query("{ books { title } }").await.data();
    assert_eq!(titles, json!({ "books": [{ "title": "Emma" }] }));
}

#[tokio::test]
async fn a_value_of_a_wrong_type_is_refused() {
    let app = TestApp::start().await;
    for (text, variables) in [
        ("query($f: AuthorFilter) { books(filter: $f) { id } }", json!({ "f": {} })),
        ("query($f: [BookFilter!]) { books(filter: $f) { id } }", json!({ "f": [] })),
        ("query($o: BookOrder) { books(orderBy: $o) { id } }", json!({ "o": "TITLE_ASC" })),
        ("query($o: String) { books(orderBy: [$o]) { id } }", json!({ "o": "TITLE_ASC" })),
        ("{ books(orderBy: \"TITLE_ASC\") { id } }", json!({})),
        ("{ books(orderBy: [\"TITLE_ASC\"]) { id } }", json!({})),
        ("query($o: [BookOrder!] = [\"TITLE_ASC\"]) { books(orderBy: $o) { id } }", json!({})),
    ] {
        let body = json!({ "query": text, "variables": variables });
        assert_request_error(&app, &body, "GRAPHQL_VALIDATION_FAILED").await;
    }
    let query = "query($o: [BookOrder!]) { books(orderBy: $o) { id } }";
    for (order, ok) in [("TITLE_ASC", true), ("title_asc", false), ("TITLE", false)] {
        let response = app.anonymous().graphql(query, json!({ "o": [order] })).await;
        assert_eq!(response.json().get("data").is_some(), ok, "{order}");
    }
    let conditional = "query($v: Boolean!) { __typename @include(if: $v) }";
    let response = app.anonymous().graphql(conditional, json!({ "v": false })).await;
    assert_eq!(response.data(), json!({}));
}

#[tokio::test]
async fn all_errors_of_a_document_are_reported() {
    let app = TestApp::start().await;
    let body = json!({ "query": "{ one two\n books { three } }" });
    let refused = assert_request_error(&app, &body, "GRAPHQL_VALIDATION_FAILED").await;
    let errors = refused.json()["errors"].as_array().unwrap().clone();
    assert_eq!(errors.len(), 3, "{}", refused.text);
    for error in errors {
        assert!(error["locations"][0]["line"].is_number(), "{error}");
        assert!(error.get("path").is_none(), "{error}");
    }
}

#[tokio::test]
async fn an_ambiguous_operation_is_refused() {
    let app = TestApp::start().await;
    let operations = "query A { __typename } query B { __typename }";
    for body in [
        json!({ "query": operations }),
        json!({ "query": operations, "operationName": "" }),
        json!({ "query": operations, "operationName": "C" }),
        json!({ "query": operations, "operationName": "a" }),
        json!({ "query": "{ __typename }", "operationName": "A" }),
        json!({ "query": "query A { __typename }", "operationName": "B" }),
    ] {
        assert_request_error(&app, &body, "OPERATION_RESOLUTION_FAILURE").await;
    }
}

#[tokio::test]
async fn duplicate_names_and_unnamed_operations_are_refused() {
    let app = TestApp::start().await;
    for text in [
        "query A { __typename } query A { __typename }",
        "query A { __typename } mutation A { __typename }",
        "{ __typename } { __typename }",
        "query A { __typename } { __typename }",
    ] {
        let body = json!({ "query": text, "operationName": "A" });
        for (accept, status) in [(JSON, 200), (RESPONSE_JSON, 400)] {
            let refused = post(&app.anonymous(), &[("accept", accept)], body.to_string()).await;
            assert_eq!(refused.status.as_u16(), status, "{text}: {}", refused.text);
            assert!(refused.json().get("data").is_none(), "{text}");
        }
    }
}

#[tokio::test]
async fn an_invalid_variable_is_named() {
    let app = TestApp::start().await;
    for (declared, value, path) in [
        ("$x: Int!", json!("1"), "$x"),
        ("$x: Int!", Value::Null, "$x"),
        ("$x: Int!", json!(1.5), "$x"),
        ("$x: Int!", json!(2_147_483_648_i64), "$x"),
        ("$x: Int!", json!(true), "$x"),
        ("$x: Int!", json!([1, 2]), "$x"),
        ("$x: Int!", json!({ "a": 1 }), "$x"),
    ] {
        let query = format!("query({declared}) {{ books(limit: $x) {{ title }} }}");
        let body = json!({ "query": query, "variables": { "x": value } });
        let refused = assert_request_error(&app, &body, "BAD_USER_INPUT").await;
        assert!(refused.error_message().contains(path), "{}", refused.text);
        assert!(refused.error()["locations"][0]["line"].is_number(), "{}", refused.text);
    }
}

#[tokio::test]
async fn an_invalid_value_within_a_variable_is_named_by_its_path() {
    let app = TestApp::start().await;
    let query = "query($f: BookFilter) { books(filter: $f) { title } }";
    for (value, path) in [
        (json!({ "releaseYear": { "min": "1" } }), "$f.releaseYear.min"),
        (json!({ "title": 1 }), "$f.title"),
        (json!({ "title": ["a", "b"] }), "$f.title"),
        (json!({ "colour": "red" }), "$f.colour"),
        (json!([]), "$f"),
        (json!("title"), "$f"),
    ] {
        let body = json!({ "query": query, "variables": { "f": value } });
        let refused = assert_request_error(&app, &body, "BAD_USER_INPUT").await;
        assert!(refused.error_message().contains(path), "{value}: {}", refused.text);
    }
}

#[tokio::test]
async fn a_missing_variable_is_named() {
    let app = TestApp::start().await;
    let query = "mutation($input: CreateBookInput!) { createBook(input: $input) { id } }";
    for (variables, path) in [
        (json!({}), "$input"),
        (Value::Null, "$input"),
        (json!({ "other": 1 }), "$input"),
        (json!({ "input": { "authorIds": [] } }), "$input.title"),
        (json!({ "input": { "title": "Emma" } }), "$input.authorIds"),
        (json!({ "input": { "title": "Emma", "authorIds": [null] } }), "$input.authorIds.0"),
    ] {
        let body = json!({ "query": query, "variables": variables });
        let refused = assert_request_error(&app, &body, "BAD_USER_INPUT").await;
        assert!(refused.error_message().contains(path), "{variables}: {}", refused.text);
    }
}

#[tokio::test]
async fn a_field_error_is_no_request_error() {
    let app = TestApp::start().await;
    for accept in [JSON, RESPONSE_JSON] {
        let body = json!({ "query": "{ books(limit: 0) { title } }" });
        let response = post(&app.anonymous(), &[("accept", accept)], body.to_string()).await;
        assert_eq!(
            (response.status.as_u16(), response.error_code().as_str()),
            (200, "BAD_USER_INPUT")
        );
        assert_eq!(response.json()["data"], Value::Null);
        assert!(response.json().get("data").is_some(), "{}", response.text);
        assert_eq!(response.error()["path"], json!(["books"]));
    }
    // A request error has no `data`.
    let body = json!({ "query": "{" });
    let refused = post(&app.anonymous(), &[("accept", JSON)], body.to_string()).await;
    assert_refused(&refused, 200, "GRAPHQL_PARSE_FAILED");
}
