//! The binary's commands on empty, old and filled databases.

mod dates;
mod doctor;
mod drift;
mod import;
mod isbn;
mod migrate;
mod output;
mod ownership;
mod permits;
mod providers;
mod repair;
mod requirements;
mod seed;
pub(in crate::it) mod structure;
mod tables;
mod together;
mod user;
