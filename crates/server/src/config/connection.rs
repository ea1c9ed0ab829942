//! Limits of connections: their number, and how slow clients may be.

use std::time::Duration;

use super::{
    check::Check,
    setting::{Setting, settings},
};

settings! {
    "Connections", "The number of connections, and how slow clients may be.";
    MAX_CONNECTIONS = Setting::integer(
        "HTTP_MAX_CONNECTIONS",
        4_096,
        (1, 1_000_000),
        "Open connections. Further connections get responses to health probes only",
    )
    .details("Other requests on these connections get 503.");
    PER_ADDRESS = Setting::integer(
        "HTTP_MAX_CONNECTIONS_PER_ADDRESS",
        512,
        (1, 1_000_000),
        "Open connections of one address, unless it is a trusted proxy",
    )
    .computed("an eighth of `HTTP_MAX_CONNECTIONS`")
    .example("512")
    .details(
        "An IPv6 /64 network has the quota of one address, a /56 twice and a /48 four times as \
         many.",
    );
    HEAD_TIMEOUT = Setting::integer(
        "HTTP_HEAD_TIMEOUT",
        10,
        (1, 3_600),
        "Seconds within which a new connection must send the head of its first request",
    );
    KEEP_ALIVE_TIMEOUT = Setting::integer(
        "HTTP_KEEP_ALIVE_TIMEOUT",
        75,
        (1, 3_600),
        "Seconds within which a connection must send the head of its next request",
    );
    BODY_TIMEOUT = Setting::integer(
        "HTTP_BODY_TIMEOUT",
        20,
        (1, 3_600),
        "Seconds within which a request's body must be sent, and one more for each 8 KB",
    );
    SEND_TIMEOUT = Setting::integer(
        "HTTP_SEND_TIMEOUT",
        30,
        (1, 3_600),
        "Seconds within which a client must receive a part of the response",
    );
}

/// The number of addresses that use all connections together, by default.
const SHARES: u32 = 8;

/// The checked settings.
#[derive(Clone, Copy, Debug)]
pub struct ConnectionLimits {
    /// Open connections.
    pub total: usize,
    /// Open connections of one address.
    pub per_address: usize,
    /// The time limit of the head of a connection's first request.
    pub head: Duration,
    /// The time limit of the head of a connection's next request.
    pub keep_alive: Duration,
    /// The time limit of a body, besides the time for its length.
    pub body: Duration,
    /// How long a client may receive nothing of a response.
    pub send: Duration,
}

pub(super) fn check(check: &mut Check) -> ConnectionLimits {
    let total = check.integer(&MAX_CONNECTIONS);
    let per_address = check.integer_or(&PER_ADDRESS, total.div_ceil(SHARES));
    let mut seconds = |setting| Duration::from_secs(check.integer(setting).into());
    ConnectionLimits {
        total: total as usize,
        per_address: per_address as usize,
        head: seconds(&HEAD_TIMEOUT),
        keep_alive: seconds(&KEEP_ALIVE_TIMEOUT),
        body: seconds(&BODY_TIMEOUT),
        send: seconds(&SEND_TIMEOUT),
    }
}

impl ConnectionLimits {
    /// The same with at most `connections` open connections.
    pub(crate) fn at_most(self, connections: usize) -> Self {
        if self.total <= connections {
            return self;
        }
        let share = connections.div_ceil(SHARES as usize);
        Self { total: connections, per_address: self.per_address.min(share), ..self }
    }
}
