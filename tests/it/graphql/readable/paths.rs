//! The responses of all paths to a user without rights of a role.

use std::fmt::Write;

use domain::ability::{RuleSet, rules};

use super::{HiddenRows, hide_all_rows, hide_some_rows};
use crate::it::support::Response;

const RULES: [(&str, RuleSet); 3] =
    [("every row", rules), ("some rows", hide_some_rows), ("no row", hide_all_rows)];

/// All paths by which a query reads rows. `$ann` and `$eve` are users, `$jane` and `$ghost`
/// authors, `$emma` and `$draft` books of ann, and `$owned` a book of eve. Rules hide ghost, draft
/// and eve.
pub(super) const PATHS: [&str; 32] = [
    "{ book(id: $emma) { title } }",
    "{ book(id: $draft) { title } }",
    "{ author(id: $jane) { name } }",
    "{ author(id: $ghost) { name } }",
    "{ user(id: $ann) { name } }",
    "{ user(id: $eve) { name } }",
    "{ me { name } }",
    // Lists written by the database.
    "{ books { title } }",
    "{ books(offset: 1, limit: 1) { title } }",
    "{ books { title authors { name } } }",
    r#"{ books(search: "draft") { title } }"#,
    r#"{ books(filter: { title: "draft" }) { title } }"#,
    r#"{ books(filter: { not: { title: "emma" } }) { title } }"#,
    "{ books(filter: { authorId: $jane }, orderBy: [TITLE_DESC]) { title } }",
    "{ authors { name } }",
    r#"{ authors(search: "ghost") { name } }"#,
    // Whole rows.
    "{ books { title viewerCan { update } authors { name } } }",
    "{ authors { name viewerCan { update } } }",
    "{ booksConnection(first: 1) { totalCount pageInfo { hasNextPage } nodes { title } } }",
    "{ booksConnection(last: 1) { pageInfo { hasPreviousPage } edges { node { title } } } }",
    "{ authorsConnection { totalCount nodes { name } } }",
    // Connections of a parent.
    "{ book(id: $emma) { authors { name } } }",
    "{ book(id: $emma) { authorsConnection { totalCount nodes { name } } } }",
    "{ author(id: $jane) { books { title } } }",
    "{ author(id: $jane) { booksConnection(first: 1) { totalCount nodes { title } } } }",
    "{ author(id: $jane) { booksConnection(last: 1) { pageInfo { hasPreviousPage } } } }",
    "{ user(id: $ann) { books { title } authors { name } } }",
    "{ user(id: $ann) { booksConnection { totalCount } authorsConnection { totalCount } } }",
    "{ books { authors { books(limit: 1, offset: 1) { title } } } }",
    // Owners.
    "{ book(id: $emma) { owner { name } } }",
    "{ book(id: $owned) { title owner { name } } }",
    "{ authors { owner { name } } }",
];

