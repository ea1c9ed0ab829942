//! The permission rules that clients can query.

use serde_json::{Value, json};

use super::rows::{AUTHOR, BOOK, id, labels};
use crate::it::support::{Client, TestApp};

/// Returns the rules of the client's user; the user's id is replaced by `me`.
async fn rules(client: &Client) -> String {
    let me = client.query("{ me { id abilities } }").await.data()["me"].clone();
    let rules = me["abilities"].as_array().unwrap().iter().map(Value::to_string);
    rules.collect::<Vec<_>>().join("\n").replace(me["id"].as_str().unwrap(), "me")
}

#[tokio::test]
async fn the_rules_of_a_user_follow_from_the_role() {
    let app = TestApp::start().await;
    let ann = rules(&app.signed_in("ann").await).await;
    insta::assert_snapshot!(ann, @r#"
    {"action":"read","subject":["Book","Author"]}
    {"action":"read","subject":"User","fields":["id","name","image","createdAt","books","booksConnection","authors","authorsConnection"]}
    {"action":"create","subject":["Book","Author"]}
    {"action":["update","delete"],"subject":["Book","Author"],"conditions":{"ownerId":"me"}}
    {"action":["read","update","delete"],"subject":"User","conditions":{"id":"me"}}
    {"action":"read","subject":"User","fields":["abilities"],"conditions":{"id":{"$ne":"me"}},"inverted":true}
    "#);
    // The rule for administrators stands before the last rule.
    for (role, rule) in [
        ("admin_ro", json!({ "action": "read", "subject": "all" })),
        ("admin_rw", json!({ "action": "manage", "subject": "all" })),
    ] {
        let (first, last) = ann.rsplit_once('\n').unwrap();
        let expected = format!("{first}\n{rule}\n{last}");
        assert_eq!(rules(&app.with_role(role, role).await).await, expected);
    }
}

#[tokio::test]
async fn the_rules_of_a_user_are_hidden_from_others() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let (anns, emma) = (ann.user_id().await, ann.create_book("Emma").await);
    let query = "query($user: ID!, $book: ID!) {
        user(id: $user) { abilities } book(id: $book) { owner { abilities } }
    }";
    let variables = json!({ "user": anns, "book": emma });
    let hidden =
        json!({ "user": { "abilities": null }, "book": { "owner": { "abilities": null } } });
    for other in [
        app.anonymous(),
        app.signed_in("bob").await,
        app.with_role("reader", "admin_ro").await,
        app.with_role("root", "admin_rw").await,
    ] {
        assert_eq!(other.graphql(query, variables.clone()).await.data(), hidden);
    }
    let rules_of_others = ann.graphql(query, variables).await.data();
    assert!(
        rules_of_others["user"]["abilities"].is_array()
            && rules_of_others["book"]["owner"]["abilities"].is_array()
    );
}

#[tokio::test]
async fn a_changed_role_changes_the_rules() {
    let app = TestApp::start().await;
    let bob = app.signed_in("bob").await;
    let before = rules(&bob).await;
    app.run_command(&["user", "set-role", "bob@example.com", "admin_rw"]).await.unwrap();
    assert_ne!(rules(&bob).await, before);
    app.run_command(&["user", "set-role", "bob@example.com", "user"]).await.unwrap();
    assert_eq!(rules(&bob).await, before);
}

/// Every name in a rule must be a field of the schema, so that clients can evaluate the rules as
/// the server does.
#[tokio::test]
async fn rules_name_only_fields_of_the_schema() {
    let app = TestApp::start().await;
    for client in [app.signed_in("ann").await, app.with_role("root", "admin_rw").await] {
        let me = client.query("{ me { abilities } }").await.data()["me"].clone();
        for rule in me["abilities"].as_array().unwrap() {
            let names = rule["fields"].as_array().cloned().unwrap_or_default();
            let conditions = rule["conditions"].as_object().cloned().unwrap_or_default();
            let names = names.iter().map(|name| name.as_str().unwrap().to_owned());
            let names: Vec<_> = names.chain(conditions.keys().cloned()).collect();
            let subjects = match &rule["subject"] {
                Value::Array(subjects) => subjects.clone(),
                subject => vec![subject.clone()],
            };
            for subject in subjects {
                let query = "query($name: String!) { __type(name: $name) { fields { name } } }";
                let found = client.graphql(query, json!({ "name": subject })).await.data();
                let known = match subject.as_str().unwrap() {
                    "all" => Vec::new(),
                    _ => labels(&found["__type"]["fields"], "name"),
                };
                assert!(names.iter().all(|name| known.contains(name)), "{rule}");
            }
        }
    }
}

const FIELDS: &str = "ownerId owner { id } viewerCan { update delete }";

#[tokio::test]
async fn viewer_can_predicts_what_the_viewer_may_do() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let viewers = [
        (app.anonymous(), false),
        (app.signed_in("bob").await, false),
        (app.with_role("reader", "admin_ro").await, false),
        (app.with_role("root", "admin_rw").await, true),
    ];
    for (viewer, can) in viewers.iter().map(|(viewer, can)| (viewer, *can)).chain([(&ann, true)]) {
        let book = id(&BOOK.create(&ann, json!({ "title": "Emma" })).await);
        let author = id(&AUTHOR.create(&ann, json!({ "name": "Jane Austen" })).await);
        let query = format!(
            "query($book: ID!, $author: ID!) {{
                book(id: $book) {{ {FIELDS} }} author(id: $author) {{ {FIELDS} }}
            }}"
        );
        let row = viewer.graphql(&query, json!({ "book": book, "author": author })).await.data();
        for (kind, id) in [(BOOK, &book), (AUTHOR, &author)] {
            let row = &row[kind.query];
            assert_eq!(row["ownerId"], row["owner"]["id"]);
            assert_eq!(row["viewerCan"], json!({ "update": can, "delete": can }));
            let attempts =
                [kind.update(viewer, id, json!({})).await, kind.delete(viewer, id).await];
            for response in attempts {
                assert_eq!(response.json().get("errors").is_none(), can, "{}", response.text);
            }
        }
    }
}

#[tokio::test]
async fn permissions_cause_no_statement() {
    let app = TestApp::start_with_demo_data().await;
    let anyone = app.anonymous();
    let plain = anyone.query("{ books { title authors { name } } }");
    let (_, without) = app.count_statements(plain).await;
    let query = "{ books { ownerId viewerCan { update delete }
        authors { ownerId viewerCan { update delete } } } }";
    let (response, with) = app.count_statements(anyone.query(query)).await;
    assert!(response.data()["books"].as_array().unwrap().len() > 10);
    assert_eq!(with, without);
}
