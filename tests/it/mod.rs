//! The tests by area, and their support.

mod architecture;
mod command;
mod graphql;
mod new_entity;
mod process;
mod protected;
pub(crate) mod support;
