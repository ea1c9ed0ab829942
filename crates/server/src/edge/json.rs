//! JSON as Node's servers take it.

use domain::surrogate;
use serde::de::DeserializeOwned;

/// Reads JSON. A byte order mark is no part of it (RFC 8259, section 8.1), but some programs
/// begin every text with it. Half of a character, which a program cut off, becomes U+FFFD, as
/// Node stores it.
pub(super) fn read<T: DeserializeOwned>(json: &[u8]) -> serde_json::Result<T> {
    let json = json.strip_prefix("\u{feff}".as_bytes()).unwrap_or(json);
    serde_json::from_slice(json).or_else(|error| match surrogate::replaced(json) {
        Some(replaced) => serde_json::from_slice(&replaced),
        None => Err(error),
    })
}
