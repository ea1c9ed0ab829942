//! Optimistic concurrency: an update that names an outdated version is refused.

use std::sync::Arc;

use chrono::TimeDelta;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::rows::{AUTHOR, BOOK, Kind};
use crate::it::support::{Client, Response, TestApp};

const KINDS: [Kind; 2] = [BOOK, AUTHOR];

/// Changes a row's title or name if its version is still `version`.
async fn relabel(kind: Kind, client: &Client, id: &str, version: Value, label: &str) -> Response {
    let Kind { name, label: field, .. } = kind;
    let query = format!(
        "mutation($id: ID!, $input: Update{name}Input!, $seen: DateTime) {{
            row: update{name}(id: $id, input: $input, ifUpdatedAt: $seen) {{
                {field} updatedAt }} }}"
    );
    let variables = json!({ "id": id, "input": { field: label }, "seen": version });
    client.graphql(&query, variables).await
}

/// Creates a row, and returns its id and version.
async fn create_row(kind: Kind, client: &Client) -> (String, Value) {
    let made = kind.create(client, json!({ (kind.label): "First" })).await.data()["row"].clone();
    (made["id"].as_str().unwrap().to_owned(), made["updatedAt"].clone())
}

/// Returns the version in a response.
fn version_of(response: &Response) -> Value {
    response.data()["row"]["updatedAt"].clone()
}

#[tokio::test]
async fn an_update_of_an_outdated_version_is_refused_with_the_current_row() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    for kind in KINDS {
        let (id, first) = create_row(kind, &ann).await;
        let second = version_of(&relabel(kind, &ann, &id, first.clone(), "Second").await);

        let refused = relabel(kind, &ann, &id, first, "Lost").await;

        assert_eq!(refused.error_code(), "CONFLICT");
        let name = kind.query;
        assert_eq!(refused.error_message(), format!("this {name} was changed meanwhile"));
        let row = kind.find(&ann, &id).await;
        assert_eq!((&row[kind.label], &row["updatedAt"]), (&json!("Second"), &second));
        let extensions = refused.json()["errors"][0]["extensions"].clone();
        assert!(extensions.get("fields").is_none(), "{extensions}");
        let current = extensions["current"].as_object().unwrap();
        assert_eq!(current["__typename"], kind.name);
        assert_eq!(current["ownerId"], ann.user_id().await);
        for (field, value) in row.as_object().unwrap() {
            if !value.is_object() && !value.is_array() {
                assert_eq!(current[field], *value, "{field}");
            }
        }
        // With the version of the response, the client can overwrite the row.
        relabel(kind, &ann, &id, current["updatedAt"].clone(), "Third").await.data();
    }
}

#[tokio::test]
async fn an_update_without_a_version_always_applies() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    for kind in KINDS {
        let (id, _) = create_row(kind, &ann).await;
        relabel(kind, &ann, &id, Value::Null, "Second").await.data();
        kind.update(&ann, &id, json!({ (kind.label): "Third" })).await.data();
    }
}

/// Versions do not depend on the system clock alone.
#[tokio::test]
async fn two_updates_have_different_versions() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    for kind in KINDS {
        let (id, mut last) = create_row(kind, &ann).await;
        for step in [0, 0, 5, -3, 0, 1] {
            app.clock.advance(TimeDelta::milliseconds(step));
            let next = version_of(&relabel(kind, &ann, &id, last.clone(), "Next").await);
            assert!(next.as_str() > last.as_str(), "{last} {next}");
            last = next;
        }
    }
}

