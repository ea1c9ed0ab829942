//! `/graphql`.

mod author;
mod book;
mod book_authors;
mod book_changes;
mod http;
mod isbn;
mod list_filter;
mod list_order;
mod list_page;
mod permission;
mod rows;
mod schema;
mod selection;
mod statements;
mod user;
mod visibility;
