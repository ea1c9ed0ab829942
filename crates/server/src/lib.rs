//! The server behind the binary `bookplate`: command line, configuration, router,
//! telemetry.
//!
//! [`App::open`] wires everything from one [`Config`]; [`commands`] and the tests
//! use the same door. Requests pass `front` (request id, one log line, headers
//! for browsers), then go to `/graphql` (`graphql_http`) or the router: `/api/auth` (the crate
//! `auth`), `/api/protected` (`protected`), health.

// They panic where [`output`] does not.
#![warn(clippy::print_stdout, clippy::print_stderr)]

pub mod app;
pub mod cli;
pub mod commands;
pub mod config;
mod connections;
#[cfg(feature = "test-clock")]
mod dev_clock;
mod dev_mail;
mod fallback;
mod front;
mod graphiql;
mod graphql_http;
mod headers;
mod health;
mod isbn_check;
mod nodes;
pub mod output;
mod progress;
mod protected;
pub mod proxy;
mod retention;
mod row_check;
mod schema_check;
pub mod seed;
mod server_lock;
mod start_screen;
pub mod system;
mod telemetry;
mod time_limit;

pub use app::App;
pub use config::Config;
/// The schema as text, as `bookplate schema` prints it.
pub use graphql::sdl as schema_text;
