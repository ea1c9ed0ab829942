//! Timestamps finer than a millisecond, written by other programs.

use serde_json::Value;

use crate::it::support::{Backend, Client, TestApp};

const TIMES: [&str; 6] = [
    "2026-01-02T03:04:05+00:00",
    "2026-01-02T03:04:05.001999+00:00",
    "2026-01-02T03:04:05.002+00:00",
    "2026-01-02T03:04:05.002500+00:00",
    "2026-01-02T03:04:05.002501+00:00",
    "2026-01-02T03:04:59.999999+00:00",
];

/// Values that SQLite stores, but that Bookplate does not write.
const FINER: [&str; 3] = [
    "2026-01-02T03:05:00.1234567+00:00",
    "2026-01-02T03:05:00.123456789+00:00",
    "2026-01-02T03:05:00.678Z",
];

/// Starts an application with rows of all times, and returns their number.
async fn library() -> (TestApp, usize) {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let owner = ann.user_id().await;
    let finer = if Backend::current() == Backend::Sqlite { &FINER[..] } else { &[] };
    let times: Vec<_> = TIMES.iter().chain(finer).collect();
    for (number, time) in times.iter().enumerate() {
        let insert = format!(
            r#"insert into "book" ("id", "title", "titleFolded", "userId", "createdAt", "updatedAt")
                values ('b{number}', 't', 't', '{owner}', '{time}', '{time}')"#
        );
        app.database.execute(&insert).await;
    }
    (app, times.len())
}

/// Returns the rows of a query.
async fn rows(client: &Client, text: &str) -> Value {
    client.graphql(text, Value::Null).await.data()["books"].clone()
}

#[tokio::test]
async fn both_outputs_of_a_list_truncate_to_milliseconds() {
    let (app, count) = library().await;
    let anyone = app.anonymous();
    let written = rows(&anyone, "{ books(orderBy: CREATED_AT_ASC) { createdAt updatedAt } }").await;
    // `viewerCan` requires resolvers, so the database does not write this list as JSON.
    let text = "{ books(orderBy: CREATED_AT_ASC) { createdAt updatedAt viewerCan { update } } }";
    let mut resolved = rows(&anyone, text).await;
    for row in resolved.as_array_mut().unwrap() {
        row.as_object_mut().unwrap().remove("viewerCan");
    }
    assert_eq!(written, resolved);
    assert_eq!(written.as_array().unwrap().len(), count);
    assert_eq!(written[1]["createdAt"], "2026-01-02T03:04:05.001Z");
    assert_eq!(written[5]["createdAt"], "2026-01-02T03:04:59.999Z");
}

#[tokio::test]
async fn a_row_is_not_repeated_after_its_cursor() {
    let (app, count) = library().await;
    let anyone = app.anonymous();
    for order in ["CREATED_AT_ASC", "CREATED_AT_DESC"] {
        let (mut after, mut seen) = (String::new(), Vec::new());
        while seen.len() <= count {
            let text = format!(
                "{{ booksConnection(first: 1, orderBy: {order}{after}) {{ edges {{ cursor node {{ id }} }} }} }}"
            );
            let page = anyone.graphql(&text, Value::Null).await.data()["booksConnection"].clone();
            let Some(edge) = page["edges"].as_array().unwrap().first() else { break };
            seen.push(edge["node"]["id"].as_str().unwrap().to_owned());
            after = format!(", after: {}", edge["cursor"]);
        }
        let mut each = seen.clone();
        each.sort();
        each.dedup();
        assert_eq!((seen.len(), each.len()), (count, count), "{order}: {seen:?}");
    }
}
