//! How a session of PostgreSQL must be set for our statements, whatever the defaults of its
//! server, database and role are.
//!
//! They are set by statements and not by the options of the connection's start, which
//! poolers refuse.

use std::{fmt::Write, time::Duration};

const SETTINGS: [(&str, &str); 6] = [
    // What was acknowledged is on the disk.
    ("synchronous_commit", "on"),
    // The functions of the search have backslashes.
    ("standard_conforming_strings", "on"),
    ("transform_null_equals", "off"),
    // What waits for a lock ends with its statement's time.
    ("lock_timeout", "0"),
    // To compile a statement takes longer than any of ours runs.
    ("jit", "off"),
    // The warning that there is no transaction to roll back is no news.
    ("client_min_messages", "error"),
];

/// Also of single statements. Two that meet would else fail.
pub(crate) const ISOLATION: &str = "SET default_transaction_isolation = 'read committed'";

/// Statements that set everything, by `SET` or `SET LOCAL`.
pub(crate) fn settings(set: &str, longest: Option<Duration>, idle: Duration) -> String {
    let mut sql = String::new();
    let limits = [
        ("statement_timeout", longest.unwrap_or_default().as_millis()),
        ("idle_in_transaction_session_timeout", idle.as_millis()),
    ];
    // Writing to a text does not fail.
    for (name, value) in SETTINGS {
        _ = write!(sql, "{set} {name} = {value}; ");
    }
    for (name, value) in limits {
        _ = write!(sql, "{set} {name} = {value}; ");
    }
    sql
}

/// Begins a transaction with `settings`. Its answer is false if there was one: PostgreSQL
/// only warns, and that one is older than this statement.
pub(crate) fn begin(settings: &str) -> String {
    format!("BEGIN ISOLATION LEVEL READ COMMITTED; {settings}SELECT now() = statement_timestamp()")
}
