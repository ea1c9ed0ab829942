//! Trusted documents: a manifest that the administrator generated from an app's sources.
//!
//! Supported formats: Apollo's (`generate-persisted-query-manifest`) and `{"id": "text"}`
//! (graphql-codegen's `persistedDocuments`, Relay). Each document is parsed, checked against the
//! limits and validated at startup, so that an app that does not match the schema is detected
//! early.

use std::{collections::HashMap, fs, path::Path, sync::Arc};

use graphql::{Document, ViewerEngine};
use serde::Deserialize;

use super::documents::hash_of;
use crate::failure::Failure;

/// Maximum number of reported errors.
const MAX_SHOWN: usize = 20;

/// Documents by their ids, and by the hashes of their texts.
#[derive(Default)]
pub(super) struct TrustedDocuments(HashMap<String, Arc<Document>>);

#[derive(Deserialize)]
#[serde(untagged)]
enum Manifest {
    Apollo { format: String, version: u32, operations: Vec<Operation> },
    Plain(HashMap<String, String>),
}

#[derive(Deserialize)]
struct Operation {
    id: String,
    name: String,
    body: String,
}

impl TrustedDocuments {
    /// Reads the manifest at `path`. Fails with all invalid documents.
    pub(super) fn read(path: &Path, engine: &ViewerEngine) -> Result<Self, Failure> {
        let failure = |what: String| {
            Failure(format!("GRAPHQL_TRUSTED_DOCUMENTS ({}) {what}", path.display()))
        };
        let text = fs::read(path).map_err(|error| failure(format!("cannot be read: {error}")))?;
        let operations = operations(&text).map_err(failure)?;
        let mut known = HashMap::new();
        let mut faults = Vec::new();
        for Operation { id, name, body } in operations {
            match checked(&body, engine) {
                Ok(document) => {
                    known.entry(hash_of(&body)).or_insert_with(|| Arc::clone(&document));
                    known.insert(id, document);
                }
                Err(fault) => faults.push(format!("\n  {name}: {fault}")),
            }
        }
        if faults.is_empty() {
            return Ok(Self(known));
        }
        let more = faults.len().saturating_sub(MAX_SHOWN);
        faults.truncate(MAX_SHOWN);
        if more > 0 {
            faults.push(format!("\n  and {more} more"));
        }
        Err(failure(format!("has documents that do not match this server:{}", faults.concat())))
    }

    /// Returns the document with this id or hash. GraphQL over HTTP proposes to write a hash as
    /// `sha256:…`.
    pub(super) fn find(&self, id: &str) -> Option<Arc<Document>> {
        let found = self.0.get(id).or_else(|| self.0.get(id.strip_prefix("sha256:")?));
        found.map(Arc::clone)
    }
}

fn operations(text: &[u8]) -> Result<Vec<Operation>, String> {
    const FORMAT: &str = "apollo-persisted-query-manifest";
    match serde_json::from_slice(text) {
        Ok(Manifest::Apollo { format, version: 1, operations }) if format == FORMAT => {
            Ok(operations)
        }
        Ok(Manifest::Plain(texts)) => {
            let mut operations: Vec<_> = texts
                .into_iter()
                .map(|(id, body)| Operation { name: id.clone(), id, body })
                .collect();
            operations.sort_by(|a, b| a.id.cmp(&b.id));
            Ok(operations)
        }
        _ => Err(format!(
            "must be JSON: {{\"format\": \"{FORMAT}\", \"version\": 1, \
                          \"operations\": […]}} or {{\"id\": \"text\", …}}"
        )),
    }
}

fn checked(text: &str, engine: &ViewerEngine) -> Result<Arc<Document>, String> {
    let document = engine.document(text).map_err(|rejection| rejection.message)?;
    let Err(faults) = engine.validate(&document) else { return Ok(document) };
    let faults: Vec<_> = faults.into_iter().map(|fault| fault.message).collect();
    Err(faults.join("; "))
}
