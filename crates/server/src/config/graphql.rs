//! What of GraphQL over HTTP is open, and how much it may hold.

use std::path::PathBuf;

use clap::Args;

use super::check::{Check, present};

/// Settings as given; an empty value counts as absent.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "GraphQL")]
pub struct GraphqlSettings {
    /// Whether clients may ask for the schema [default: true in development]
    #[arg(long, env = "GRAPHQL_INTROSPECTION", global = true)]
    pub graphql_introspection: Option<String>,
    /// Seconds for which caches may answer a public GET query without asking again
    /// [default: 0]
    #[arg(long, env = "GRAPHQL_CACHE_MAX_AGE", global = true)]
    pub graphql_cache_max_age: Option<String>,
    /// Bytes of the texts that are kept as automatic persisted queries; 0 turns them
    /// off [default: 4194304]
    #[arg(long, env = "GRAPHQL_PERSISTED_QUERIES_BYTES", global = true)]
    pub graphql_persisted_queries_bytes: Option<String>,
    /// File that lists trusted documents by their ids: Apollo's manifest, or
    /// `{"id": "text"}` [default: none]
    #[arg(long, env = "GRAPHQL_TRUSTED_DOCUMENTS", global = true)]
    pub graphql_trusted_documents: Option<String>,
    /// Whether nothing but these documents is executed [default: false]
    #[arg(long, env = "GRAPHQL_TRUSTED_DOCUMENTS_ONLY", global = true)]
    pub graphql_trusted_documents_only: Option<String>,
    /// How many requests one body may hold; 0 takes no arrays [default: 10]
    #[arg(long, env = "GRAPHQL_BATCH_LIMIT", global = true)]
    pub graphql_batch_limit: Option<String>,
    /// How many files one request may bring; 0 takes none [default: 5]
    #[arg(long, env = "GRAPHQL_UPLOAD_FILES", global = true)]
    pub graphql_upload_files: Option<String>,
    /// Bytes that one of them may have [default: 5242880]
    #[arg(long, env = "GRAPHQL_UPLOAD_FILE_BYTES", global = true)]
    pub graphql_upload_file_bytes: Option<String>,
    /// Bytes that the files of all requests together may have at a time
    /// [default: 67108864]
    #[arg(long, env = "GRAPHQL_UPLOAD_TOTAL_BYTES", global = true)]
    pub graphql_upload_total_bytes: Option<String>,
}

/// The checked settings.
#[derive(Clone, Debug)]
pub struct Graphql {
    /// Whether clients may ask for the schema.
    pub introspection: bool,
    /// Seconds for which a public answer is fresh.
    pub cache_max_age: u32,
    /// Bytes of text kept as persisted queries; 0 keeps none.
    pub persisted_queries_bytes: u32,
    /// The manifest of trusted documents.
    pub trusted_documents: Option<PathBuf>,
    /// Whether nothing else is executed.
    pub trusted_documents_only: bool,
    /// Requests in one body; 0 takes no arrays.
    pub batch_limit: u32,
    /// Files, and how large they are.
    pub uploads: UploadLimits,
}

/// How much may be uploaded.
#[derive(Clone, Copy, Debug)]
pub struct UploadLimits {
    /// Files of one request; 0 takes none.
    pub files: u32,
    /// Bytes of one file.
    pub file_bytes: u32,
    /// Bytes of all files that are held at a time.
    pub total_bytes: u32,
}

impl GraphqlSettings {
    pub(super) fn check(self, check: &mut Check, strict: bool) -> Graphql {
        let trusted_documents = present(self.graphql_trusted_documents);
        let only = "GRAPHQL_TRUSTED_DOCUMENTS_ONLY";
        let trusted_documents_only = check.switch(only, self.graphql_trusted_documents_only, false);
        if trusted_documents_only && trusted_documents.is_none() {
            check.fail(only, "is true, which needs GRAPHQL_TRUSTED_DOCUMENTS", "false");
        }
        Graphql {
            introspection: check.switch(
                "GRAPHQL_INTROSPECTION",
                self.graphql_introspection,
                !strict,
            ),
            cache_max_age: check.number(
                "GRAPHQL_CACHE_MAX_AGE",
                self.graphql_cache_max_age,
                0,
                0..=31_536_000,
            ),
            persisted_queries_bytes: check.number(
                "GRAPHQL_PERSISTED_QUERIES_BYTES",
                self.graphql_persisted_queries_bytes,
                4 * MEBIBYTE,
                0..=GIBIBYTE,
            ),
            trusted_documents: trusted_documents.map(PathBuf::from),
            trusted_documents_only,
            batch_limit: check.number(
                "GRAPHQL_BATCH_LIMIT",
                self.graphql_batch_limit,
                10,
                0..=1_000,
            ),
            uploads: UploadLimits {
                files: check.number("GRAPHQL_UPLOAD_FILES", self.graphql_upload_files, 5, 0..=100),
                file_bytes: check.number(
                    "GRAPHQL_UPLOAD_FILE_BYTES",
                    self.graphql_upload_file_bytes,
                    5 * MEBIBYTE,
                    1..=GIBIBYTE,
                ),
                total_bytes: check.number(
                    "GRAPHQL_UPLOAD_TOTAL_BYTES",
                    self.graphql_upload_total_bytes,
                    64 * MEBIBYTE,
                    1..=GIBIBYTE,
                ),
            },
        }
    }
}

const MEBIBYTE: u32 = 1024 * 1024;
const GIBIBYTE: u32 = 1024 * MEBIBYTE;
