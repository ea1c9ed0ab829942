//! The connections of an author's, a book's and a user's rows.

use serde_json::{Value, json};

use super::page_of;
use crate::it::{
    graphql::rows::{AUTHOR, BOOK},
    support::{Client, TestApp},
};

/// Pages through the children of `parent` by `size`, from either end.
async fn assert_pages(client: &Client, parent: &str, connection: &str, expected: &[String]) {
    for size in 1..=expected.len() + 1 {
        for (word, place, cursor) in [("first", "after", true), ("last", "before", false)] {
            let (mut found, mut from) = (Vec::new(), String::new());
            loop {
                let asked = format!("{connection}({word}: {size}{from})");
                let page = page_of(client, parent, &asked).await;
                assert_eq!(page.total(), i64::try_from(expected.len()).unwrap());
                let (previous, next) = page.neighbours();
                let (behind, more) = if cursor { (previous, next) } else { (next, previous) };
                assert_eq!(behind, !from.is_empty(), "{asked}");
                if cursor {
                    found.extend(page.ids());
                } else {
                    found.splice(0..0, page.ids());
                }
                assert!(found.len() <= expected.len(), "{asked}: {found:?}");
                if !more {
                    break;
                }
                let at = if cursor { page.end() } else { page.start() };
                from = format!(", {place}: \"{}\"", at.unwrap());
            }
            assert_eq!(found, expected, "{parent} {connection} {word} {size}");
        }
    }
}

#[tokio::test]
async fn every_parent_has_pages_of_its_own_children() {
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
async fn parents_side_by_side_go_on_from_one_cursor() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let names = ["1", "2", "3"].map(|name| json!({ "name": name }));
    let authors = AUTHOR.create_all(&ann, &app.clock, names).await;
    let books = [(0, "a"), (1, "b"), (0, "c"), (1, "d"), (0, "e"), (1, "f")];
    let books = books.map(|(n, title)| json!({ "title": title, "authorIds": [authors[n]] }));
    BOOK.create_all(&ann, &app.clock, books).await;
    let first = page_of(&ann, &format!("author(id: \"{}\")", authors[0]), "booksConnection").await;
    let query = format!(
        "{{ authors {{ booksConnection(first: 1, after: \"{}\") {{
            nodes {{ title }} pageInfo {{ hasPreviousPage hasNextPage }} totalCount }} }} }}",
        first.start().unwrap()
    );
    let response = ann.query(&query).await.data();
    let told = |n: usize| response["authors"][n]["booksConnection"].clone();
    let page = |title: Option<&str>, previous: bool, next: bool, total: i32| {
        let nodes: Vec<Value> = title.iter().map(|title| json!({ "title": title })).collect();
        json!({
            "nodes": nodes,
            "pageInfo": { "hasPreviousPage": previous, "hasNextPage": next },
            "totalCount": total,
        })
    };
    assert_eq!(told(0), page(Some("c"), true, true, 3));
    assert_eq!(told(1), page(Some("b"), false, true, 3));
    assert_eq!(told(2), page(None, false, false, 0));
}
