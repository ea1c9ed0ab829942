//! The permissions of mutations by role.

use serde_json::{Value, json};

use super::rows::{AUTHOR, BOOK, Kind, id, labels};
use crate::it::support::{Client, Response, TestApp};

/// A book and an author of ann, which all clients try to change.
struct RowsOfAnn {
    book: String,
    author: String,
}

impl RowsOfAnn {
    /// Creates the rows.
    async fn of(ann: &Client) -> Self {
        let author = id(&AUTHOR.create(ann, json!({ "name": "Jane Austen" })).await);
        let input = json!({ "title": "Emma", "authorIds": [author] });
        Self { book: id(&BOOK.create(ann, input).await), author }
    }

    /// Returns both rows and the number of rows as `client` reads them.
    async fn read_by(&self, client: &Client) -> Value {
        json!({
            "book": BOOK.find(client, &self.book).await,
            "author": AUTHOR.find(client, &self.author).await,
            "books": BOOK.count(client).await,
            "authors": AUTHOR.count(client).await,
        })
    }

    /// Sends a mutation that succeeds for the owner.
    async fn call(&self, client: &Client, mutation: &str) -> Response {
        let (book, author) = (self.book.as_str(), self.author.as_str());
        match mutation {
            "createAuthor" => AUTHOR.create(client, json!({ "name": "New" })).await,
            "createBook" => BOOK.create(client, json!({ "title": "New" })).await,
            "createBooks" => BOOK.create_many(client, json!([{ "title": "New" }])).await,
            "deleteAuthor" => AUTHOR.delete(client, author).await,
            "deleteBook" => BOOK.delete(client, book).await,
            "updateAuthor" => AUTHOR.update(client, author, json!({ "name": "Changed" })).await,
            "updateBook" => {
                let input = json!({ "title": "Changed", "authorIds": [] });
                BOOK.update(client, book, input).await
            }
            "importBooks" => {
                let query = "mutation($file: Upload!) { importBooks(file: $file) { title } }";
                let operations = json!({ "query": query, "variables": { "file": null } });
                let map = json!({ "0": ["variables.file"] });
                client.upload(&operations, &map, &[b"title\nNew\n"]).await
            }
            new => panic!("{new} has no case here: say who may call it"),
        }
    }
}

/// Returns the names of the schema's mutations.
async fn mutations(client: &Client) -> Vec<String> {
    let response = client.query("{ __schema { mutationType { fields { name } } } }").await;
    let mut names = labels(&response.data()["__schema"]["mutationType"]["fields"], "name");
    names.sort();
    names
}

/// Returns `ok` or the error code.
fn outcome(response: &Response) -> String {
    match response.json().get("errors") {
        None => "ok".to_owned(),
        Some(_) => response.error_code(),
    }
}

