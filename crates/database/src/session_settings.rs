//! Settings of a PostgreSQL session, independent of the defaults of its server, database and
//! role.
//!
//! Statements set them instead of startup options, because poolers refuse those.

use std::{fmt::Write, time::Duration};

const SETTINGS: [(&str, &str); 6] = [
    // An acknowledged commit is on disk.
    ("synchronous_commit", "on"),
    // The search functions contain backslashes.
    ("standard_conforming_strings", "on"),
    ("transform_null_equals", "off"),
    // The statement timeout also limits the wait for a lock.
    ("lock_timeout", "0"),
    // Compiling a statement takes longer than running any of ours.
    ("jit", "off"),
    // A warning about a missing transaction is not needed.
    ("client_min_messages", "error"),
];

/// Applies to single statements, too. At a stricter level, concurrent statements could fail.
pub(crate) const ISOLATION: &str = "SET default_transaction_isolation = 'read committed'";

/// Returns the statements that set everything, with `SET` or `SET LOCAL`.
pub(crate) fn settings(set: &str, statement_timeout: Option<Duration>, idle: Duration) -> String {
    let mut sql = String::new();
    let limits = [
        ("statement_timeout", statement_timeout.unwrap_or_default().as_millis()),
        ("idle_in_transaction_session_timeout", idle.as_millis()),
    ];
    // Writing to a `String` does not fail.
    for (name, value) in SETTINGS {
        _ = write!(sql, "{set} {name} = {value}; ");
    }
    for (name, value) in limits {
        _ = write!(sql, "{set} {name} = {value}; ");
    }
    sql
}

/// Returns the SQL that begins a transaction with `settings`. Its row is false if a transaction
/// was already open. PostgreSQL only warns about that; the open transaction is older than this
/// statement.
pub(crate) fn begin(settings: &str) -> String {
    format!("BEGIN ISOLATION LEVEL READ COMMITTED; {settings}SELECT now() = statement_timestamp()")
}
