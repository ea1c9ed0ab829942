//! What handlers take from a request, with errors of better-auth's shape.

mod body;
mod client;
pub(crate) mod email;
mod fields;
mod query;

pub(crate) use self::{
    body::{AnyObject, Body, FORM, Input, JSON},
    client::{Address, Client},
    fields::{Fields, says_something},
    query::Query,
};
