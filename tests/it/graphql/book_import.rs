//! Importing books from a CSV file.

use serde_json::{Value, json};

use super::rows::BOOK;
use crate::it::support::{Client, Response, TestApp};

/// Uploads a CSV file.
async fn import(client: &Client, sheet: impl AsRef<[u8]>) -> Response {
    let query = "mutation($file: Upload!) { importBooks(file: $file) {
        title description isbn releaseYear authors { name } owner { name }
    } }";
    let operations = json!({ "query": query, "variables": { "file": null } });
    client.upload(&operations, &json!({ "0": ["variables.file"] }), &[sheet.as_ref()]).await
}

#[tokio::test]
async fn every_column_of_a_sheet_is_imported() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let (neil, terry) =
        (ann.create_author("Neil Gaiman").await, ann.create_author("Terry Pratchett").await);
    let sheet = format!(
        "title,description,isbn,releaseYear,authorIds\r\n\
         Good Omens,\"Nice, and accurate\",978-0-06-085398-3,1990,{terry};{neil}\r\n\
         Beowulf,,=\"978-0-14-044931-0\",975,\r\n"
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
            "isbn": "9780140449310",
            "releaseYear": 975,
            "authors": [],
            "owner": { "name": "ann" },
        },
    ]);
    assert_eq!(import(&ann, sheet).await.data()["importBooks"], expected);
}

#[tokio::test]
async fn invalid_cells_are_named_by_row_and_column_and_nothing_is_stored() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let sheet = "title,isbn,releaseYear,authorIds\n\
                 Emma,,,\n\
                 ,123,9999,nobody\n\
                 Persuasion,,,\n";
    let refused = import(&ann, sheet).await;
    assert_eq!(refused.error_code(), "BAD_USER_INPUT");
    let fields = refused.error_fields();
    let mut names: Vec<_> = fields.as_object().unwrap().keys().collect();
    names.sort();
    assert_eq!(names, ["rows.3.authorIds", "rows.3.isbn", "rows.3.releaseYear", "rows.3.title"]);
    assert_eq!(fields["rows.3.title"], json!(["must not be empty"]));

    let unreadable = import(&ann, "title,releaseYear\nEmma,soon\n").await;
    assert_eq!(
        unreadable.error_fields(),
        json!({ "rows.2.releaseYear": ["must be a whole number"] })
    );
    assert_eq!(BOOK.count(&ann).await, 0);
}

#[tokio::test]
async fn a_misplaced_quote_is_named_by_its_line_and_nothing_is_stored() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let unclosed = "title,description\nEmma,\n\"Persuasion,\nSanditon,\n";
    let refused = import(&ann, unclosed).await;
    assert_eq!(refused.error_code(), "BAD_USER_INPUT");
    assert_eq!(refused.error_fields(), json!({ "rows.3": ["has a quote that is not closed"] }));
    let stray = "title,description\n\nThe \"Emma\",\n\"Sanditon\" II,\n";
    let refused = import(&ann, stray).await;
    let expected = json!({
        "rows.3": ["has a quote within a cell: write the cell in quotes, and its quotes twice"],
        "rows.4": ["has text after a closing quote"],
    });
    assert_eq!(refused.error_fields(), expected);
    assert_eq!(BOOK.count(&ann).await, 0);
}

#[tokio::test]
async fn all_invalid_cells_are_named_by_the_lines_of_the_file() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    BOOK.create(&ann, json!({ "title": "Emma", "isbn": "9780141439587" })).await.data();
    let sheet = "title,isbn,releaseYear,colour,,\n\n,1,,,,\r\n,,,,,\n\
                 \"two\nlines\",0-14-143958-0,soon,red,,\nE\"mma,,9999,,x,\n\
                 twice,ISBN 9780141439587,,,,";
    let refused = import(&ann, sheet).await;
    assert_eq!(refused.error_code(), "BAD_USER_INPUT");
    let columns = "title, description, isbn, releaseYear, authorIds";
    let response = "another book has this ISBN";
    let expected = json!({
        "rows.1": [format!("has an unknown column \"colour\"; known columns: {columns}")],
        "rows.3.title": ["must not be empty"],
        "rows.3.isbn": ["is not a valid ISBN-10 or ISBN-13"],
        "rows.5.releaseYear": ["must be a whole number"],
        "rows.5.title": ["must not contain the line break U+000A"],
        "rows.5.isbn": [response],
        "rows.7": [
            "has a quote within a cell: write the cell in quotes, and its quotes twice",
            "has a value in column 5, which the first row does not name",
        ],
        "rows.7.releaseYear": ["must be between -3000 and 2027"],
        "rows.8.isbn": [response, "is the ISBN of line 5, too"],
    });
    assert_eq!(refused.error_fields(), expected);
    assert_eq!(BOOK.count(&ann).await, 1);
}

