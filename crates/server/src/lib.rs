//! The server behind the binary `bookplate`: command line, settings, routes, telemetry.
//!
//! [`App::open`] builds the state from one [`Config`], for [`commands`] and for tests.
//! A request passes `connections` (limits of slow and many clients), `http_service` (request
//! id, log line, CORS, security headers), and `routes`, the table of every route of the
//! process: `/graphql` (`graphql_http`), `/api/auth` (the crate `auth`), `/api/protected`
//! (`protected`), health probes and development tools.
//!
//! Errors, by where they end:
//!
//! | type | for |
//! |---|---|
//! | `config::Problems` | the administrator: all wrong settings at once; becomes a `Failure` |
//! | `failure::Failure` | the administrator: why a command or the start failed, as text |
//! | `domain::Error` | everything below the server: a code, a message, and fields |
//! | `graphql_http::response::Refusal` | GraphQL clients: a response without execution |
//! | `rest_error` | REST clients outside of `/api/auth`: `{"message", "code"}` |
//! | `auth::AuthError` | clients of `/api/auth`: better-auth's codes and messages |

// `println!` panics if standard output is closed; [`output`] does not.
#![warn(clippy::print_stdout, clippy::print_stderr)]

pub mod app;
pub mod cli;
mod cluster;
pub mod commands;
pub mod config;
mod connections;
mod database_setup;
#[cfg(feature = "test-clock")]
mod dev_clock;
mod dev_mail;
mod failure;
mod graphiql;
mod graphql_http;
mod headers;
mod health;
mod http_service;
mod isbn_check;
pub mod output;
mod paths;
mod plugin_check;
mod progress;
mod protected;
pub mod proxy;
mod rest_error;
mod retention;
mod routes;
mod row_check;
mod schema_check;
pub mod seed;
mod server_lock;
mod start_screen;
pub mod system;
mod telemetry;
mod time_limit;
mod unserved;

pub use app::App;
pub use config::Config;
pub use failure::Failure;
/// The schema as text, as `bookplate schema` prints it.
pub use graphql::sdl as schema_text;
