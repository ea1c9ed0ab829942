//! Books from a sheet.

use serde_json::{Value, json};

use super::rows::BOOK;
use crate::it::support::{Answer, Client, TestApp};

/// Sends a sheet of these lines.
async fn import(client: &Client, sheet: &str) -> Answer {
    let query = "mutation($file: Upload!) { importBooks(file: $file) {
        title description isbn releaseYear authors { name } owner { name }
    } }";
    let operations = json!({ "query": query, "variables": { "file": null } });
    client.upload(&operations, &json!({ "0": ["variables.file"] }), &[sheet.as_bytes()]).await
}

#[tokio::test]
async fn every_column_of_a_sheet_counts() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let (neil, terry) =
        (ann.create_author("Neil Gaiman").await, ann.create_author("Terry Pratchett").await);
    let sheet = format!(
        "title,description,isbn,releaseYear,authorIds\r\n\
         Good Omens,\"Nice, and accurate\",978-0-06-085398-3,1990,{terry};{neil}\r\n\
         Beowulf,,,975,\r\n"
    );
    let expected = json!([
        {
            "title": "Good Omens",
            "description": "Nice, and accurate",
            "isbn": "9780060853983",
            "releaseYear": 1990,
            "authors": [{ "name": "Terry Pratchett" }, { "name": "Neil Gaiman" }],
            "owner": { "name": "ann" },
        },
        {
            "title": "Beowulf",
            "description": null,
            "isbn": null,
            "releaseYear": 975,
            "authors": [],
            "owner": { "name": "ann" },
        },
    ]);
    assert_eq!(import(&ann, &sheet).await.data()["importBooks"], expected);
}

#[tokio::test]
async fn what_is_wrong_is_named_by_row_and_column_and_nothing_is_added() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let sheet = "title,isbn,releaseYear,authorIds\n\
                 Emma,,,\n\
                 ,123,9999,nobody\n\
                 Persuasion,,,\n";
    let refused = import(&ann, sheet).await;
    assert_eq!(refused.code(), "BAD_USER_INPUT");
    let fields = refused.fields();
    let mut names: Vec<_> = fields.as_object().unwrap().keys().collect();
    names.sort();
    assert_eq!(names, ["rows.3.authorIds", "rows.3.isbn", "rows.3.releaseYear", "rows.3.title"]);
    assert_eq!(fields["rows.3.title"], json!(["must not be empty"]));

    let unreadable = import(&ann, "title,releaseYear\nEmma,soon\n").await;
    assert_eq!(unreadable.fields(), json!({ "rows.2.releaseYear": ["must be a whole number"] }));
    assert_eq!(BOOK.count(&ann).await, 0);
}

#[tokio::test]
async fn a_million_authors_are_refused_as_one_too_many_is() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    for authors in [101, 400_000] {
        let ids: Vec<_> = (0..authors).map(|n| format!("a{n}")).collect();
        let refused = import(&ann, &format!("title,authorIds\nx,{}", ids.join(";"))).await;
        assert_eq!(refused.code(), "BAD_USER_INPUT");
        let faults = ["must be at most 100", "must be ids of existing authors"];
        let expected = json!({ "rows.2.authorIds": faults });
        assert_eq!(refused.fields(), expected, "{authors}");
    }
    assert_eq!(BOOK.count(&ann).await, 0);
}

#[tokio::test]
async fn an_isbn_that_is_taken_is_named_by_its_row() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let isbn = "9780141439587";
    BOOK.create(&ann, json!({ "title": "Emma", "isbn": isbn })).await.data();
    let taken = import(&ann, &format!("title,isbn\nPersuasion,\nEmma,{isbn}\n")).await;
    assert_eq!(taken.code(), "CONFLICT");
    assert!(taken.fields()["rows.3.isbn"].is_array(), "{}", taken.text);
    let twice = "title,isbn\nA,9780060853983\nB,9780060853983\n";
    let twice = import(&ann, twice).await;
    assert_eq!(twice.fields()["rows.3.isbn"], json!(["is the ISBN of row 2, too"]));
    assert_eq!(BOOK.count(&ann).await, 1);
}

#[tokio::test]
async fn a_sheet_has_one_to_a_hundred_books() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    for (rows, place) in [(0, "rows"), (101, "rows")] {
        let sheet = format!("title\n{}", "Emma\n".repeat(rows));
        let refused = import(&ann, &sheet).await;
        assert_eq!(refused.code(), "BAD_USER_INPUT");
        assert_ne!(refused.fields()[place], Value::Null, "{}", refused.text);
    }
    let hundred = import(&ann, &format!("title\n{}", "Emma\n".repeat(100))).await;
    assert_eq!(hundred.data()["importBooks"].as_array().unwrap().len(), 100);
}

#[tokio::test]
async fn what_is_no_sheet_is_refused() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    for sheet in [
        "",
        "\n",
        "Emma\nPersuasion\n",
        "title;isbn\nEmma;\n",
        "title,colour\nEmma,red\n",
        "title\0\nEmma\n",
    ] {
        let refused = import(&ann, sheet).await;
        assert_eq!(refused.code(), "BAD_USER_INPUT", "{sheet:?}: {}", refused.text);
    }
    let nul = import(&ann, "title\nEm\0ma\n").await;
    assert_eq!(nul.code(), "BAD_USER_INPUT");
    assert_eq!(BOOK.count(&ann).await, 0);
}

#[tokio::test]
async fn a_large_answer_of_an_import_counts_against_the_limit_of_complexity() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let query = "mutation($file: Upload!) { importBooks(file: $file) {
        authors { books(limit: 100) { title } } } }";
    let operations = json!({ "query": query, "variables": { "file": null } });
    let map = json!({ "0": ["variables.file"] });
    let refused = ann.upload(&operations, &map, &[b"title\nEmma\n"]).await;
    assert_eq!(refused.code(), "GRAPHQL_VALIDATION_FAILED", "{}", refused.text);
    assert_eq!(BOOK.count(&ann).await, 0);
}
