//! JSON as `JSON.parse` takes it.

use domain::surrogate;
use serde::de::DeserializeOwned;

/// Reads JSON; half of a character, which a program cut off, becomes U+FFFD, as Node
/// stores it.
pub(super) fn read<T: DeserializeOwned>(json: &[u8]) -> serde_json::Result<T> {
    serde_json::from_slice(json).or_else(|error| match surrogate::replaced(json) {
        Some(replaced) => serde_json::from_slice(&replaced),
        None => Err(error),
    })
}
