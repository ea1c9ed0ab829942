//! Which document a request means: by its text, by the hash of a text that was sent
//! before (automatic persisted queries), or by the id of a trusted document.
//!
//! A text is kept under the hash that it has, whatever the client says, and only if it
//! is valid and keeps the limits: nobody can make another's hash mean something else,
//! and what is kept has a bound. Each process keeps its own; who misses is told so, and
//! sends the text.

use std::sync::Arc;

use graphql::Document;
use quick_cache::{Weighter, sync::Cache};
use sha2::{Digest, Sha256};

use super::{
    GraphqlHttp,
    request::DocumentRef,
    response::{Refusal, bad_request},
};

/// What an entry takes beside its text.
const ENTRY: u64 = 128;

/// The texts that clients sent with their hashes, up to a number of bytes.
pub(super) struct PersistedQueries(Cache<String, Arc<str>, TextLength>);

#[derive(Clone)]
struct TextLength;

impl Weighter<String, Arc<str>> for TextLength {
    fn weight(&self, _: &String, text: &Arc<str>) -> u64 {
        text.len() as u64 + ENTRY
    }
}

impl PersistedQueries {
    /// `None` when there is no room for any.
    pub(super) fn new(bytes: u32) -> Option<Self> {
        let entries = bytes as usize / 1024 + 1;
        (bytes > 0).then(|| Self(Cache::with_weighter(entries, bytes.into(), TextLength)))
    }
}

/// As clients write it: SHA-256 in lower-case hexadecimal digits.
pub(super) fn hash_of(text: &str) -> String {
    hex::encode(Sha256::digest(text))
}

impl GraphqlHttp {
    /// The document that `source` means. Fails when it is not known, no GraphQL, or
    /// exceeds the limits.
    pub(super) fn document(&self, source: DocumentRef) -> Result<Arc<Document>, Refusal> {
        match source {
            DocumentRef::Text(text) => self.by_text(&text),
            DocumentRef::Id(id) => self.trusted.find(&id).ok_or_else(not_in_list),
            DocumentRef::Hash(hash) => self.by_hash(&hash),
            DocumentRef::Persist { text, hash } => self.by_both(text, hash),
        }
    }

    fn by_text(&self, text: &str) -> Result<Arc<Document>, Refusal> {
        if self.trusted_only {
            return self.trusted.find(&hash_of(text)).ok_or_else(not_trusted);
        }
        Ok(self.engine.document(text)?)
    }

    fn by_hash(&self, hash: &str) -> Result<Arc<Document>, Refusal> {
        if let Some(document) = self.trusted.find(hash) {
            return Ok(document);
        }
        if self.trusted_only {
            return Err(not_in_list());
        }
        let persisted = self.persisted.as_ref().ok_or_else(not_supported)?;
        let text = persisted.0.get(hash).ok_or_else(not_found)?;
        Ok(self.engine.document(&text)?)
    }

    fn by_both(&self, text: String, hash: String) -> Result<Arc<Document>, Refusal> {
        let document = self.by_text(&text)?;
        let Some(persisted) = self.persisted.as_ref().filter(|_| !self.trusted_only) else {
            return Ok(document);
        };
        if hash_of(&text) != hash {
            return Err(bad_request("sha256Hash is not the hash of query"));
        }
        // What is wrong with an invalid one is said when it is executed.
        if self.engine.validate(&document).is_ok() {
            persisted.0.insert(hash, text.into());
        }
        Ok(document)
    }
}

/// Apollo's and urql's clients know this message and this code, and send the text.
fn not_found() -> Refusal {
    Refusal::of_request("PERSISTED_QUERY_NOT_FOUND", "PersistedQueryNotFound")
}

/// They know this, too, and send hashes no more.
fn not_supported() -> Refusal {
    Refusal::of_request("PERSISTED_QUERY_NOT_SUPPORTED", "PersistedQueryNotSupported")
}

/// The codes of Apollo's router.
fn not_in_list() -> Refusal {
    Refusal::of_request("PERSISTED_QUERY_NOT_IN_LIST", "no trusted document has this id")
}

fn not_trusted() -> Refusal {
    Refusal::of_request("QUERY_NOT_IN_SAFELIST", "only trusted documents are executed here")
}