/// The notation of the time and its precision in the database do not matter.
#[tokio::test]
async fn versions_are_compared_in_milliseconds() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    for kind in KINDS {
        let (id, _) = create_row(kind, &ann).await;
        for version in [
            "2026-11-20T12:00:00.123Z",
            "2026-11-20T13:00:00.123+01:00",
            "2026-11-20T12:00:00.123456Z",
        ] {
            let table = kind.query;
            let set = "'2026-11-20T12:00:00.123456Z'";
            let set = format!(r#"update "{table}" set "updatedAt" = {set} where id = '{id}'"#);
            app.database.execute(&set).await;
            let early = relabel(kind, &ann, &id, json!("2026-11-20T12:00:00.122Z"), "No").await;
            assert_eq!(early.error_code(), "CONFLICT");
            let changed = relabel(kind, &ann, &id, json!(version), "Next").await;
            assert_eq!(version_of(&changed), "2026-11-20T12:00:00.124Z", "{version}");
        }
        let refused = relabel(kind, &ann, &id, json!("yesterday"), "No").await;
        assert_eq!(refused.error_code(), "BAD_USER_INPUT");
    }
}

#[tokio::test]
async fn a_forbidden_update_does_not_reveal_the_version() {
    let app = TestApp::start().await;
    let (ann, bob) = (app.signed_in("ann").await, app.signed_in("bob").await);
    for kind in KINDS {
        let (id, version) = create_row(kind, &ann).await;
        for version in [version, json!("2020-01-01T00:00:00Z")] {
            for (client, code) in [(&bob, "FORBIDDEN"), (&app.anonymous(), "UNAUTHENTICATED")] {
                let refused = relabel(kind, client, &id, version.clone(), "Mine").await;
                assert_eq!(refused.error_code(), code);
                assert!(!refused.text.contains("current"), "{}", refused.text);
            }
            assert_eq!(relabel(kind, &ann, "x", version, "Any").await.error_code(), "NOT_FOUND");
        }
    }
}

/// Errors of an outdated version may not apply to the current one.
#[tokio::test]
async fn the_version_is_checked_before_the_input() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let made = AUTHOR.create(&ann, json!({ "name": "Zola", "birthYear": 1740 })).await;
    let (id, version) = (made.data()["row"]["id"].clone(), version_of(&made));
    AUTHOR.update(&ann, id.as_str().unwrap(), json!({ "birthYear": 1840 })).await.data();
    let change = "mutation($id: ID!, $seen: DateTime) {
        updateAuthor(id: $id, input: { deathYear: 1802 }, ifUpdatedAt: $seen) { id } }";
    let refused = ann.graphql(change, json!({ "id": id, "seen": version })).await;
    assert_eq!(refused.error_code(), "CONFLICT");
    assert_eq!(refused.json()["errors"][0]["extensions"]["current"]["birthYear"], 1840);
}

/// The editors use two servers with one database.
#[tokio::test]
async fn one_of_several_concurrent_editors_succeeds_and_the_others_get_its_row() {
    let app = TestApp::start().await;
    let other_app = TestApp::open_app(&app.database, &app.clock, &[]).await;
    let ann = Arc::new(app.signed_in("ann").await);
    let away = Client::new(other_app.router());
    ann.cookies().clone_into(&mut away.cookies());
    let away = Arc::new(away);
    for kind in KINDS {
        let (id, version_of) = create_row(kind, &ann).await;
        let mut editors = JoinSet::new();
        for index in 0..20 {
            let client = Arc::clone(if index % 2 == 0 { &ann } else { &away });
            let (id, version_of) = (id.clone(), version_of.clone());
            editors.spawn(async move {
                let label = format!("Of editor {index}");
                (relabel(kind, &client, &id, version_of, &label).await, label)
            });
        }
        let responses = editors.join_all().await;
        let (won, lost): (Vec<_>, Vec<_>) =
            responses.into_iter().partition(|(response, _)| response.json()["errors"].is_null());
        let [(_, winner)] = &won[..] else { panic!("{won:?}") };
        for (response, _) in lost {
            assert_eq!(response.error_code(), "CONFLICT");
            let current = &response.json()["errors"][0]["extensions"]["current"];
            assert_eq!(current[kind.label], **winner);
        }
        assert_eq!(kind.find(&ann, &id).await[kind.label], **winner);
    }
}
