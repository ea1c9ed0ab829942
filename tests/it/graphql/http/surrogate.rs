//! Half of a character, as a program in JavaScript cuts it off.

use super::*;
use crate::it::support::TestApp;

const HALVES: [&str; 4] = [r"\ud83d", r"\uDE00", r"\ude00\ud83d", r"\ud83d\ud83d"];

/// What Node writes in UTF-8 for these.
fn written(half: &str) -> String {
    "\u{fffd}".repeat(half.matches("\\u").count())
}

#[tokio::test]
async fn half_of_a_character_is_the_replacement_character() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let origin = [("origin", crate::it::support::BASE_URL)];
    for half in HALVES {
        let query =
            "mutation($t: String!) { createBook(input: { title: $t, authorIds: [] }) { title } }";
        let body = format!(r#"{{"query":"{query}","variables":{{"t":"Cut {half}"}}}}"#);
        let expected = format!("Cut {}", written(half));
        let response = post(&ann, &origin, body).await;
        assert_eq!(response.data()["createBook"]["title"], expected, "{half}");

        // A document, too, in a body of its own and in a list of them.
        let body = format!(r#"{{"query":"{{ books(search: \"{half} cut\") {{ title }} }}"}}"#);
        let response = post(&ann, &[], body).await;
        assert_eq!(response.data()["books"][0]["title"], expected, "{half}");
        BOOK.delete(&ann, &id_of_only_book(&ann).await).await.data();
    }
}

async fn id_of_only_book(client: &Client) -> String {
    let books = client.query("{ books { id } }").await.data()["books"].clone();
    assert_eq!(books.as_array().map(Vec::len), Some(1));
    books[0]["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn other_places_of_json_take_it_too_and_what_is_no_json_stays_none() {
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
    // In GraphQL's own escapes there is no such character.
    let own = document(r#"{ books(search: "\ud83d") { id } }"#);
    assert_eq!(post(&anyone, &[], own).await.error_code(), "GRAPHQL_PARSE_FAILED");
}
