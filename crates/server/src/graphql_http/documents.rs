//! Lookup of a request's document: by its text, by the hash of a persisted text (automatic
//! persisted queries), or by the id of a trusted document.
//!
//! A text is stored under its own hash, regardless of the client's hash, and only if it is valid
//! and within the limits. So no client can change the meaning of another client's hash, and the
//! store is bounded. Each process has its own store; after a miss, clients send the text.

use std::sync::Arc;

use graphql::{Document, ViewerEngine};
use quick_cache::{Weighter, sync::Cache};
use sha2::{Digest, Sha256};

use super::{
    request::DocumentRef,
    response::{Refusal, bad_request},
    trusted::TrustedDocuments,
};
use crate::{config::Graphql, failure::Failure};

/// Bytes of an entry in addition to its text.
const ENTRY_BYTES: u64 = 128;

/// Texts by their hashes, up to a number of bytes.
struct PersistedQueries(Cache<String, Arc<str>, TextLength>);

#[derive(Clone)]
struct TextLength;

impl Weighter<String, Arc<str>> for TextLength {
    fn weight(&self, _: &String, text: &Arc<str>) -> u64 {
        text.len() as u64 + ENTRY_BYTES
    }
}

impl PersistedQueries {
    /// Returns `None` for a size of 0.
    fn new(bytes: u32) -> Option<Self> {
        let entries = bytes as usize / 1024 + 1;
        (bytes > 0).then(|| Self(Cache::with_weighter(entries, bytes.into(), TextLength)))
    }
}

/// Returns the SHA-256 of a text as clients write it, in lower-case hexadecimal digits.
pub(super) fn hash_of(text: &str) -> String {
    hex::encode(Sha256::digest(text))
}

/// Documents that requests name by hash or id.
pub(super) struct Documents {
    trusted: TrustedDocuments,
    /// Whether no other documents are executed.
    trusted_only: bool,
    persisted: Option<PersistedQueries>,
}

impl Documents {
    /// Reads the trusted documents. Fails if one of them does not match the schema.
    pub(super) fn new(settings: &Graphql, engine: &ViewerEngine) -> Result<Self, Failure> {
        let trusted = match &settings.trusted_documents {
            Some(path) => TrustedDocuments::read(path, engine)?,
            None => TrustedDocuments::default(),
        };
        Ok(Self {
            trusted,
            trusted_only: settings.trusted_documents_only,
            persisted: PersistedQueries::new(settings.persisted_queries_bytes),
        })
    }

    /// Returns a document. Fails if it is unknown, is not GraphQL, or exceeds the limits.
    pub(super) fn find(
        &self,
        document: DocumentRef,
        engine: &ViewerEngine,
    ) -> Result<Arc<Document>, Refusal> {
        match document {
            DocumentRef::Text(text) => self.find_text(&text, engine),
            DocumentRef::Id(id) => self.trusted.find(&id).ok_or_else(not_in_list),
            DocumentRef::Hash(hash) => self.find_hash(&hash, engine),
            DocumentRef::Persist { text, hash } => self.persist(text, hash, engine),
        }
    }

    fn find_text(&self, text: &str, engine: &ViewerEngine) -> Result<Arc<Document>, Refusal> {
        if self.trusted_only {
            return self.trusted.find(&hash_of(text)).ok_or_else(not_trusted);
        }
        Ok(engine.document(text)?)
    }

    fn find_hash(&self, hash: &str, engine: &ViewerEngine) -> Result<Arc<Document>, Refusal> {
        if let Some(document) = self.trusted.find(hash) {
            return Ok(document);
        }
        if self.trusted_only {
            return Err(not_in_list());
        }
        let persisted = self.persisted.as_ref().ok_or_else(not_supported)?;
        let text = persisted.0.get(hash).ok_or_else(not_found)?;
        Ok(engine.document(&text)?)
    }

    fn persist(
        &self,
        text: String,
        hash: String,
        engine: &ViewerEngine,
    ) -> Result<Arc<Document>, Refusal> {
        let document = self.find_text(&text, engine)?;
        let Some(persisted) = self.persisted.as_ref().filter(|_| !self.trusted_only) else {
            return Ok(document);
        };
        if hash_of(&text) != hash {
            return Err(bad_request("sha256Hash is not the hash of query"));
        }
        // The execution of an invalid document reports its errors.
        if engine.validate(&document).is_ok() {
            persisted.0.insert(hash, text.into());
        }
        Ok(document)
    }
}

/// Apollo Client and urql recognize this message and code, and send the text.
fn not_found() -> Refusal {
    Refusal::of_request("PERSISTED_QUERY_NOT_FOUND", "PersistedQueryNotFound")
}

/// Apollo Client and urql then send no more hashes.
fn not_supported() -> Refusal {
    Refusal::of_request("PERSISTED_QUERY_NOT_SUPPORTED", "PersistedQueryNotSupported")
}

/// The code is that of Apollo's router, like the next one.
fn not_in_list() -> Refusal {
    Refusal::of_request("PERSISTED_QUERY_NOT_IN_LIST", "no trusted document has this id")
}

fn not_trusted() -> Refusal {
    Refusal::of_request("QUERY_NOT_IN_SAFELIST", "only trusted documents are executed here")
}
