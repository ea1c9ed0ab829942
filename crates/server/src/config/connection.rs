//! How many connections there are, and how slowly they may speak.

use std::time::Duration;

use clap::Args;

use super::check::Check;

/// Settings as given; an empty value counts as absent.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Connections")]
pub struct ConnectionSettings {
    /// How many connections there are at the same time; more wait [default: 4096]
    #[arg(long, env = "HTTP_MAX_CONNECTIONS", global = true)]
    pub http_max_connections: Option<String>,
    /// Seconds that a connection has for the head of its next request [default: 75]
    #[arg(long, env = "HTTP_HEAD_TIMEOUT", global = true)]
    pub http_head_timeout: Option<String>,
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
    pub most: usize,
    /// How long a connection may take until the head of its next request is there.
    pub head: Duration,
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
        let head = seconds("HTTP_HEAD_TIMEOUT", self.http_head_timeout, 75);
        let body = seconds("HTTP_BODY_TIMEOUT", self.http_body_timeout, 20);
        let send = seconds("HTTP_SEND_TIMEOUT", self.http_send_timeout, 30);
        let most = self.http_max_connections;
        let most = check.number("HTTP_MAX_CONNECTIONS", most, 4_096, 1..=1_000_000);
        ConnectionLimits { most: most as usize, head, body, send }
    }
}
