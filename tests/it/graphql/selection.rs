//! Selections in different notations: fragments, aliases, repetitions, directives.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::it::support::{Client, TestApp};

/// Returns a selection of every field of a type that needs no argument.
async fn all_fields(client: &Client, kind: &str) -> Vec<String> {
    let query = format!(
        "{{ __type(name: \"{kind}\") {{ fields {{ name type {{ ...T ofType {{ ...T ofType {{ ...T \
         ofType {{ ...T }} }} }} }} }} }} }} fragment T on __Type {{ kind }}"
    );
    let all_fields = client.query(&query).await.data()["__type"]["fields"].clone();
    let text = |field: &Value| {
        let name = field["name"].as_str().unwrap();
        let object = field["type"].to_string().contains("\"OBJECT\"");
        if object { format!("{name} {{ __typename }}") } else { name.to_owned() }
    };
    all_fields.as_array().unwrap().iter().map(text).collect()
}

/// Starts an application with books, authors and a user.
async fn start_with_rows() -> (TestApp, Client, String) {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let mut ids = Vec::new();
    for (name, bio) in [("Zoë \"Z\"", Some("\u{1}\\ \u{1f600}")), ("Abe", None)] {
        let input = json!({ "name": name, "bio": bio, "birthYear": -1 });
        let query = "mutation($i: CreateAuthorInput!) { createAuthor(input: $i) { id } }";
        let made = ann.graphql(query, json!({ "i": input })).await.data();
        ids.push(made["createAuthor"]["id"].clone());
        // Ids of one millisecond have a random order.
        app.clock.advance(TimeDelta::milliseconds(1));
    }
    let input = json!({
        "title": "Emma", "description": "A novel.\n", "isbn": "9780141439587",
        "releaseYear": 1815, "authorIds": ids,
    });
    let query = "mutation($i: CreateBookInput!) { createBook(input: $i) { id } }";
    let made = ann.graphql(query, json!({ "i": input })).await.data();
    let id = made["createBook"]["id"].as_str().unwrap().to_owned();
    (app, ann, id)
}

#[tokio::test]
async fn each_field_has_the_same_value_in_a_list_as_elsewhere() {
    let (_app, ann, id) = start_with_rows().await;
    for field in all_fields(&ann, "Book").await {
        let query = format!(
            "{{ book(id: \"{id}\") {{ {field} }} books(limit: 5) {{ {field} }} \
             authors(limit: 5) {{ books(limit: 5) {{ {field} }} }} \
             me {{ books(limit: 5) {{ {field} }} }} }}"
        );
        let data = ann.query(&query).await.data();
        let book = json!([data["book"]]);
        assert_eq!(data["books"], book, "{field}");
        assert_eq!(data["authors"], json!([{ "books": book }, { "books": book }]), "{field}");
        assert_eq!(data["me"]["books"], book, "{field}");
    }
    let authors = ann.query("{ authors { id } }").await.data()["authors"].clone();
    for field in all_fields(&ann, "Author").await {
        let mut query = format!(
            "book(id: \"{id}\") {{ authors {{ {field} }} }} books(limit: 5) {{ authors {{ {field} }} }} \
             authors(limit: 5) {{ {field} }} me {{ authors(limit: 5) {{ {field} }} }}"
        );
        for (index, author) in authors.as_array().unwrap().iter().enumerate() {
            let alone = format!(" a{index}: author(id: {}) {{ {field} }}", author["id"]);
            query.push_str(&alone);
        }
        let data = ann.query(&format!("{{ {query} }}")).await.data();
        let both = json!([data["a0"], data["a1"]]);
        assert_eq!(data["authors"], both, "{field}");
        assert_eq!(data["books"], json!([{ "authors": both }]), "{field}");
        assert_eq!(data["book"]["authors"], both, "{field}");
        assert_eq!(data["me"]["authors"], both, "{field}");
    }
}

