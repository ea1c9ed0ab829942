//! GraphQL over HTTP.

use std::path::PathBuf;

use super::{
    check::Check,
    setting::{Setting, settings},
};

settings! {
    "GraphQL", "Introspection, documents, batches, caches and uploads.";
    INTROSPECTION = Setting::switch(
        "GRAPHQL_INTROSPECTION", true, "Whether clients may query the schema",
    )
    .computed("true in development");
    CACHE_MAX_AGE = Setting::integer(
        "GRAPHQL_CACHE_MAX_AGE",
        0,
        (0, 31_536_000),
        "Seconds for which caches may answer a public GET query without revalidation",
    );
    PERSISTED_QUERIES_BYTES = Setting::integer(
        "GRAPHQL_PERSISTED_QUERIES_BYTES",
        4 * MEBIBYTE,
        (0, GIBIBYTE),
        "Bytes of the stored automatic persisted queries; 0 turns them off",
    );
    TRUSTED_DOCUMENTS = Setting::text(
        "GRAPHQL_TRUSTED_DOCUMENTS",
        "File of trusted documents by their ids: Apollo's manifest, or `{\"id\": \"text\"}`",
    );
    TRUSTED_DOCUMENTS_ONLY = Setting::switch(
        "GRAPHQL_TRUSTED_DOCUMENTS_ONLY", false, "Whether only trusted documents are executed",
    );
    BATCH_LIMIT = Setting::integer(
        "GRAPHQL_BATCH_LIMIT", 10, (0, 1_000), "Requests in one body; 0 refuses arrays",
    );
    UPLOAD_FILES = Setting::integer(
        "GRAPHQL_UPLOAD_FILES", 5, (0, 100), "Files of one request; 0 refuses uploads",
    );
    UPLOAD_FILE_BYTES = Setting::integer(
        "GRAPHQL_UPLOAD_FILE_BYTES", 5 * MEBIBYTE, (1, GIBIBYTE), "Bytes of one file",
    );
    UPLOAD_TOTAL_BYTES = Setting::integer(
        "GRAPHQL_UPLOAD_TOTAL_BYTES",
        64 * MEBIBYTE,
        (1, GIBIBYTE),
        "Bytes of the files of all running requests",
    )
    .details("One user may use half of them, and no more than remains for others.");
}

const MEBIBYTE: u32 = 1024 * 1024;
const GIBIBYTE: u32 = 1024 * MEBIBYTE;

/// The checked settings.
#[derive(Clone, Debug)]
pub struct Graphql {
    /// Whether clients may query the schema.
    pub introspection: bool,
    /// Seconds for which a public answer is fresh.
    pub cache_max_age: u32,
    /// Bytes of stored persisted queries; 0 turns them off.
    pub persisted_queries_bytes: u32,
    /// The manifest of trusted documents.
    pub trusted_documents: Option<PathBuf>,
    /// Whether only trusted documents are executed.
    pub trusted_documents_only: bool,
    /// Requests in one body; 0 refuses arrays.
    pub batch_limit: u32,
    /// Limits of uploads.
    pub uploads: UploadLimits,
}

/// Limits of uploads.
#[derive(Clone, Copy, Debug)]
pub struct UploadLimits {
    /// Files of one request; 0 refuses uploads.
    pub files: u32,
    /// Bytes of one file.
    pub file_bytes: u32,
    /// Bytes of the files of all running requests.
    pub total_bytes: u32,
}

/// `strict` is whether other hosts can reach the server.
pub(super) fn check(check: &mut Check, strict: bool) -> Graphql {
    let trusted_documents = check.text(&TRUSTED_DOCUMENTS).map(PathBuf::from);
    let trusted_documents_only = check.switch(&TRUSTED_DOCUMENTS_ONLY);
    if trusted_documents_only && trusted_documents.is_none() {
        check.fail(&TRUSTED_DOCUMENTS_ONLY, "is true, which needs GRAPHQL_TRUSTED_DOCUMENTS");
    }
    Graphql {
        introspection: check.switch_or(&INTROSPECTION, !strict),
        cache_max_age: check.integer(&CACHE_MAX_AGE),
        persisted_queries_bytes: check.integer(&PERSISTED_QUERIES_BYTES),
        trusted_documents,
        trusted_documents_only,
        batch_limit: check.integer(&BATCH_LIMIT),
        uploads: UploadLimits {
            files: check.integer(&UPLOAD_FILES),
            file_bytes: check.integer(&UPLOAD_FILE_BYTES),
            total_bytes: check.integer(&UPLOAD_TOTAL_BYTES),
        },
    }
}
