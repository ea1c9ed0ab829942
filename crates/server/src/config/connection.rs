//! How many connections there are, and how slowly they may speak.

use std::time::Duration;

use clap::Args;

use super::check::Check;

/// How many addresses take all places together.
const SHARES: u32 = 8;

/// Settings as given; an empty value counts as absent.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Connections")]
pub struct ConnectionSettings {
    /// How many connections there are at the same time; on more, only health probes are
    /// answered [default: 4096]
    #[arg(long, env = "HTTP_MAX_CONNECTIONS", global = true)]
    pub http_max_connections: Option<String>,
    /// How many of them one address has, trusted proxies excepted
    /// [default: an eighth of `HTTP_MAX_CONNECTIONS`]
    #[arg(long, env = "HTTP_MAX_CONNECTIONS_PER_ADDRESS", global = true)]
    pub http_max_connections_per_address: Option<String>,
    /// Seconds that a new connection has for the head of its first request [default: 10]
    #[arg(long, env = "HTTP_HEAD_TIMEOUT", global = true)]
    pub http_head_timeout: Option<String>,
    /// Seconds that a connection has for the head of its next request [default: 75]
    #[arg(long, env = "HTTP_KEEP_ALIVE_TIMEOUT", global = true)]
    pub http_keep_alive_timeout: Option<String>,
    /// Seconds that a request's body has, and another one for each 8 KB of it
    /// [default: 20]
    #[arg(long, env = "HTTP_BODY_TIMEOUT", global = true)]
    pub http_body_timeout: Option<String>,
    /// Seconds in which a client must take some of what it is sent [default: 30]
    #[arg(long, env = "HTTP_SEND_TIMEOUT", global = true)]
    pub http_send_timeout: Option<String>,
}

/// The checked settings.
#[derive(Clone, Copy, Debug)]
pub struct ConnectionLimits {
    /// Connections at the same time.
    pub total: usize,
    /// Those of one address.
    pub per_address: usize,
    /// How long a new connection may take until the head of its first request is there.
    pub head: Duration,
    /// How long a connection may take until the head of its next request is there.
    pub keep_alive: Duration,
    /// How long a body may take, beside what its length allows.
    pub body: Duration,
    /// How long a client may take nothing of what it is sent.
    pub send: Duration,
}

impl ConnectionSettings {
    pub(super) fn check(self, check: &mut Check) -> ConnectionLimits {
        let mut seconds = |variable, value, default| {
            Duration::from_secs(check.number(variable, value, default, 1..=3_600).into())
        };
        let head = seconds("HTTP_HEAD_TIMEOUT", self.http_head_timeout, 10);
        let keep_alive = seconds("HTTP_KEEP_ALIVE_TIMEOUT", self.http_keep_alive_timeout, 75);
        let body = seconds("HTTP_BODY_TIMEOUT", self.http_body_timeout, 20);
        let send = seconds("HTTP_SEND_TIMEOUT", self.http_send_timeout, 30);
        let mut number =
            |variable, value, default| check.number(variable, value, default, 1..=1_000_000);
        let most = number("HTTP_MAX_CONNECTIONS", self.http_max_connections, 4_096);
        let per_address = self.http_max_connections_per_address;
        let per_address =
            number("HTTP_MAX_CONNECTIONS_PER_ADDRESS", per_address, most.div_ceil(SHARES));
        let (total, per_address) = (most as usize, per_address as usize);
        ConnectionLimits { total, per_address, head, keep_alive, body, send }
    }
}

impl ConnectionLimits {
    /// The same, with no more connections than so many.
    pub(crate) fn at_most(self, connections: usize) -> Self {
        if self.total <= connections {
            return self;
        }
        let share = connections.div_ceil(SHARES as usize);
        Self { total: connections, per_address: self.per_address.min(share), ..self }
    }
}
