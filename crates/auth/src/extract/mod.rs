//! What handlers take from a request, with errors of better-auth's shape.

mod body;
mod client;
mod content;
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
    body::{AnyObject, Body, FORM, Input, JSON, LONGEST_BODY, Read, read, unread},
    client::Client,
    content::{Accepts, check, queried},
    fields::Fields,
    json::{Document, Object, Value},
    proxies::Proxies,
    query::Query,
};
