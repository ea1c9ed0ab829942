//! The tests by area, and their support.

mod architecture;
mod auth;
mod command;
mod graphql;
mod mail;
mod new_entity;
mod process;
mod redis;
pub(crate) mod support;
