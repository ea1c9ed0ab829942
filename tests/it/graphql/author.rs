//! Queries and mutations of authors, and their permissions.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::rows::{AUTHOR, BOOK, id, row};
use crate::it::support::TestApp;

#[tokio::test]
async fn only_the_owner_may_rename_an_author() {
    let app = TestApp::start().await;
    let (ann, bob) = (app.signed_in("ann").await, app.signed_in("bob").await);
    let zola = ann.create_author("Zola").await;

    let refused = AUTHOR.update(&bob, &zola, json!({ "name": "Emile" })).await;
    assert_eq!(refused.error_code(), "FORBIDDEN");
    assert_eq!(refused.error_message(), "you may not update this author");
    let renamed = AUTHOR.update(&ann, &zola, json!({ "name": "Émile Zola" })).await;
    assert_eq!(row(&renamed)["name"], "Émile Zola");
}

#[tokio::test]
async fn a_new_author_has_the_fields_of_the_input() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let input =
        json!({ "name": " Zola ", "bio": "Accuses.", "birthYear": 1840, "deathYear": 1902 });
    let made = row(&AUTHOR.create(&ann, input).await);
    let expected = json!({
        "id": made["id"],
        "name": "Zola",
        "bio": "Accuses.",
        "birthYear": 1840,
        "deathYear": 1902,
        "owner": { "name": "ann" },
        "createdAt": "2026-11-20T12:00:00.000Z",
        "updatedAt": "2026-11-20T12:00:00.000Z",
    });
    assert_eq!(made, expected);
    assert_eq!(AUTHOR.find(&app.anonymous(), made["id"].as_str().unwrap()).await, expected);
}

#[tokio::test]
async fn an_author_needs_only_a_name() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let made = row(&AUTHOR.create(&ann, json!({ "name": "Anon" })).await);
    for absent in ["bio", "birthYear", "deathYear"] {
        assert_eq!(made[absent], Value::Null, "{absent}");
    }
}

#[tokio::test]
async fn an_unknown_author_is_null_without_an_error() {
    let app = TestApp::start().await;
    for unknown in ["", "x", "019a9f00-0000-7000-8000-000000000000"] {
        assert_eq!(AUTHOR.find(&app.anonymous(), unknown).await, Value::Null, "{unknown:?}");
    }
}

#[tokio::test]
async fn an_unknown_author_cannot_be_changed() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let refused = AUTHOR.update(&ann, "x", json!({ "name": "Zola" })).await;
    assert_eq!(
        (refused.error_code().as_str(), refused.error_message().as_str()),
        ("NOT_FOUND", "there is no such author")
    );
    assert_eq!(AUTHOR.delete(&ann, "x").await.error_code(), "NOT_FOUND");
}

#[tokio::test]
async fn absent_fields_stay_and_null_clears() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let input = json!({ "name": "Zola", "bio": "Accuses.", "birthYear": 1840, "deathYear": 1902 });
    let zola = id(&AUTHOR.create(&ann, input).await);
    let mut expected = AUTHOR.find(&ann, &zola).await;
    for (field, value) in [
        ("name", json!("Émile Zola")),
        ("bio", json!("Defends.")),
        ("birthYear", json!(1841)),
        ("deathYear", json!(1903)),
        ("bio", Value::Null),
        ("birthYear", Value::Null),
        ("deathYear", Value::Null),
    ] {
        let changed = row(&AUTHOR.update(&ann, &zola, json!({ field: value })).await);
        expected[field] = value;
        expected["updatedAt"] = changed["updatedAt"].clone();
        assert_eq!(changed, expected, "{field}");
        assert_eq!(AUTHOR.find(&ann, &zola).await, expected, "{field}");
    }
    let refused = AUTHOR.update(&ann, &zola, json!({ "name": null })).await;
    assert_eq!(refused.error_fields(), json!({ "name": ["must not be empty"] }));
}

