//! The tests by area, and their support.

mod architecture;
mod auth;
mod command;
mod graphql;
mod new_entity;
mod process;
pub(crate) mod support;