#[tokio::test]
async fn csv_dialects_of_common_spreadsheets_are_read() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let utf16 = "\u{feff}Title\tReleaseYear\r\nEmma, a novel\t1815\r\n".encode_utf16();
    let sheets = [
        b"\xef\xbb\xbfTITLE;releaseyear;;\r\n\"Emma, a novel\";1815;;\r\n;;;\r\n".to_vec(),
        b"sep=;\r\ntitle;releaseYear\r\nEmma, a novel;1815\r\n\r\n".to_vec(),
        b"title\treleaseYear\rEmma, a novel\t1815\r".to_vec(),
        utf16.flat_map(u16::to_le_bytes).collect(),
    ];
    for sheet in sheets {
        let books = import(&ann, &sheet).await.data()["importBooks"].clone();
        assert_eq!(books[0]["title"], "Emma, a novel", "{}", String::from_utf8_lossy(&sheet));
        assert_eq!(books[0]["releaseYear"], 1815);
        assert_eq!(books.as_array().unwrap().len(), 1);
    }
    let windows_1252 = import(&ann, b"title\nCaf\xe9\n").await;
    let advice = "is not in UTF-8; save the sheet as \"CSV UTF-8\"";
    assert_eq!(windows_1252.error_fields(), json!({ "rows.2": [advice] }));
}

#[tokio::test]
async fn a_million_authors_are_refused_like_one_over_the_limit() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    for authors in [101, 400_000] {
        let ids: Vec<_> = (0..authors).map(|n| format!("a{n}")).collect();
        let refused = import(&ann, format!("title,authorIds\nx,{}", ids.join(";"))).await;
        assert_eq!(refused.error_code(), "BAD_USER_INPUT");
        let faults = ["must be at most 100", "must be ids of existing authors"];
        let expected = json!({ "rows.2.authorIds": faults });
        assert_eq!(refused.error_fields(), expected, "{authors}");
    }
    assert_eq!(BOOK.count(&ann).await, 0);
}

#[tokio::test]
async fn a_taken_isbn_is_named_by_its_row() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let isbn = "9780141439587";
    BOOK.create(&ann, json!({ "title": "Emma", "isbn": isbn })).await.data();
    let response = import(&ann, format!("title,isbn\nPersuasion,\nEmma,{isbn}\n")).await;
    assert_eq!(response.error_code(), "CONFLICT");
    assert!(response.error_fields()["rows.3.isbn"].is_array(), "{}", response.text);
    let twice = "title,isbn\nA,9780060853983\nB,9780060853983\n";
    let twice = import(&ann, twice).await;
    assert_eq!(twice.error_fields()["rows.3.isbn"], json!(["is the ISBN of line 2, too"]));
    assert_eq!(BOOK.count(&ann).await, 1);
}

#[tokio::test]
async fn a_sheet_has_one_to_a_hundred_books() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    for (rows, field) in [(0, "file"), (101, "rows")] {
        let sheet = format!("title\n{}", "Emma\n".repeat(rows));
        let refused = import(&ann, sheet).await;
        assert_eq!(refused.error_code(), "BAD_USER_INPUT");
        assert_ne!(refused.error_fields()[field], Value::Null, "{}", refused.text);
    }
    let hundred = import(&ann, format!("title\n{}", "Emma\n".repeat(100))).await;
    assert_eq!(hundred.data()["importBooks"].as_array().unwrap().len(), 100);
}

#[tokio::test]
async fn files_that_are_no_sheet_are_refused() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    for sheet in [
        "",
        "\n",
        "Emma\nPersuasion\n",
        "title;isbn\nEmma;\"\n",
        "title,colour\nEmma,red\n",
        "title\0\nEmma\n",
    ] {
        let refused = import(&ann, sheet).await;
        assert_eq!(refused.error_code(), "BAD_USER_INPUT", "{sheet:?}: {}", refused.text);
    }
    let nul = import(&ann, "title\nEm\0ma\n").await;
    assert_eq!(nul.error_code(), "BAD_USER_INPUT");
    assert_eq!(BOOK.count(&ann).await, 0);
}

#[tokio::test]
async fn a_large_selection_of_an_import_is_too_complex() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let query = "mutation($file: Upload!) { importBooks(file: $file) {
        authors { books(limit: 100) { title } } } }";
    let operations = json!({ "query": query, "variables": { "file": null } });
    let map = json!({ "0": ["variables.file"] });
    let refused = ann.upload(&operations, &map, &[b"title\nEmma\n"]).await;
    assert_eq!(refused.error_code(), "GRAPHQL_VALIDATION_FAILED", "{}", refused.text);
    assert_eq!(BOOK.count(&ann).await, 0);
}
