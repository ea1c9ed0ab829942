//! What handlers take from a request, with errors of better-auth's shape.

mod body;
mod check;
mod client;
pub(crate) mod email;
mod fields;
mod json;
mod network;
mod proxies;
mod query;

#[cfg(test)]
pub(crate) use self::json::parse as parse_json;
pub use self::{
    body::is_late,
    proxies::{Address, TrustedProxy},
};
pub(crate) use self::{
    body::{AnyObject, Body, FORM, Input, JSON, MAX_BODY_LEN, Read, read, unread},
    check::{Accepts, check, queried},
    client::Client,
    fields::Fields,
    json::{Document, Object, Value},
    proxies::Proxies,
    query::Query,
};
