//! The GraphQL schema over the services.
//!
//! One file per entity holds its object, inputs, queries and mutations
//! ([`book`](self), `author`, `user`). Queries are public; the mutation objects
//! carry one [`guard`](self) each. Whoever serves the schema gives a request's text
//! to the [`Engine`], which makes a [`Document`] of it and executes that, or makes a
//! [`Source`] of it, a subscription that is answered at each change.

#![expect(clippy::unused_async, reason = "async-graphql has every resolver async")]

mod author;
mod batch_loader;
mod book;
mod budget;
mod complexity;
mod connection;
mod context;
mod cost;
mod current;
mod document;
mod engine;
mod entity_list;
mod error;
mod executor;
mod extent;
mod filter;
mod guard;
mod input;
pub mod json;
mod limits;
mod list;
mod loader;
mod parser;
mod plan;
mod scalar;
mod source;
mod spread;
mod subscription;
mod user;
mod uses;
mod validate;
mod variables;
mod viewer_can;
mod work;

use async_graphql::{MergedObject, SDLExportOptions, SchemaBuilder};
pub use context::Viewer;
pub use document::{Document, Operation, Rejection};
pub use engine::{Engine, is_request_error};
pub use error::domain_error;
pub use limits::{LIMITS, Limit, Limits, Measure};
pub use services::{MemoryPool, Reservation};
pub use source::{Source, Told};
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

/// The schema as text: sorted and described. Needs neither database nor runtime.
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
    // How deep anything recurses is bounded when a document is parsed.
    Schema::build(Query::default(), Mutation::default(), Subscription)
        .limit_recursive_depth(usize::MAX)
}
