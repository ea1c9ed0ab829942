//! Why a request failed.

use std::{fmt, net::IpAddr};

use http::StatusCode;
use serde_json::Value;

/// The failure of a request. The texts name the host and the path of the URL, without its query,
/// which may contain secrets.
pub struct HttpError {
    /// Host and path.
    pub(super) endpoint: String,
    /// The setting that allows private addresses.
    pub(super) setting: &'static str,
    /// Why.
    pub cause: Cause,
}

/// Why a request failed.
pub enum Cause {
    /// The URL is not absolute, or contains a user name or a password.
    Url,
    /// The URL is plain http, and its host is not a loopback host.
    Insecure,
    /// A header contains characters that are not allowed.
    Header,
    /// The host has no address, for this reason.
    Unresolved(String),
    /// Requests to this address are not allowed.
    Address(IpAddr),
    /// No connection, for this reason.
    Connection(String),
    /// The response did not end in time.
    TimedOut,
    /// The response is longer than this number of bytes.
    TooLarge(usize),
    /// The response redirects.
    Redirected,
    /// The status is no success. The body, if it is JSON.
    Status(StatusCode, Option<Value>),
    /// The body is no JSON.
    NotJson,
}

impl HttpError {
    /// The failure of a request whose path contains a secret: the texts name the host alone.
    #[must_use]
    pub fn without_path(mut self) -> Self {
        self.endpoint.truncate(self.endpoint.find('/').unwrap_or(self.endpoint.len()));
        self
    }
}

impl fmt::Display for HttpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.endpoint)?;
        match &self.cause {
            Cause::Url => f.write_str("the URL must be absolute, without user name and password"),
            Cause::Insecure => f.write_str("the URL must be https, or http on a loopback host"),
            Cause::Header => f.write_str("a header has invalid characters"),
            Cause::Unresolved(reason) => write!(f, "the host has no address: {reason}"),
            Cause::Address(address) => write!(
                f,
                "requests to {address} are not allowed; {} allows private addresses",
                self.setting
            ),
            Cause::Connection(reason) => write!(f, "the connection failed: {reason}"),
            Cause::TimedOut => f.write_str("the response did not end in time"),
            Cause::TooLarge(limit) => write!(f, "the response has more than {limit} bytes"),
            Cause::Redirected => {
                f.write_str("the response redirects; the final URL must be configured")
            }
            Cause::Status(status, _) => write!(f, "the response has the status {status}"),
            Cause::NotJson => f.write_str("the response is no JSON"),
        }
    }
}

/// As `Display`: bodies of responses may contain secrets.
impl fmt::Debug for HttpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for HttpError {}
