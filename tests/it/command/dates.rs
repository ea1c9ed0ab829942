//! Stored timestamps: in milliseconds, and readable by Node.

use chrono::{DateTime, TimeDelta};

use super::structure::{TABLES, columns};
use crate::it::support::{Backend, TestApp, TestDatabase};

/// Returns table and column of every timestamp.
async fn date_columns(database: &TestDatabase) -> Vec<(String, String)> {
    let columns = columns(database).await;
    let dates = columns.iter().filter_map(|line| {
        let (name, kind) = line.split_once(' ')?;
        (kind.starts_with("date") || kind.starts_with("timestamp")).then_some(name)
    });
    let split = dates.map(|name| name.split_once('.').unwrap());
    split
        .filter(|(table, _)| TABLES.contains(table))
        .map(|(table, column)| (table.to_owned(), column.to_owned()))
        .collect()
}

/// Starts an application with rows that have all kinds of timestamps.
async fn app_with_rows() -> TestApp {
    let app = TestApp::start().await;
    // Rows are created at a whole second and at a fraction of a second.
    for name in ["ann", "bob"] {
        let client = app.signed_in(name).await;
        client.create_author(name).await;
        client.create_book(name).await;
        app.clock.advance(TimeDelta::milliseconds(1_230));
    }
    app
}

#[tokio::test]
async fn timestamps_have_millisecond_precision() {
    let app = app_with_rows().await;

    let mut seen = 0;
    for (table, column) in date_columns(&app.database).await {
        let sql = match Backend::current() {
            Backend::Sqlite => format!(
                r#"select typeof("{column}") || ' ' || "{column}" from "{table}" where "{column}" is not null"#
            ),
            Backend::Postgres => format!(
                r#"select 'text ' || to_json("{column}")::text from "{table}" where "{column}" is not null"#
            ),
        };
        for stored in app.database.first_column(&sql).await {
            seen += 1;
            let text = stored
                .strip_prefix("text ")
                .unwrap_or_else(|| panic!("{table}.{column}: {stored}"));
            assert_iso(text.trim_matches('"'));
        }
    }
    // Twice: user 2, account 2, session 3, two events 2, mail 3, author 2, book 2.
    assert_eq!(seen, 32);
}

/// `2026-11-20T12:00:00[.123](Z|+00:00)`
fn assert_iso(text: &str) {
    let instant =
        text.strip_suffix('Z').or(text.strip_suffix("+00:00")).unwrap_or_else(|| panic!("{text}"));
    let (seconds, fraction) = instant.split_once('.').unwrap_or((instant, ""));
    assert_eq!(seconds.len(), "2026-11-20T12:00:00".len(), "{text}");
    assert_eq!(seconds.as_bytes()[10], b'T', "{text}");
    assert!(fraction.len() <= 3, "{text}");
    DateTime::parse_from_rfc3339(text).unwrap();
}

#[tokio::test]
async fn stored_timestamps_equal_the_responses() {
    let app = app_with_rows().await;

    let data = app
        .anonymous()
        .query("{ books(orderBy: [CREATED_AT_ASC]) { title createdAt } }")
        .await
        .data();
    let answered: Vec<_> =
        data["books"].as_array().unwrap().iter().map(|book| &book["createdAt"]).collect();
    assert_eq!(answered, ["2026-11-20T12:00:00.000Z", "2026-11-20T12:00:01.230Z"]);
}

#[tokio::test]
async fn postgresql_stores_timestamps_by_type() {
    let app = TestApp::start().await;
    let dates = date_columns(&app.database).await;

    // user 3, account 4, session 3, verification 3, author 2, book 2.
    assert!(dates.len() >= 17, "{dates:?}");
    let lines = columns(&app.database).await;
    let kind = if Backend::current() == Backend::Sqlite { " date" } else { " timestamptz" };
    for (table, column) in dates {
        let start = format!("{table}.{column}{kind}");
        assert!(lines.iter().any(|line| line.starts_with(&start)), "{start}");
    }
}
