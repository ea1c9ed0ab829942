//! Lone surrogates, as JavaScript leaves them when it cuts a string.

use super::*;
use crate::it::support::TestApp;

const SURROGATES: [&str; 4] = [r"\ud83d", r"\uDE00", r"\ude00\ud83d", r"\ud83d\ud83d"];

/// Returns the UTF-8 bytes that Node writes for a lone surrogate.
fn node_encoding(surrogate: &str) -> String {
    "\u{fffd}".repeat(surrogate.matches("\\u").count())
}

#[tokio::test]
async fn a_lone_surrogate_becomes_the_replacement_character() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let origin = [("origin", crate::it::support::BASE_URL)];
    for surrogate in SURROGATES {
        let query =
            "mutation($t: String!) { createBook(input: { title: $t, authorIds: [] }) { title } }";
        let body = format!(r#"{{"query":"{query}","variables":{{"t":"Cut {surrogate}"}}}}"#);
        let expected = format!("Cut {}", node_encoding(surrogate));
        let response = post(&ann, &origin, body).await;
        assert_eq!(response.data()["createBook"]["title"], expected, "{surrogate}");

        // Documents in single and batched bodies may contain them as well.
        let body = format!(r#"{{"query":"{{ books(search: \"{surrogate} cut\") {{ title }} }}"}}"#);
        let response = post(&ann, &[], body).await;
        assert_eq!(response.data()["books"][0]["title"], expected, "{surrogate}");
        BOOK.delete(&ann, &id_of_only_book(&ann).await).await.data();
    }
}

/// Returns the id of the only book.
async fn id_of_only_book(client: &Client) -> String {
    let books = client.query("{ books { id } }").await.data()["books"].clone();
    assert_eq!(books.as_array().map(Vec::len), Some(1));
    books[0]["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn lone_surrogates_are_accepted_anywhere_in_json() {
    let app = TestApp::start().await;
    let anyone = app.anonymous();
    let list = r#"[{"query":"query($s: String) { books(search: $s) { id } }","variables":{"s":"\ud83d"}}]"#;
    assert_eq!(post(&anyone, &[], list).await.json(), json!([{ "data": { "books": [] } }]));
    let text = "query($s: String) { books(search: $s) { id } }";
    let address = url(&[("query", text), ("variables", r#"{"s":"\ud83d"}"#)]);
    assert_eq!(anyone.get(&address).await.data(), json!({ "books": [] }));
    let whole = r#"{"query":"query($s: String) { books(search: $s) { id } }","variables":{"s":"\ud83d\ude00 \\ud83d"}}"#;
    assert_eq!(post(&anyone, &[], whole).await.data(), json!({ "books": [] }));
    for broken in [r#"{"query":"\ud83d"#, r#"{"query":"\ud83"}"#, r#"{"query":"\ud83d\q"}"#] {
        assert_refused(&post(&anyone, &[], broken).await, 400, "BAD_REQUEST");
    }
    // GraphQL's own escapes do not allow them.
    let escaped = document(r#"{ books(search: "\ud83d") { id } }"#);
    assert_eq!(post(&anyone, &[], escaped).await.error_code(), "GRAPHQL_PARSE_FAILED");
}