#[tokio::test]
async fn a_death_year_before_the_birth_year_is_refused() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let failure = json!({ "deathYear": ["must not be before birthYear"] });
    let input = json!({ "name": "Zola", "birthYear": 1902, "deathYear": 1840 });
    assert_eq!(AUTHOR.create(&ann, input).await.error_fields(), failure);
    assert_eq!(AUTHOR.count(&ann).await, 0);

    let input = json!({ "name": "Zola", "birthYear": 1840, "deathYear": 1840 });
    let zola = id(&AUTHOR.create(&ann, input).await);
    let early = AUTHOR.update(&ann, &zola, json!({ "deathYear": 1839 })).await;
    assert_eq!(early.error_fields(), failure);
    let late = AUTHOR.update(&ann, &zola, json!({ "birthYear": 1841 })).await;
    assert_eq!(late.error_fields(), failure);
    AUTHOR.update(&ann, &zola, json!({ "birthYear": 1841, "deathYear": 1902 })).await.data();
}

#[tokio::test]
async fn all_invalid_fields_of_an_author_are_named() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let input = json!({
        "name": "",
        "bio": "x".repeat(10_001),
        "birthYear": 2028,
        "deathYear": -3001,
    });
    let expected = json!({
        "name": ["must not be empty"],
        "bio": ["must be at most 10,000 characters"],
        "birthYear": ["must be between -3000 and 2027"],
        "deathYear": ["must be between -3000 and 2027", "must not be before birthYear"],
    });
    let refused = AUTHOR.create(&ann, input.clone()).await;
    assert_eq!(
        (refused.error_code().as_str(), refused.error_fields()),
        ("BAD_USER_INPUT", expected.clone())
    );
    assert_eq!(AUTHOR.count(&ann).await, 0);

    let zola = ann.create_author("Zola").await;
    let before = AUTHOR.find(&ann, &zola).await;
    assert_eq!(AUTHOR.update(&ann, &zola, input).await.error_fields(), expected);
    assert_eq!(AUTHOR.find(&ann, &zola).await, before);
}

#[tokio::test]
async fn the_limits_of_an_authors_fields_are_inclusive() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    for (field, value, ok) in [
        ("name", json!("é".repeat(300)), true),
        ("name", json!("é".repeat(301)), false),
        ("bio", json!("é".repeat(10_000)), true),
        ("bio", json!("é".repeat(10_001)), false),
        ("birthYear", json!(-3000), true),
        ("birthYear", json!(-3001), false),
        ("deathYear", json!(2027), true),
        ("deathYear", json!(2028), false),
    ] {
        let mut input = json!({ "name": "Zola" });
        input[field] = value;
        let response = AUTHOR.create(&ann, input).await;
        if ok {
            response.data();
        } else {
            assert!(response.error_fields()[field].is_array(), "{field}: {}", response.text);
        }
    }
}

#[tokio::test]
async fn an_update_of_an_author_changes_only_updated_at() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let zola = ann.create_author("Zola").await;
    app.clock.advance(TimeDelta::milliseconds(1_500));
    let changed = row(&AUTHOR.update(&ann, &zola, json!({ "birthYear": 1840 })).await);
    assert_eq!(changed["createdAt"], "2026-11-20T12:00:00.000Z");
    assert_eq!(changed["updatedAt"], "2026-11-20T12:00:01.500Z");
}

#[tokio::test]
async fn delete_author_returns_the_author_and_keeps_the_books() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let zola = ann.create_author("Zola").await;
    let nana = id(&BOOK.create(&ann, json!({ "title": "Nana", "authorIds": [zola] })).await);
    let before = AUTHOR.find(&ann, &zola).await;

    assert_eq!(row(&AUTHOR.delete(&ann, &zola).await), before);

    assert_eq!(AUTHOR.find(&ann, &zola).await, Value::Null);
    let nana = BOOK.find(&ann, &nana).await;
    assert_eq!((&nana["title"], &nana["authors"]), (&json!("Nana"), &json!([])));
}
