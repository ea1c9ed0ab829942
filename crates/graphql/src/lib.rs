//! The GraphQL schema over the services.
//!
//! Files named by entity contain its object, inputs, queries, mutations and costs (`book`,
//! `author`, `user`); `filter`, `loader` and `connection` have what the entities share. Queries are public; each mutation has a [`guard`](self).
//!
//! The server passes the text of a request to the [`ViewerEngine`], which parses a [`Document`] and
//! executes it, or prepares a [`PreparedSubscription`] that is executed for each change. The
//! crate [`graphql_engine`] contains everything that is independent of the entities.

#![expect(clippy::unused_async, reason = "async-graphql requires async resolvers")]

mod author;
mod batch_loader;
mod book;
mod connection;
mod context;
mod cost;
mod current;
mod engine;
mod error;
mod filter;
mod guard;
mod input;
mod list_field;
mod loader;
mod prepared_subscription;
mod scalar;
mod subscription;
#[cfg(test)]
mod tests;
mod user;
mod viewer_can;

use async_graphql::{MergedObject, SDLExportOptions, SchemaBuilder};
pub use context::Viewer;
pub use engine::ViewerEngine;
pub use error::domain_error;
use graphql_engine::FieldCost;
pub use graphql_engine::{
    Document, LIMITS, Limit, LimitKind, Limits, Operation, RequestError, is_request_error, json,
};
pub use prepared_subscription::{ChangeAnswer, PreparedSubscription};
pub use services::{MemoryPool, Reservation};
pub use subscription::Subscription;

/// Queries; they need no sign-in.
#[derive(MergedObject, Default)]
pub struct Query(
    author::AuthorQuery,
    book::BookQuery,
    connection::ConnectionQuery,
    user::UserQuery,
);

/// Mutations; they need a signed-in user.
#[derive(MergedObject, Default)]
pub struct Mutation(author::AuthorMutation, book::BookMutation);

type Schema = async_graphql::Schema<Query, Mutation, Subscription>;

/// Returns the schema as SDL, sorted, with descriptions. Needs neither database nor runtime.
#[must_use]
pub fn sdl() -> String {
    let options = SDLExportOptions::new()
        .sorted_fields()
        .sorted_arguments()
        .sorted_enum_items()
        .use_space_ident()
        .indent_width(2)
        .prefer_single_line_descriptions();
    builder().finish().sdl_with_options(options).trim().to_owned() + "\n"
}

fn builder() -> SchemaBuilder<Query, Mutation, Subscription> {
    Schema::build(Query::default(), Mutation::default(), Subscription::default())
}

/// The costs of all entities' fields.
fn costs() -> Vec<FieldCost> {
    [author::COSTS, book::COSTS, connection::COSTS, user::COSTS].concat()
}
