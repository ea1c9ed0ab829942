//! What a client may do.

use std::time::Duration;

/// The limits of a request.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Of opening the connection.
    pub connect: Duration,
    /// Of the whole request.
    pub total: Duration,
    /// Of the response's body, in bytes.
    pub body: usize,
}

impl Default for Limits {
    fn default() -> Self {
        let (connect, total) = (Duration::from_secs(5), Duration::from_secs(10));
        Self { connect, total, body: 1024 * 1024 }
    }
}

/// The addresses that a client reaches. A URL that names this machine always has its addresses.
#[derive(Clone, Copy, Debug)]
pub struct Addresses {
    /// Whether private addresses are reached besides public ones.
    pub private: bool,
    /// The setting that allows private addresses, for the text of errors.
    pub setting: &'static str,
}
