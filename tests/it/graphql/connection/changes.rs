//! Rows added and deleted between two pages.

use serde_json::json;

use super::page;
use crate::it::{graphql::rows::BOOK, support::TestApp};

const ORDERS: [&str; 4] = ["", "TITLE_ASC", "TITLE_DESC", "RELEASE_YEAR_DESC, TITLE_ASC"];

#[tokio::test]
async fn rows_that_stay_are_returned_once_while_others_change() {
    for order in ORDERS {
        let app = TestApp::start().await;
        let ann = app.signed_in("ann").await;
        let book = |n: i32| json!({ "title": format!("book {n:02}"), "releaseYear": n % 3 });
        let ids = BOOK.create_all(&ann, &app.clock, (0..20).map(book)).await;
        let (mut found, mut removed, mut after) = (Vec::new(), Vec::new(), String::new());
        loop {
            let connection = format!("booksConnection(first: 3, orderBy: [{order}]{after})");
            let page = page(&ann, &connection).await;
            found.extend(page.ids());
            if !page.has_neighbors().1 {
                break;
            }
            // The row of the cursor or a row read before is deleted, and new rows are added at both
            // ends.
            for deleted in [page.ids().pop().unwrap(), page.ids().swap_remove(0)] {
                BOOK.delete(&ann, &deleted).await.data();
                removed.push(deleted);
            }
            for title in ["a book", "zebras"] {
                BOOK.create(&ann, json!({ "title": title, "releaseYear": 1 })).await.data();
            }
            after = format!(", after: \"{}\"", page.end().unwrap());
            assert!(found.len() < 100, "paging does not end");
        }
        for id in &ids {
            assert_eq!(found.iter().filter(|seen| *seen == id).count(), 1, "{order}");
        }
        let mut distinct = found.clone();
        distinct.sort();
        distinct.dedup();
        assert_eq!(distinct.len(), found.len(), "{order}: a row came twice");
        assert!(!removed.is_empty());
    }
}

#[tokio::test]
async fn deleting_all_rows_before_a_cursor_leaves_no_previous_page() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let ids = BOOK
        .create_all(&ann, &app.clock, ["a", "b", "c"].map(|title| json!({ "title": title })))
        .await;
    let cursors = page(&ann, "booksConnection").await.cursors();
    let after = format!("booksConnection(after: \"{}\")", cursors[0]);
    assert_eq!(page(&ann, &after).await.has_neighbors(), (true, false));
    BOOK.delete(&ann, &ids[0]).await.data();
    assert_eq!(page(&ann, &after).await.has_neighbors(), (false, false));
    let before = format!("booksConnection(last: 1, before: \"{}\")", cursors[2]);
    assert_eq!(page(&ann, &before).await.has_neighbors(), (false, true));
    BOOK.delete(&ann, &ids[2]).await.data();
    assert_eq!(page(&ann, &before).await.has_neighbors(), (false, false));
}
