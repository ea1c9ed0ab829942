//! The connections of authors, books and users.

use serde_json::{Value, json};

use super::page_of;
use crate::it::{
    graphql::rows::{AUTHOR, BOOK},
    support::{Client, TestApp},
};

/// Asserts the children of `parent`, read in pages of `size` from both ends.
async fn assert_pages(client: &Client, parent: &str, connection: &str, expected: &[String]) {
    for size in 1..=expected.len() + 1 {
        for (size_argument, cursor_argument, cursor) in
            [("first", "after", true), ("last", "before", false)]
        {
            let (mut found, mut from) = (Vec::new(), String::new());
            loop {
                let connection_field = format!("{connection}({size_argument}: {size}{from})");
                let page = page_of(client, parent, &connection_field).await;
                assert_eq!(page.total(), i64::try_from(expected.len()).unwrap());
                let (previous, next) = page.has_neighbors();
                let (behind, more) = if cursor { (previous, next) } else { (next, previous) };
                assert_eq!(behind, !from.is_empty(), "{connection_field}");
                if cursor {
                    found.extend(page.ids());
                } else {
                    found.splice(0..0, page.ids());
                }
                assert!(found.len() <= expected.len(), "{connection_field}: {found:?}");
                if !more {
                    break;
                }
                let cursor_text = if cursor { page.end() } else { page.start() };
                from = format!(", {cursor_argument}: \"{}\"", cursor_text.unwrap());
            }
            assert_eq!(found, expected, "{parent} {connection} {size_argument} {size}");
        }
    }
}

#[tokio::test]
async fn every_parent_has_pages_of_its_children() {
    let app = TestApp::start().await;
    let (ann, bob) = (app.signed_in("ann").await, app.signed_in("bob").await);
    let names = ["d", "b", "a", "c"].map(|name| json!({ "name": name }));
    let authors = AUTHOR.create_all(&ann, &app.clock, names.clone()).await;
    let bobs = AUTHOR.create_all(&bob, &app.clock, names).await;
    let by = |authors: &[&String]| json!({ "title": "x", "authorIds": authors });
    let books = [
        by(&[&authors[2], &authors[0], &bobs[1], &authors[1]]),
        by(&[&authors[0]]),
        by(&[&authors[1]]),
        by(&[&authors[0], &authors[2]]),
    ];
    let ids = BOOK.create_all(&ann, &app.clock, books).await;
    BOOK.create_all(&bob, &app.clock, [by(&[&bobs[0]])]).await;

    let author = format!("author(id: \"{}\")", authors[0]);
    let written = [ids[0].clone(), ids[1].clone(), ids[3].clone()];
    assert_pages(&ann, &author, "booksConnection", &written).await;
    let book = format!("book(id: \"{}\")", ids[0]);
    let title_page = [&authors[2], &authors[0], &bobs[1], &authors[1]].map(Clone::clone);
    assert_pages(&ann, &book, "authorsConnection", &title_page).await;
    assert_pages(&ann, "me", "booksConnection", &ids).await;
    assert_pages(&ann, "me", "authorsConnection", &authors).await;
    let nobodys = format!("author(id: \"{}\")", authors[3]);
    assert_pages(&ann, &nobodys, "booksConnection", &[]).await;
}

#[tokio::test]
async fn several_parents_continue_from_one_cursor() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let names = ["1", "2", "3"].map(|name| json!({ "name": name }));
    let authors = AUTHOR.create_all(&ann, &app.clock, names).await;
    let books = [(0, "a"), (1, "b"), (0, "c"), (1, "d"), (0, "e"), (1, "f")];
    let books =
        books.map(|(index, title)| json!({ "title": title, "authorIds": [authors[index]] }));
    BOOK.create_all(&ann, &app.clock, books).await;
    let first = page_of(&ann, &format!("author(id: \"{}\")", authors[0]), "booksConnection").await;
    let query = format!(
        "{{ authors {{ booksConnection(first: 1, after: \"{}\") {{
            nodes {{ title }} pageInfo {{ hasPreviousPage hasNextPage }} totalCount }} }} }}",
        first.start().unwrap()
    );
    let response = ann.query(&query).await.data();
    let connection_of = |index: usize| response["authors"][index]["booksConnection"].clone();
    let page = |title: Option<&str>, previous: bool, next: bool, total: i32| {
        let nodes: Vec<Value> = title.iter().map(|title| json!({ "title": title })).collect();
        json!({
            "nodes": nodes,
            "pageInfo": { "hasPreviousPage": previous, "hasNextPage": next },
            "totalCount": total,
        })
    };
    assert_eq!(connection_of(0), page(Some("c"), true, true, 3));
    assert_eq!(connection_of(1), page(Some("b"), false, true, 3));
    assert_eq!(connection_of(2), page(None, false, false, 0));
}
