//! Pages that are found by cursors.

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

/// Everything that a connection tells of its page.
const PAGE: &str = "edges { cursor node { id } } nodes { id }
    pageInfo { startCursor endCursor hasNextPage hasPreviousPage } totalCount";

/// The connection of a kind's rows.
fn field(kind: Kind) -> &'static str {
    if kind.is_book() { "booksConnection" } else { "authorsConnection" }
}

/// Asks for a page, e.g. of `booksConnection(first: 2)`, below `parent` if there is one.
async fn ask(client: &Client, parent: &str, connection: &str) -> Response {
    let page = format!("page: {connection} {{ {PAGE} }}");
    let query = if parent.is_empty() { page } else { format!("parent: {parent} {{ {page} }}") };
    client.query(&format!("{{ {query} }}")).await
}

/// A page of a connection at the root, e.g. `booksConnection(first: 2)`.
async fn page(client: &Client, connection: &str) -> Page {
    Page(ask(client, "", connection).await.data()["page"].clone())
}

/// A page below a parent.
async fn page_of(client: &Client, parent: &str, connection: &str) -> Page {
    Page(ask(client, parent, connection).await.data()["parent"]["page"].clone())
}

/// What a connection told of its page.
struct Page(Value);

impl Page {
    /// The ids of the rows, the same by both ways of reading them.
    fn ids(&self) -> Vec<String> {
        let id = |node: &Value| node["id"].as_str().unwrap().to_owned();
        let edges = self.0["edges"].as_array().unwrap().iter().map(|edge| id(&edge["node"]));
        let edges: Vec<_> = edges.collect();
        let nodes: Vec<_> = self.0["nodes"].as_array().unwrap().iter().map(id).collect();
        assert_eq!(edges, nodes);
        edges
    }

    fn cursors(&self) -> Vec<String> {
        let edges = self.0["edges"].as_array().unwrap();
        edges.iter().map(|edge| edge["cursor"].as_str().unwrap().to_owned()).collect()
    }

    fn start(&self) -> Option<&str> {
        self.0["pageInfo"]["startCursor"].as_str()
    }

    fn end(&self) -> Option<&str> {
        self.0["pageInfo"]["endCursor"].as_str()
    }

    /// Whether rows precede the page, and whether rows follow.
    fn neighbours(&self) -> (bool, bool) {
        let has = |field: &str| self.0["pageInfo"][field].as_bool().unwrap();
        (has("hasPreviousPage"), has("hasNextPage"))
    }

    fn total(&self) -> i64 {
        self.0["totalCount"].as_i64().unwrap()
    }
}

/// The ids of all rows, read in pages of `size` from the beginning.
async fn forwards(client: &Client, connection: &str, arguments: &str, size: usize) -> Vec<String> {
    let mut ids = Vec::new();
    let mut after = String::new();
    loop {
        let page = page(client, &format!("{connection}(first: {size}{after}{arguments})")).await;
        ids.extend(page.ids());
        assert_eq!(page.neighbours().0, !after.is_empty());
        if !page.neighbours().1 {
            return ids;
        }
        assert_eq!(page.ids().len(), size);
        after = format!(", after: \"{}\"", page.end().unwrap());
    }
}

/// The ids of all rows in the list's order, read in pages of `size` from the end.
async fn backwards(client: &Client, connection: &str, arguments: &str, size: usize) -> Vec<String> {
    let mut pages = Vec::new();
    let mut before = String::new();
    loop {
        let page = page(client, &format!("{connection}(last: {size}{before}{arguments})")).await;
        pages.push(page.ids());
        assert_eq!(page.neighbours().1, !before.is_empty());
        if !page.neighbours().0 {
            return pages.into_iter().rev().flatten().collect();
        }
        assert_eq!(page.ids().len(), size);
        before = format!(", before: \"{}\"", page.start().unwrap());
    }
}
