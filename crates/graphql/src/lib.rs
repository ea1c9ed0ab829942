//! The GraphQL schema over the services.
//!
//! One file per entity holds its object, inputs, queries, mutations and costs
//! ([`book`](self), `author`, `user`). Queries are public; each mutation object has one
//! [`guard`](self). The server gives the text of a request to the [`Engine`], which parses a
//! [`Document`] and executes it, or prepares a [`PreparedSubscription`] that is executed for
//! each change. Everything that knows no entity is in the crate [`graphql_engine`].

#![expect(clippy::unused_async, reason = "async-graphql has every resolver async")]

mod author;
mod batch_loader;
mod book;
mod connection;
mod context;
mod cost;
mod current;
mod engine;
mod entity_list;
mod error;
mod filter;
mod guard;
mod input;
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
pub use engine::Engine;
pub use error::domain_error;
use graphql_engine::FieldCost;
pub use graphql_engine::{
    Document, LIMITS, Limit, LimitKind, Limits, Operation, RequestError, is_request_error, json,
};
pub use prepared_subscription::{ChangeAnswer, PreparedSubscription};
pub use services::{MemoryPool, Reservation};
pub use subscription::Subscription;

/// Everything that can be read; no sign-in needed.
#[derive(MergedObject, Default)]
pub struct Query(
    author::AuthorQuery,
    book::BookQuery,
    connection::ConnectionQuery,
    user::UserQuery,
);

/// Everything that can be changed; needs a sign-in.
#[derive(MergedObject, Default)]
pub struct Mutation(author::AuthorMutation, book::BookMutation);

type Schema = async_graphql::Schema<Query, Mutation, Subscription>;

/// The schema as text, sorted and with descriptions. Needs neither database nor runtime.
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

/// What the fields of all entities cost.
fn costs() -> Vec<FieldCost> {
    [author::COSTS, book::COSTS, connection::COSTS, user::COSTS].concat()
}
