//! What handlers take from a request, with errors of better-auth's shape.

mod body;
mod client;
pub(crate) mod email;
mod fields;
mod network;
mod proxies;
mod query;

pub use self::{
    body::is_late,
    proxies::{Address, TrustedProxy},
};
pub(crate) use self::{
    body::{AnyObject, Body, FORM, Input, JSON, LONGEST_BODY, unread},
    client::Client,
    fields::{Fields, says_something},
    proxies::Proxies,
    query::Query,
};
