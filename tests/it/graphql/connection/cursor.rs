//! Invalid cursors, and cursors of other lists.

use serde_json::json;

use super::{page, query_page};
use crate::it::{
    graphql::rows::{AUTHOR, BOOK},
    support::{Client, TestApp},
};

/// Asserts that a cursor is refused in both directions.
async fn assert_refused(client: &Client, connection: &str, order: &str, cursor: &str) {
    for field in ["after", "before"] {
        let connection_field = format!("{connection}({field}: \"{cursor}\", orderBy: [{order}])");
        let refused = query_page(client, "", &connection_field).await;
        assert_eq!(refused.error_code(), "BAD_USER_INPUT", "{cursor}");
        let expected = json!({ field: ["must be a cursor of this list, in this order"] });
        assert_eq!(refused.error_fields(), expected, "{cursor}");
    }
}

#[tokio::test]
async fn an_invalid_cursor_is_refused() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let id = ann.create_book("Emma").await;
    let long = "A".repeat(60_000);
    for cursor in ["0", "MTIz", "AAAAAAAAAAA", "AAAAAAAAAAAAAAAA", "%", "é", &id, &long] {
        assert_refused(&ann, "booksConnection", "", cursor).await;
        assert_refused(&ann, "authorsConnection", "NAME_ASC", cursor).await;
    }
}

#[tokio::test]
async fn a_cursor_of_another_list_or_order_is_refused() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    ann.create_book("Emma").await;
    ann.create_author("Jane Austen").await;
    let orders = ["", "TITLE_ASC", "TITLE_DESC", "TITLE_ASC, CREATED_AT_ASC", "CREATED_AT_ASC"];
    for order in orders {
        let books = page(&ann, &format!("booksConnection(orderBy: [{order}])")).await;
        let cursor = books.end().unwrap();
        for other in orders.iter().filter(|other| **other != order) {
            assert_refused(&ann, "booksConnection", other, cursor).await;
        }
        let connection_field = format!("booksConnection(orderBy: [{order}], after: \"{cursor}\")");
        assert_eq!(page(&ann, &connection_field).await.ids(), [""; 0]);
    }
    let authors = page(&ann, "authorsConnection").await;
    assert_refused(&ann, "booksConnection", "", authors.end().unwrap()).await;
}

#[tokio::test]
async fn a_cursor_with_any_character_changed_is_refused() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    ann.create_book("Emma").await;
    let order = "orderBy: [TITLE_ASC, RELEASE_YEAR_DESC, CREATED_AT_ASC]";
    let cursor = page(&ann, &format!("booksConnection({order})")).await.end().unwrap().to_owned();
    for index in 0..cursor.len() {
        let mut changed = cursor.clone().into_bytes();
        changed[index] = if changed[index] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(changed).unwrap();
        let refused =
            query_page(&ann, "", &format!("booksConnection({order}, after: \"{changed}\")")).await;
        assert_eq!(refused.error_code(), "BAD_USER_INPUT", "{changed}");
    }
    for part in
        [&cursor[1..], &cursor[..cursor.len() - 1], &format!("{cursor}A"), &format!("{cursor}=")]
    {
        let refused =
            query_page(&ann, "", &format!("booksConnection({order}, after: \"{part}\")")).await;
        assert_eq!(refused.error_code(), "BAD_USER_INPUT", "{part}");
    }
}

#[tokio::test]
async fn titles_of_maximal_length_have_cursors() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    // Case folding turns the last character into 18.
    let titles = ["x", "\u{10fffd}", "ß", "\u{fdfa}"].map(|c| json!({ "title": c.repeat(300) }));
    let ids = BOOK.create_all(&ann, &app.clock, titles.clone()).await;
    let names = titles.map(|title| json!({ "name": title["title"] }));
    AUTHOR.create_all(&ann, &app.clock, names).await;
    let found = super::forwards(&ann, "booksConnection", ", orderBy: [TITLE_ASC]", 1).await;
    assert_eq!(found.len(), ids.len());
    let found = super::backwards(&ann, "authorsConnection", ", orderBy: [NAME_DESC]", 1).await;
    assert_eq!(found.len(), ids.len());
}

#[tokio::test]
async fn cursors_are_read_from_variables() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let ids = BOOK.create_all(&ann, &app.clock, ["a", "b"].map(|t| json!({ "title": t }))).await;
    let query = "query($after: String, $first: Int) {
        booksConnection(first: $first, after: $after) { nodes { id } pageInfo { endCursor } } }";
    let first = ann.graphql(query, json!({ "first": 1 })).await.data();
    assert_eq!(first["booksConnection"]["nodes"], json!([{ "id": ids[0] }]));
    let after = &first["booksConnection"]["pageInfo"]["endCursor"];
    let second = ann.graphql(query, json!({ "after": after })).await.data();
    assert_eq!(second["booksConnection"]["nodes"], json!([{ "id": ids[1] }]));
}
