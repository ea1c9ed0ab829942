//! Subscriptions: their number, and how their connections are kept open.

use std::time::Duration;

use super::{
    check::Check,
    setting::{Setting, settings},
};

settings! {
    "GraphQL subscriptions", "The number of subscriptions, and how their connections are kept open.";
    PER_USER = Setting::integer(
        "GRAPHQL_SUBSCRIPTIONS_PER_USER",
        20,
        (1, MAX),
        "WebSockets and event streams that one user may have open on one machine",
    );
    PER_ADDRESS = Setting::integer(
        "GRAPHQL_SUBSCRIPTIONS_PER_ADDRESS",
        100,
        (1, MAX),
        "WebSockets and event streams that one address may have open on one machine",
    );
    PER_SOCKET = Setting::integer(
        "GRAPHQL_SUBSCRIPTIONS_PER_SOCKET",
        20,
        (1, MAX),
        "Operations that one WebSocket may have running",
    );
    INIT_TIMEOUT = Setting::integer(
        "GRAPHQL_SUBSCRIPTIONS_INIT_TIMEOUT",
        3,
        (1, 60),
        "Seconds within which a WebSocket must send `connection_init`",
    );
    KEEP_ALIVE = Setting::integer(
        "GRAPHQL_SUBSCRIPTIONS_KEEP_ALIVE",
        12,
        (1, 3_600),
        "Seconds between keep-alive messages on an idle connection",
    )
    .details("A WebSocket that did not answer the last ping is closed.");
}

/// No limit may be higher.
const MAX: u32 = 1_000_000;

/// The checked settings.
#[derive(Clone, Copy, Debug)]
pub struct Subscriptions {
    /// Sockets and event streams of one user.
    pub per_user: u32,
    /// Sockets and event streams of one address.
    pub per_address: u32,
    /// Operations of one WebSocket.
    pub per_socket: u32,
    /// The time limit of a WebSocket's `connection_init`.
    pub init_timeout: Duration,
    /// The interval of keep-alive messages.
    pub keep_alive: Duration,
}

pub(super) fn check(check: &mut Check) -> Subscriptions {
    Subscriptions {
        per_user: check.integer(&PER_USER),
        per_address: check.integer(&PER_ADDRESS),
        per_socket: check.integer(&PER_SOCKET),
        init_timeout: Duration::from_secs(check.integer(&INIT_TIMEOUT).into()),
        keep_alive: Duration::from_secs(check.integer(&KEEP_ALIVE).into()),
    }
}
