//! Cursor pagination.

mod arguments;
mod changes;
mod children;
mod cursor;
mod order;
mod page;
mod statements;

use serde_json::Value;

use super::rows::Kind;
use crate::it::support::{Client, Response};

/// All fields of a connection.
const PAGE: &str = "edges { cursor node { id } } nodes { id }
    pageInfo { startCursor endCursor hasNextPage hasPreviousPage } totalCount";

/// Returns the name of an entity's connection field.
fn field(kind: Kind) -> &'static str {
    if kind.is_book() { "booksConnection" } else { "authorsConnection" }
}

/// Queries a page, for example of `booksConnection(first: 2)`, below `parent` unless it is empty.
async fn query_page(client: &Client, parent: &str, connection: &str) -> Response {
    let page = format!("page: {connection} {{ {PAGE} }}");
    let query = if parent.is_empty() { page } else { format!("parent: {parent} {{ {page} }}") };
    client.query(&format!("{{ {query} }}")).await
}

/// Returns a page of a connection of the root, for example `booksConnection(first: 2)`.
async fn page(client: &Client, connection: &str) -> Page {
    Page(query_page(client, "", connection).await.data()["page"].clone())
}

/// Returns a page of a connection below a parent.
async fn page_of(client: &Client, parent: &str, connection: &str) -> Page {
    Page(query_page(client, parent, connection).await.data()["parent"]["page"].clone())
}

/// The fields of a connection's page.
struct Page(Value);

impl Page {
    /// Returns the ids of the rows, which `nodes` and `edges` must agree on.
    fn ids(&self) -> Vec<String> {
        let id = |node: &Value| node["id"].as_str().unwrap().to_owned();
        let edges = self.0["edges"].as_array().unwrap().iter().map(|edge| id(&edge["node"]));
        let edges: Vec<_> = edges.collect();
        let nodes: Vec<_> = self.0["nodes"].as_array().unwrap().iter().map(id).collect();
        assert_eq!(edges, nodes);
        edges
    }

    /// Returns the cursors of the edges.
    fn cursors(&self) -> Vec<String> {
        let edges = self.0["edges"].as_array().unwrap();
        edges.iter().map(|edge| edge["cursor"].as_str().unwrap().to_owned()).collect()
    }

    /// Returns `startCursor`.
    fn start(&self) -> Option<&str> {
        self.0["pageInfo"]["startCursor"].as_str()
    }

    /// Returns `endCursor`.
    fn end(&self) -> Option<&str> {
        self.0["pageInfo"]["endCursor"].as_str()
    }

    /// Returns `hasPreviousPage` and `hasNextPage`.
    fn has_neighbors(&self) -> (bool, bool) {
        let has = |field: &str| self.0["pageInfo"][field].as_bool().unwrap();
        (has("hasPreviousPage"), has("hasNextPage"))
    }

    /// Returns `totalCount`.
    fn total(&self) -> i64 {
        self.0["totalCount"].as_i64().unwrap()
    }
}

/// Returns the ids of all rows, read forwards in pages of `size`.
async fn forwards(client: &Client, connection: &str, arguments: &str, size: usize) -> Vec<String> {
    let mut ids = Vec::new();
    let mut after = String::new();
    loop {
        let page = page(client, &format!("{connection}(first: {size}{after}{arguments})")).await;
        ids.extend(page.ids());
        assert_eq!(page.has_neighbors().0, !after.is_empty());
        if !page.has_neighbors().1 {
            return ids;
        }
        assert_eq!(page.ids().len(), size);
        after = format!(", after: \"{}\"", page.end().unwrap());
    }
}

/// Returns the ids of all rows in list order, read backwards in pages of `size`.
async fn backwards(client: &Client, connection: &str, arguments: &str, size: usize) -> Vec<String> {
    let mut pages = Vec::new();
    let mut before = String::new();
    loop {
        let page = page(client, &format!("{connection}(last: {size}{before}{arguments})")).await;
        pages.push(page.ids());
        assert_eq!(page.has_neighbors().1, !before.is_empty());
        if !page.has_neighbors().0 {
            return pages.into_iter().rev().flatten().collect();
        }
        assert_eq!(page.ids().len(), size);
        before = format!(", before: \"{}\"", page.start().unwrap());
    }
}
