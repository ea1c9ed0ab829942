//! The tests by area, and the test harness.

mod abilities;
mod architecture;
mod auth;
mod command;
mod compatible_with;
mod documents;
mod faults;
mod graphql;
mod hook;
mod mail;
mod new_entity;
mod openapi;
mod process;
mod protected;
mod redis;
mod subscription;
pub(crate) mod support;
