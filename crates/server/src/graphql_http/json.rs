//! JSON parsing with the tolerance of Node's servers.

use domain::surrogate;
use serde::de::DeserializeOwned;

/// Parses JSON. JSON must not begin with a byte order mark (RFC 8259, section 8.1), but some
/// programs write one. A lone surrogate becomes U+FFFD, as Node stores it.
pub(super) fn read<T: DeserializeOwned>(json: &[u8]) -> serde_json::Result<T> {
    let json = json.strip_prefix("\u{feff}".as_bytes()).unwrap_or(json);
    serde_json::from_slice(json).or_else(|error| match surrogate::replaced(json) {
        Some(replaced) => serde_json::from_slice(&replaced),
        None => Err(error),
    })
}
