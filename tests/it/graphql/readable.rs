//! Read rules on every path that reads rows: the default rules, rules that hide some rows, and
//! rules that hide all rows.

mod paths;

use chrono::TimeDelta;
use domain::{
    Role, UserId,
    ability::{Action::Read, Condition, Kind, RuleSet, Rules, rules},
};
use serde_json::{Value, json};

use self::paths::PATHS;
use super::rows::{AUTHOR, BOOK, id};
use crate::it::support::{Client, PASSWORD, TestApp};

/// Returns rules by which drafts, ghosts and users with a role are visible only to their owner or
/// themselves.
pub(crate) fn hide_some_rows(viewer: Option<(&UserId, Role)>) -> Rules<'_> {
    let id = viewer.map_or("", |(id, _)| id.as_str());
    let of_others = |field, value, owner| {
        Condition::All(vec![Condition::eq(field, value), Condition::ne(owner, id)])
    };
    let mut rules = rules(viewer);
    rules.cannot(&[Read], &[Kind::Book]).when(of_others("title", "Draft", "ownerId"));
    rules.cannot(&[Read], &[Kind::Author]).when(of_others("name", "Ghost", "ownerId"));
    rules.cannot(&[Read], &[Kind::User]).when(of_others("role", "admin_ro", "id"));
    rules
}

/// Returns rules without any right to read.
fn hide_all_rows(viewer: Option<(&UserId, Role)>) -> Rules<'_> {
    let mut rules = rules(viewer);
    rules.cannot(&[Read], &[Kind::All]);
    rules
}

/// An application with rows, and their ids by the names in [`PATHS`].
struct HiddenRows {
    app: TestApp,
    ids: Vec<(&'static str, String)>,
}

impl HiddenRows {
    /// Starts the application and creates the rows.
    async fn open() -> Self {
        let app = TestApp::start().await;
        let ann = app.signed_in("ann").await;
        let eve = app.with_role("eve", "admin_ro").await;
        app.signed_in("bob").await;
        let jane = ann.create_author("Jane").await;
        app.clock.advance(TimeDelta::seconds(1));
        let ghost = eve.create_author("Ghost").await;
        let book = async |client: &Client, title, authors: &[&String]| {
            // Ids are sorted by time.
            app.clock.advance(TimeDelta::seconds(1));
            let input = json!({ "title": title, "authorIds": authors });
            id(&BOOK.create(client, input).await)
        };
        let emma = book(&ann, "Emma", &[&ghost, &jane]).await;
        let draft = book(&ann, "Draft", &[&jane]).await;
        let owned = book(&eve, "Owned", &[&jane]).await;
        let (ann, eve) = (ann.user_id().await, eve.user_id().await);
        let ids = vec![
            ("$ann", ann),
            ("$eve", eve),
            ("$jane", jane),
            ("$ghost", ghost),
            ("$emma", emma),
            ("$draft", draft),
            ("$owned", owned),
        ];
        Self { app, ids }
    }

    /// Returns a client of an application with these rules, signed in as `name`.
    async fn client(&self, rules: RuleSet, name: Option<&str>) -> Client {
        let client = self.app.with_rules(rules).await.anonymous();
        if let Some(name) = name {
            let response = client.sign_in(&format!("{name}@example.com"), PASSWORD).await;
            assert_eq!(response.status, 200, "{}", response.text);
        }
        client
    }

    /// Returns the id of a named row.
    fn id(&self, name: &str) -> &str {
        &self.ids.iter().find(|(known, _)| *known == name).unwrap().1
    }

