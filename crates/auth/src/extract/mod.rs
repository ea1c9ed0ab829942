//! Extractors of a request's data, with better-auth's errors.

mod body;
mod check;
mod client;
pub(crate) mod email;
mod fields;
mod json;
mod network;
mod proxies;
mod query;

pub use self::{
    body::is_timed_out,
    proxies::{Address, TrustedProxy},
};
pub(crate) use self::{
    body::{AnyObject, Body, FORM, Input, JSON, MAX_BODY_LEN, Read, read, unread},
    check::{Accepts, check, parse_query},
    client::Client,
    fields::Fields,
    json::{Document, Object, Value, parse as parse_json},
    proxies::Proxies,
    query::{Query, UncheckedQuery},
};
