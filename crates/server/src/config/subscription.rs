//! How many subscriptions one client may have, and how their connections are kept.

use std::time::Duration;

use clap::Args;

use super::check::Check;

/// Settings as given; an empty value counts as absent.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "GraphQL subscriptions")]
pub struct SubscriptionSettings {
    /// Sockets and streams that one user may have open on one machine [default: 20]
    #[arg(long, env = "GRAPHQL_SUBSCRIPTIONS_PER_USER", global = true)]
    pub graphql_subscriptions_per_user: Option<String>,
    /// Sockets and streams that one address may have open on one machine [default: 100]
    #[arg(long, env = "GRAPHQL_SUBSCRIPTIONS_PER_ADDRESS", global = true)]
    pub graphql_subscriptions_per_address: Option<String>,
    /// Operations that one socket may have under way [default: 20]
    #[arg(long, env = "GRAPHQL_SUBSCRIPTIONS_PER_SOCKET", global = true)]
    pub graphql_subscriptions_per_socket: Option<String>,
    /// Seconds within which a socket must say who it is [default: 3]
    #[arg(long, env = "GRAPHQL_SUBSCRIPTIONS_INIT_TIMEOUT", global = true)]
    pub graphql_subscriptions_init_timeout: Option<String>,
    /// Seconds after which the server shows on a silent connection that it is still
    /// there, and ends a socket that did not answer the last time [default: 12]
    #[arg(long, env = "GRAPHQL_SUBSCRIPTIONS_KEEP_ALIVE", global = true)]
    pub graphql_subscriptions_keep_alive: Option<String>,
}

/// The checked settings.
#[derive(Clone, Copy, Debug)]
pub struct Subscriptions {
    /// Sockets and streams of one user.
    pub per_user: u32,
    /// Sockets and streams of one address.
    pub per_address: u32,
    /// Operations of one socket.
    pub per_socket: u32,
    /// How long a socket may take to say who it is.
    pub init_timeout: Duration,
    /// How long a connection may be silent.
    pub keep_alive: Duration,
}

/// No limit may be higher.
const MOST: u32 = 1_000_000;

impl SubscriptionSettings {
    pub(super) fn check(self, check: &mut Check) -> Subscriptions {
        let mut number = |name, value, default, most| check.number(name, value, default, 1..=most);
        let init_timeout = number(
            "GRAPHQL_SUBSCRIPTIONS_INIT_TIMEOUT",
            self.graphql_subscriptions_init_timeout,
            3,
            60,
        );
        let keep_alive = number(
            "GRAPHQL_SUBSCRIPTIONS_KEEP_ALIVE",
            self.graphql_subscriptions_keep_alive,
            12,
            3_600,
        );
        Subscriptions {
            per_user: number(
                "GRAPHQL_SUBSCRIPTIONS_PER_USER",
                self.graphql_subscriptions_per_user,
                20,
                MOST,
            ),
            per_address: number(
                "GRAPHQL_SUBSCRIPTIONS_PER_ADDRESS",
                self.graphql_subscriptions_per_address,
                100,
                MOST,
            ),
            per_socket: number(
                "GRAPHQL_SUBSCRIPTIONS_PER_SOCKET",
                self.graphql_subscriptions_per_socket,
                20,
                MOST,
            ),
            init_timeout: Duration::from_secs(init_timeout.into()),
            keep_alive: Duration::from_secs(keep_alive.into()),
        }
    }
}