/// Returns the data, or the codes of the errors.
fn outcome(response: &Response) -> String {
    let json = response.json();
    let Some(errors) = json["errors"].as_array() else { return json["data"].to_string() };
    let mut codes: Vec<_> =
        errors.iter().map(|error| error["extensions"]["code"].as_str()).collect();
    codes.dedup();
    codes.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// Returns the responses of all paths to `name` under each of the rules, as a table.
async fn response_table(library: &HiddenRows, name: Option<&str>) -> String {
    let mut response_table = String::new();
    let mut clients = Vec::new();
    for (rules_name, rules) in RULES {
        clients.push((rules_name, library.client(rules, name).await));
    }
    for path in PATHS {
        _ = writeln!(response_table, "{path}");
        let mut last = String::new();
        for (rules_name, client) in &clients {
            let outcome = outcome(&client.query(&library.query(path)).await);
            let same = outcome == last;
            _ = writeln!(
                response_table,
                "  {rules_name:<9} {}",
                if same { "(same)" } else { &outcome }
            );
            last = outcome;
        }
    }
    response_table
}

/// The responses to an anonymous client.
const TABLE: &str = r#"{ book(id: $emma) { title } }
  every row {"book":{"title":"Emma"}}
  some rows (same)
  no row    FORBIDDEN
{ book(id: $draft) { title } }
  every row {"book":{"title":"Draft"}}
  some rows {"book":null}
  no row    FORBIDDEN
{ author(id: $jane) { name } }
  every row {"author":{"name":"Jane"}}
  some rows (same)
  no row    FORBIDDEN
{ author(id: $ghost) { name } }
  every row {"author":{"name":"Ghost"}}
  some rows {"author":null}
  no row    FORBIDDEN
{ user(id: $ann) { name } }
  every row {"user":{"name":"ann"}}
  some rows (same)
  no row    FORBIDDEN
{ user(id: $eve) { name } }
  every row {"user":{"name":"eve"}}
  some rows {"user":null}
  no row    FORBIDDEN
{ me { name } }
  every row {"me":null}
  some rows (same)
  no row    (same)
{ books { title } }
  every row {"books":[{"title":"Emma"},{"title":"Draft"},{"title":"Owned"}]}
  some rows {"books":[{"title":"Emma"},{"title":"Owned"}]}
  no row    FORBIDDEN
{ books(offset: 1, limit: 1) { title } }
  every row {"books":[{"title":"Draft"}]}
  some rows {"books":[{"title":"Owned"}]}
  no row    FORBIDDEN
{ books { title authors { name } } }
  every row {"books":[{"title":"Emma","authors":[{"name":"Ghost"},{"name":"Jane"}]},{"title":"Draft","authors":[{"name":"Jane"}]},{"title":"Owned","authors":[{"name":"Jane"}]}]}
  some rows {"books":[{"title":"Emma","authors":[{"name":"Jane"}]},{"title":"Owned","authors":[{"name":"Jane"}]}]}
  no row    FORBIDDEN
{ books(search: "draft") { title } }
  every row {"books":[{"title":"Draft"}]}
  some rows {"books":[]}
  no row    FORBIDDEN
{ books(filter: { title: "draft" }) { title } }
  every row {"books":[{"title":"Draft"}]}
  some rows {"books":[]}
  no row    FORBIDDEN
{ books(filter: { not: { title: "emma" } }) { title } }
  every row {"books":[{"title":"Draft"},{"title":"Owned"}]}
  some rows {"books":[{"title":"Owned"}]}
  no row    FORBIDDEN
{ books(filter: { authorId: $jane }, orderBy: [TITLE_DESC]) { title } }
  every row {"books":[{"title":"Owned"},{"title":"Emma"},{"title":"Draft"}]}
  some rows {"books":[{"title":"Owned"},{"title":"Emma"}]}
  no row    FORBIDDEN
{ authors { name } }
  every row {"authors":[{"name":"Jane"},{"name":"Ghost"}]}
  some rows {"authors":[{"name":"Jane"}]}
  no row    FORBIDDEN
{ authors(search: "ghost") { name } }
  every row {"authors":[{"name":"Ghost"}]}
  some rows {"authors":[]}
  no row    FORBIDDEN
{ books { title viewerCan { update } authors { name } } }
  every row {"books":[{"title":"Emma","viewerCan":{"update":false},"authors":[{"name":"Ghost"},{"name":"Jane"}]},{"title":"Draft","viewerCan":{"update":false},"authors":[{"name":"Jane"}]},{"title":"Owned","viewerCan":{"update":false},"authors":[{"name":"Jane"}]}]}
  some rows {"books":[{"title":"Emma","viewerCan":{"update":false},"authors":[{"name":"Jane"}]},{"title":"Owned","viewerCan":{"update":false},"authors":[{"name":"Jane"}]}]}
  no row    FORBIDDEN
{ authors { name viewerCan { update } } }
  every row {"authors":[{"name":"Jane","viewerCan":{"update":false}},{"name":"Ghost","viewerCan":{"update":false}}]}
  some rows {"authors":[{"name":"Jane","viewerCan":{"update":false}}]}
  no row    FORBIDDEN
{ booksConnection(first: 1) { totalCount pageInfo { hasNextPage } nodes { title } } }
  every row {"booksConnection":{"totalCount":3,"pageInfo":{"hasNextPage":true},"nodes":[{"title":"Emma"}]}}
  some rows {"booksConnection":{"totalCount":2,"pageInfo":{"hasNextPage":true},"nodes":[{"title":"Emma"}]}}
  no row    FORBIDDEN
{ booksConnection(last: 1) { pageInfo { hasPreviousPage } edges { node { title } } } }
  every row {"booksConnection":{"pageInfo":{"hasPreviousPage":true},"edges":[{"node":{"title":"Owned"}}]}}
  some rows (same)
  no row    FORBIDDEN
{ authorsConnection { totalCount nodes { name } } }
  every row {"authorsConnection":{"totalCount":2,"nodes":[{"name":"Jane"},{"name":"Ghost"}]}}
  some rows {"authorsConnection":{"totalCount":1,"nodes":[{"name":"Jane"}]}}
  no row    FORBIDDEN
{ book(id: $emma) { authors { name } } }
  every row {"book":{"authors":[{"name":"Ghost"},{"name":"Jane"}]}}
  some rows {"book":{"authors":[{"name":"Jane"}]}}
  no row    FORBIDDEN
{ book(id: $emma) { authorsConnection { totalCount nodes { name } } } }
  every row {"book":{"authorsConnection":{"totalCount":2,"nodes":[{"name":"Ghost"},{"name":"Jane"}]}}}
  some rows {"book":{"authorsConnection":{"totalCount":1,"nodes":[{"name":"Jane"}]}}}
  no row    FORBIDDEN
{ author(id: $jane) { books { title } } }
  every row {"author":{"books":[{"title":"Emma"},{"title":"Draft"},{"title":"Owned"}]}}
  some rows {"author":{"books":[{"title":"Emma"},{"title":"Owned"}]}}
  no row    FORBIDDEN
{ author(id: $jane) { booksConnection(first: 1) { totalCount nodes { title } } } }
  every row {"author":{"booksConnection":{"totalCount":3,"nodes":[{"title":"Emma"}]}}}
  some rows {"author":{"booksConnection":{"totalCount":2,"nodes":[{"title":"Emma"}]}}}
  no row    FORBIDDEN
{ author(id: $jane) { booksConnection(last: 1) { pageInfo { hasPreviousPage } } } }
  every row {"author":{"booksConnection":{"pageInfo":{"hasPreviousPage":true}}}}
  some rows (same)
  no row    FORBIDDEN
{ user(id: $ann) { books { title } authors { name } } }
  every row {"user":{"books":[{"title":"Emma"},{"title":"Draft"}],"authors":[{"name":"Jane"}]}}
  some rows {"user":{"books":[{"title":"Emma"}],"authors":[{"name":"Jane"}]}}
  no row    FORBIDDEN
{ user(id: $ann) { booksConnection { totalCount } authorsConnection { totalCount } } }
  every row {"user":{"booksConnection":{"totalCount":2},"authorsConnection":{"totalCount":1}}}
  some rows {"user":{"booksConnection":{"totalCount":1},"authorsConnection":{"totalCount":1}}}
  no row    FORBIDDEN
{ books { authors { books(limit: 1, offset: 1) { title } } } }
  every row {"books":[{"authors":[{"books":[]},{"books":[{"title":"Draft"}]}]},{"authors":[{"books":[{"title":"Draft"}]}]},{"authors":[{"books":[{"title":"Draft"}]}]}]}
  some rows {"books":[{"authors":[{"books":[{"title":"Owned"}]}]},{"authors":[{"books":[{"title":"Owned"}]}]}]}
  no row    FORBIDDEN
{ book(id: $emma) { owner { name } } }
  every row {"book":{"owner":{"name":"ann"}}}
  some rows (same)
  no row    FORBIDDEN
{ book(id: $owned) { title owner { name } } }
  every row {"book":{"title":"Owned","owner":{"name":"eve"}}}
  some rows FORBIDDEN
  no row    (same)
{ authors { owner { name } } }
  every row {"authors":[{"owner":{"name":"ann"}},{"owner":{"name":"eve"}}]}
  some rows {"authors":[{"owner":{"name":"ann"}}]}
  no row    FORBIDDEN
"#;

#[tokio::test]
async fn every_path_returns_the_rows_that_its_reader_may_read() {
    let library = HiddenRows::open().await;
    let anonymous = response_table(&library, None).await;
    assert_eq!(anonymous, TABLE);
    // Bob has the same rights, and can see himself.
    let bob = response_table(&library, Some("bob")).await;
    let me = "{ me { name } }\n  every row {\"me\":{\"name\":\"bob\"}}\n  some rows (same)\n  no row    FORBIDDEN\n";
    assert!(bob.contains(me), "{bob}");
}
