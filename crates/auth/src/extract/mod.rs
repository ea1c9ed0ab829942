//! What handlers take from a request, with errors of better-auth's shape.

mod body;
mod client;
mod fields;

pub(crate) use self::{
    body::{Body, Input},
    client::{Address, Client},
    fields::{Fields, says_something},
};