#[tokio::test]
async fn roles_may_call_the_mutations_of_the_permission_table() {
    let app = TestApp::start().await;
    let owner = app.signed_in("ann").await;
    let clients = [
        ("anonymous", app.anonymous()),
        ("other user", app.signed_in("bob").await),
        ("admin_ro", app.with_role("reader", "admin_ro").await),
        ("admin_rw", app.with_role("root", "admin_rw").await),
    ];
    let clients = clients.iter().map(|(who, client)| (*who, client));
    let clients: Vec<_> = clients.chain([("owner", &owner)]).collect();
    let mut table = Vec::new();
    for mutation in mutations(&owner).await {
        for (who, client) in &clients {
            let rows = RowsOfAnn::of(&owner).await;
            let before = rows.read_by(&owner).await;
            let outcome = outcome(&rows.call(client, &mutation).await);
            let unchanged = rows.read_by(&owner).await == before;
            assert_eq!(unchanged, outcome != "ok", "{mutation} by {who}: {outcome}");
            table.push(format!("{mutation:12}  {who:10}  {outcome}"));
        }
    }
    insta::assert_snapshot!(table.join("\n"), @r"
    createAuthor  anonymous   UNAUTHENTICATED
    createAuthor  other user  ok
    createAuthor  admin_ro    ok
    createAuthor  admin_rw    ok
    createAuthor  owner       ok
    createBook    anonymous   UNAUTHENTICATED
    createBook    other user  ok
    createBook    admin_ro    ok
    createBook    admin_rw    ok
    createBook    owner       ok
    createBooks   anonymous   UNAUTHENTICATED
    createBooks   other user  ok
    createBooks   admin_ro    ok
    createBooks   admin_rw    ok
    createBooks   owner       ok
    deleteAuthor  anonymous   UNAUTHENTICATED
    deleteAuthor  other user  FORBIDDEN
    deleteAuthor  admin_ro    FORBIDDEN
    deleteAuthor  admin_rw    ok
    deleteAuthor  owner       ok
    deleteBook    anonymous   UNAUTHENTICATED
    deleteBook    other user  FORBIDDEN
    deleteBook    admin_ro    FORBIDDEN
    deleteBook    admin_rw    ok
    deleteBook    owner       ok
    importBooks   anonymous   UNAUTHENTICATED
    importBooks   other user  ok
    importBooks   admin_ro    ok
    importBooks   admin_rw    ok
    importBooks   owner       ok
    updateAuthor  anonymous   UNAUTHENTICATED
    updateAuthor  other user  FORBIDDEN
    updateAuthor  admin_ro    FORBIDDEN
    updateAuthor  admin_rw    ok
    updateAuthor  owner       ok
    updateBook    anonymous   UNAUTHENTICATED
    updateBook    other user  FORBIDDEN
    updateBook    admin_ro    FORBIDDEN
    updateBook    admin_rw    ok
    updateBook    owner       ok
    ");
}

#[tokio::test]
async fn an_anonymous_mutation_returns_no_data() {
    let app = TestApp::start().await;
    let (ann, anyone) = (app.signed_in("ann").await, app.anonymous());
    let rows = RowsOfAnn::of(&ann).await;
    for mutation in mutations(&ann).await {
        let refused = rows.call(&anyone, &mutation).await;
        assert_eq!(refused.error_code(), "UNAUTHENTICATED", "{mutation}");
        assert_eq!(refused.error_message(), "you are not signed in");
        // Files of anonymous clients are not read.
        let data = (mutation != "importBooks").then(|| json!({ "row": null }));
        assert_eq!(refused.json().get("data"), data.as_ref(), "{mutation}");
    }
}

#[tokio::test]
async fn an_anonymous_mutation_reveals_nothing_about_rows_and_inputs() {
    let app = TestApp::start().await;
    let anyone = app.anonymous();
    for kind in [BOOK, AUTHOR] {
        assert_eq!(kind.delete(&anyone, "unknown").await.error_code(), "UNAUTHENTICATED");
        let update = kind.update(&anyone, "unknown", json!({})).await;
        assert_eq!(update.error_code(), "UNAUTHENTICATED");
    }
    let invalid = json!({ "title": "", "isbn": "1" });
    assert_eq!(BOOK.create(&anyone, invalid.clone()).await.error_code(), "UNAUTHENTICATED");
    assert_eq!(BOOK.create_many(&anyone, json!([invalid])).await.error_code(), "UNAUTHENTICATED");
}

#[tokio::test]
async fn a_refusal_names_the_action_and_the_entity() {
    let app = TestApp::start().await;
    let (ann, bob) = (app.signed_in("ann").await, app.signed_in("bob").await);
    let rows = RowsOfAnn::of(&ann).await;
    for (mutation, message) in [
        ("updateBook", "you may not update this book"),
        ("deleteBook", "you may not delete this book"),
        ("updateAuthor", "you may not update this author"),
        ("deleteAuthor", "you may not delete this author"),
    ] {
        let refused = rows.call(&bob, mutation).await;
        assert_eq!(refused.error_message(), message);
        assert_eq!(refused.error()["path"], json!(["row"]), "{mutation}");
    }
}

#[tokio::test]
async fn permission_is_checked_before_validation() {
    let app = TestApp::start().await;
    let (ann, bob) = (app.signed_in("ann").await, app.signed_in("bob").await);
    let rows = RowsOfAnn::of(&ann).await;
    let refused = BOOK.update(&bob, &rows.book, json!({ "title": "", "isbn": "1" })).await;
    assert_eq!(refused.error_code(), "FORBIDDEN");
    let refused = AUTHOR.update(&bob, &rows.author, json!({ "name": "" })).await;
    assert_eq!(refused.error_code(), "FORBIDDEN");
}

#[tokio::test]
async fn a_refused_mutation_does_not_affect_others_of_the_request() {
    let app = TestApp::start().await;
    let (ann, bob) = (app.signed_in("ann").await, app.signed_in("bob").await);
    let rows = RowsOfAnn::of(&ann).await;
    let all = "mutation($id: ID!) {
        mine: createBook(input: { title: \"Mine\", authorIds: [] }) { id }
        theirs: deleteBook(id: $id) { id }
        after: createBook(input: { title: \"After\", authorIds: [] }) { title }
    }";
    let response = bob.graphql(all, json!({ "id": rows.book })).await;
    assert_eq!(response.error_code(), "FORBIDDEN");
    assert_eq!(response.error()["path"], json!(["theirs"]));
    let data = &response.json()["data"];
    assert!(data["mine"]["id"].is_string() && data["theirs"].is_null(), "{data}");
    assert_eq!(data["after"], json!({ "title": "After" }));
    assert_eq!(sorted(BOOK, &ann).await, ["After", "Emma", "Mine"]);
}

/// Returns the sorted titles or names of a list.
async fn sorted(kind: Kind, client: &Client) -> Vec<String> {
    let mut labels = kind.list(client, "limit: 100").await;
    labels.sort();
    labels
}
