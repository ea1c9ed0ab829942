//! Books and authors as test data, created, updated and read through the API.

use chrono::TimeDelta;
use domain::Clock;
use serde_json::{Value, json};

use crate::it::support::{Client, Response};

/// An entity with its names in the API.
#[derive(Clone, Copy)]
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    pub(crate) query: &'static str,
    pub(crate) list: &'static str,
    /// The field with the title or name.
    pub(crate) label: &'static str,
    /// All fields of the entity, and its owner's name.
    fields: &'static str,
}

/// The entity `Book`.
pub(crate) const BOOK: Kind = Kind {
    name: "Book",
    query: "book",
    list: "books",
    label: "title",
    fields: "id title description isbn releaseYear authors { name } owner { name } \
             createdAt updatedAt",
};

/// The entity `Author`.
pub(crate) const AUTHOR: Kind = Kind {
    name: "Author",
    query: "author",
    list: "authors",
    label: "name",
    fields: "id name bio birthYear deathYear owner { name } createdAt updatedAt",
};

impl Kind {
    /// Returns whether the entity is the book.
    pub(crate) fn is_book(self) -> bool {
        self.name == BOOK.name
    }

    /// Returns the name of the list field.
    pub(crate) fn list_name(self) -> &'static str {
        self.list
    }

    /// Returns the name of the field with the title or name.
    pub(crate) fn label(self) -> &'static str {
        self.label
    }

    /// Creates a row. A book without `authorIds` in the input has no authors.
    pub(crate) async fn create(self, client: &Client, mut input: Value) -> Response {
        if self.is_book() && input.get("authorIds").is_none() {
            input["authorIds"] = json!([]);
        }
        let Self { name, fields, .. } = self;
        let query = format!(
            "mutation($input: Create{name}Input!) {{ row: create{name}(input: $input) {{ {fields} }} }}"
        );
        client.graphql(&query, json!({ "input": input })).await
    }

    /// Creates rows by one mutation, aliased as `row`.
    pub(crate) async fn create_many(self, client: &Client, mut inputs: Value) -> Response {
        for input in inputs.as_array_mut().unwrap() {
            if input.get("authorIds").is_none() {
                input["authorIds"] = json!([]);
            }
        }
        let Self { name, fields, .. } = self;
        let query = format!(
            "mutation($inputs: [Create{name}Input!]!) {{ row: create{name}s(inputs: $inputs) {{ {fields} }} }}"
        );
        client.graphql(&query, json!({ "inputs": inputs })).await
    }

    /// Creates rows one millisecond apart, so their ids are in creation order. Returns the ids.
    pub(crate) async fn create_all(
        self,
        client: &Client,
        clock: &Clock,
        inputs: impl IntoIterator<Item = Value>,
    ) -> Vec<String> {
        let mut ids = Vec::new();
        for input in inputs {
            ids.push(id(&self.create(client, input).await));
            clock.advance(TimeDelta::milliseconds(1));
        }
        ids
    }

    /// Updates a row.
    pub(crate) async fn update(self, client: &Client, id: &str, input: Value) -> Response {
        let Self { name, fields, .. } = self;
        let query = format!(
            "mutation($id: ID!, $input: Update{name}Input!) {{
                row: update{name}(id: $id, input: $input) {{ {fields} }}
            }}"
        );
        client.graphql(&query, json!({ "id": id, "input": input })).await
    }

    /// Deletes a row.
    pub(crate) async fn delete(self, client: &Client, id: &str) -> Response {
        let Self { name, fields, .. } = self;
        let query = format!("mutation($id: ID!) {{ row: delete{name}(id: $id) {{ {fields} }} }}");
        client.graphql(&query, json!({ "id": id })).await
    }

    /// Returns the row as `client` reads it, or null.
    pub(crate) async fn find(self, client: &Client, id: &str) -> Value {
        let Self { query, fields, .. } = self;
        let query = format!("query($id: ID!) {{ row: {query}(id: $id) {{ {fields} }} }}");
        client.graphql(&query, json!({ "id": id })).await.data()["row"].clone()
    }

    /// Queries a list with these arguments of a GraphQL document.
    pub(crate) async fn query_list(self, client: &Client, arguments: &str) -> Response {
        let Self { list, label, .. } = self;
        client.query(&format!("{{ rows: {list}({arguments}) {{ {label} }} }}")).await
    }

    /// Returns the titles or names of a list.
    pub(crate) async fn list(self, client: &Client, arguments: &str) -> Vec<String> {
        let rows = self.query_list(client, arguments).await.data()["rows"].clone();
        labels(&rows, self.label)
    }

    /// Returns the number of rows, at most 100.
    pub(crate) async fn count(self, client: &Client) -> usize {
        self.list(client, "limit: 100").await.len()
    }
}

/// Returns the row of a response without errors.
pub(crate) fn row(response: &Response) -> Value {
    response.data()["row"].clone()
}

/// Returns the id of the row of a response without errors.
pub(crate) fn id(response: &Response) -> String {
    row(response)["id"].as_str().unwrap().to_owned()
}

/// Returns one field of each element of a list.
pub(crate) fn labels(rows: &Value, field: &str) -> Vec<String> {
    let text = |row: &Value| row[field].as_str().unwrap().to_owned();
    rows.as_array().unwrap_or_else(|| panic!("no list: {rows}")).iter().map(text).collect()
}