#[tokio::test]
async fn repeated_fields_are_merged_in_the_order_of_their_first_occurrence() {
    let (_app, ann, _) = start_with_rows().await;
    let query = "query($no: Boolean = false, $yes: Boolean!) {
        books { title ...B kind: __typename authors { name } }
        ... on Query { books { authors { birthYear name } isbn @include(if: $no) } }
        books @skip(if: $yes) { id }
    } fragment B on Book { year: releaseYear authors @include(if: $yes) { __typename } title }";
    let response = ann.graphql(query, json!({ "yes": true })).await;
    let author = |name| format!(r#"{{"__typename":"Author","name":{name},"birthYear":-1}}"#);
    let authors = [author(r#""Zoë \"Z\"""#), author(r#""Abe""#)].join(",");
    assert_eq!(
        response.text,
        format!(
            r#"{{"data":{{"books":[{{"title":"Emma","year":1815,"authors":[{authors}],"kind":"Book"}}]}}}}"#
        )
    );
}

/// The database writes lists that select only columns; resolvers write the others.
#[tokio::test]
async fn a_list_has_the_same_text_from_the_database_and_from_resolvers() {
    let app = TestApp::start_with_demo_data().await;
    app.clock.advance(TimeDelta::milliseconds(7));
    let ann = app.signed_in("ann").await;
    let text = "É \"\\ \n\u{1}\u{1f600} '";
    let input = json!({ "title": "É \"\\ \u{1f600} '", "description": text, "authorIds": [] });
    let query = "mutation($i: CreateBookInput!) { createBook(input: $i) { id } }";
    ann.graphql(query, json!({ "i": input })).await.data();
    let long = "k".repeat(100);
    for (list, selected) in [
        ("books(limit: 100)", "id title description isbn releaseYear ownerId createdAt updatedAt"),
        ("books(limit: 100)", "updatedAt __typename of: authors { born: birthYear id } id"),
        ("books(limit: 3, offset: 9, orderBy: TITLE_DESC)", "authors { __typename } title"),
        ("books(limit: 100, search: \"pride\")", "authors { createdAt name bio deathYear }"),
        ("books(limit: 100, filter: { title: \"x\" })", "authors { ownerId updatedAt } a: title"),
        ("books(limit: 2)", &format!("{long}: title _: id authors {{ {long}: name }}")),
        ("books(limit: 2)", &format!("{}: title", "k".repeat(64))),
        ("books(limit: 2)", "a: title b: title authors { a: name b: name }"),
        ("books(limit: 2)", "id authors { id @skip(if: true) }"),
        ("authors(limit: 100)", "name id bio birthYear deathYear ownerId createdAt updatedAt"),
        ("authors(limit: 100, search: \"a\")", "kind: __typename name"),
        ("authors(limit: 1, offset: 500)", "name"),
    ] {
        let query_text = async |more: &str| {
            ann.query(&format!("{{ list: {list} {{ {selected} {more} }} }}")).await.text
        };
        let resolved = query_text("viewerCan { __typename }").await;
        let resolved = resolved.replace(r#","viewerCan":{"__typename":"ViewerCan"}"#, "");
        assert_eq!(query_text("").await, resolved, "{selected}");
        assert!(resolved.starts_with(r#"{"data":{"list":["#), "{resolved}");
    }
}

#[tokio::test]
async fn conflicting_aliases_are_refused() {
    let (_app, ann, _) = start_with_rows().await;
    for query in [
        "{ books { x: id ... on Book { x: title } } }",
        "{ books { x: id } books { x: title } }",
        "{ books { id } ...Q } fragment Q on Query { books(limit: 1) { id } }",
    ] {
        let refused = ann.query(query).await;
        assert_eq!(refused.error_code(), "GRAPHQL_VALIDATION_FAILED", "{query}");
        assert!(refused.json().get("data").is_none(), "{query}");
    }
}

#[tokio::test]
async fn a_list_of_which_all_fields_are_skipped_has_empty_objects() {
    let (_app, ann, _) = start_with_rows().await;
    let data = ann.query("{ books { id @skip(if: true) } none: books(offset: 9) { id } }").await;
    assert_eq!(data.data(), json!({ "books": [{}], "none": [] }));
}
