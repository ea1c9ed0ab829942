//! Rows that come and go between two pages.

use serde_json::json;

use super::page;
use crate::it::{graphql::rows::BOOK, support::TestApp};

const ORDERS: [&str; 4] = ["", "TITLE_ASC", "TITLE_DESC", "RELEASE_YEAR_DESC, TITLE_ASC"];

#[tokio::test]
async fn rows_that_stay_come_once_while_others_come_and_go() {
    for order in ORDERS {
        let app = TestApp::start().await;
        let ann = app.signed_in("ann").await;
        let book = |n: i32| json!({ "title": format!("book {n:02}"), "releaseYear": n % 3 });
        let ids = BOOK.create_all(&ann, &app.clock, (0..20).map(book)).await;
        let (mut found, mut removed, mut after) = (Vec::new(), Vec::new(), String::new());
        loop {
            let asked = format!("booksConnection(first: 3, orderBy: [{order}]{after})");
            let page = page(&ann, &asked).await;
            found.extend(page.ids());
            if !page.neighbours().1 {
                break;
            }
            // The row of the cursor goes, one that was seen, and new ones come at both ends.
            for gone in [page.ids().pop().unwrap(), page.ids().swap_remove(0)] {
                BOOK.delete(&ann, &gone).await.data();
                removed.push(gone);
            }
            for title in ["a book", "zebras"] {
                BOOK.create(&ann, json!({ "title": title, "releaseYear": 1 })).await.data();
            }
            after = format!(", after: \"{}\"", page.end().unwrap());
            assert!(found.len() < 100, "it has no end");
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
async fn where_all_before_a_cursor_has_gone_there_is_no_page_before() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let ids =
        BOOK.create_all(&ann, &app.clock, ["a", "b", "c"].map(|t| json!({ "title": t }))).await;
    let cursors = page(&ann, "booksConnection").await.cursors();
    let after = format!("booksConnection(after: \"{}\")", cursors[0]);
    assert_eq!(page(&ann, &after).await.neighbours(), (true, false));
    BOOK.delete(&ann, &ids[0]).await.data();
    assert_eq!(page(&ann, &after).await.neighbours(), (false, false));
    let before = format!("booksConnection(last: 1, before: \"{}\")", cursors[2]);
    assert_eq!(page(&ann, &before).await.neighbours(), (false, true));
    BOOK.delete(&ann, &ids[2]).await.data();
    assert_eq!(page(&ann, &before).await.neighbours(), (false, false));
}