    /// Returns a query of [`PATHS`] with ids.
    fn query(&self, path: &str) -> String {
        let quoted = |query: String, (name, id): &(&str, String)| {
            query.replace(name, &json!(id).to_string())
        };
        self.ids.iter().fold(path.to_owned(), quoted)
    }
}

#[tokio::test]
async fn an_owner_reads_rows_hidden_from_others() {
    let library = HiddenRows::open().await;
    let ann = library.client(hide_some_rows, Some("ann")).await;
    let query = "{ books(orderBy: [TITLE_ASC]) { title authors { name } } me { books { title } } }";
    assert_eq!(
        ann.query(query).await.data(),
        json!({
            "books": [
                { "title": "Draft", "authors": [{ "name": "Jane" }] },
                { "title": "Emma", "authors": [{ "name": "Jane" }] },
                { "title": "Owned", "authors": [{ "name": "Jane" }] },
            ],
            "me": { "books": [{ "title": "Emma" }, { "title": "Draft" }] },
        })
    );
}

/// A hidden row does not exist for a writer, regardless of the rules for writing.
#[tokio::test]
async fn a_hidden_row_cannot_be_named_in_a_mutation() {
    let library = HiddenRows::open().await;
    let bob = library.client(hide_some_rows, Some("bob")).await;
    let draft = library.id("$draft");
    assert_eq!(
        BOOK.update(&bob, draft, json!({ "title": "Mine" })).await.error_code(),
        "NOT_FOUND"
    );
    assert_eq!(BOOK.delete(&bob, draft).await.error_code(), "NOT_FOUND");
    let ghost = library.id("$ghost");
    assert_eq!(
        AUTHOR.update(&bob, ghost, json!({ "name": "Mine" })).await.error_code(),
        "NOT_FOUND"
    );
    assert_eq!(AUTHOR.delete(&bob, ghost).await.error_code(), "NOT_FOUND");

    let input = json!({ "title": "New", "authorIds": [ghost] });
    let refused = BOOK.create(&bob, input.clone()).await;
    let fields = json!({ "authorIds": ["must be ids of existing authors"] });
    assert_eq!(refused.error_fields(), fields);
    let refused = BOOK.create_many(&bob, json!([input])).await;
    assert_eq!(
        refused.error_fields(),
        json!({ "inputs.0.authorIds": ["must be ids of existing authors"] })
    );
    let mine = id(&BOOK.create(&bob, json!({ "title": "New", "authorIds": [] })).await);
    let refused = BOOK.update(&bob, &mine, json!({ "authorIds": [ghost] })).await;
    assert_eq!(refused.error_fields(), fields);
}

/// A deleted book is returned with its readable authors.
#[tokio::test]
async fn delete_book_returns_only_readable_authors() {
    let library = HiddenRows::open().await;
    let ann = library.client(hide_some_rows, Some("ann")).await;
    let query = "mutation($id: ID!) { deleteBook(id: $id) {
        title authors { name } authorsConnection { totalCount } } }";
    let response = ann.graphql(query, json!({ "id": library.id("$emma") })).await;
    let book = json!({
        "title": "Emma",
        "authors": [{ "name": "Jane" }],
        "authorsConnection": { "totalCount": 1 },
    });
    assert_eq!(response.data()["deleteBook"], book);
}

#[tokio::test]
async fn a_protected_endpoint_returns_no_hidden_user() {
    let library = HiddenRows::open().await;
    for (rules, status) in [(rules as RuleSet, 200), (hide_some_rows, 200), (hide_all_rows, 403)] {
        let eve = library.client(rules, Some("eve")).await;
        let response = eve.get("/api/protected/me").await;
        assert_eq!(response.status, status, "{}", response.text);
    }
}

/// Rules without conditions add neither statements nor conditions; other tests cover the plans.
#[tokio::test]
async fn rules_without_conditions_cause_no_statement() {
    let library = HiddenRows::open().await;
    let hidden = library.app.with_rules(hide_some_rows).await;
    for path in PATHS {
        let query = library.query(path);
        let count = async |app: &TestApp| {
            let client = app.anonymous();
            let (response, statements) = app.count_statements(client.query(&query)).await;
            (response.json()["errors"] == Value::Null).then_some(statements)
        };
        if let (Some(public), Some(hidden)) = (count(&library.app).await, count(&hidden).await) {
            assert!(hidden <= public + 1, "{path}: {hidden} statements instead of {public}");
        }
    }
}
