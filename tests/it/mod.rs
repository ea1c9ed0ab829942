//! The tests by area, and their support.

mod architecture;
mod command;
mod graphql;
mod new_entity;
mod openapi;
mod process;
pub(crate) mod support;
