//! How much one client may ask for.

use auth::limit::{Config, Storage};
use chrono::TimeDelta;
use clap::Args;

use super::check::Check;

/// Settings as given; an empty value counts as absent.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Limits")]
pub struct LimitSettings {
    /// Whether requests to the authentication are limited, per address and per
    /// account [default: true in production]
    #[arg(long, env = "AUTH_RATE_LIMIT", global = true)]
    pub auth_rate_limit: Option<String>,
    /// Where they are counted: memory, or for all processes together database or redis
    /// [default: redis with `REDIS_URL`, otherwise memory]
    #[arg(long, env = "AUTH_RATE_LIMIT_STORAGE", global = true)]
    pub auth_rate_limit_storage: Option<String>,
    /// Seconds in which one address may send so many requests to one route; those
    /// that sign in or send mails have stricter limits [default: 10]
    #[arg(long, env = "AUTH_RATE_LIMIT_WINDOW", global = true)]
    pub auth_rate_limit_window: Option<String>,
    /// How many requests these are [default: 100]
    #[arg(long, env = "AUTH_RATE_LIMIT_MAX", global = true)]
    pub auth_rate_limit_max: Option<String>,
}

impl LimitSettings {
    /// `strict` is what others can reach; `redis` tells whether there is one.
    pub(super) fn check(self, check: &mut Check, strict: bool, redis: bool) -> Config {
        let on = check.switch("AUTH_RATE_LIMIT", self.auth_rate_limit, strict);
        let storages = [
            ("memory", Storage::Memory),
            ("database", Storage::Database),
            ("redis", Storage::Redis),
        ];
        let storage = self.auth_rate_limit_storage;
        let storage = check.choice("AUTH_RATE_LIMIT_STORAGE", storage, &storages);
        if storage == Some(Storage::Redis) && !redis {
            check.fail("AUTH_RATE_LIMIT_STORAGE", "is redis, which needs REDIS_URL", "database");
        }
        let default = if redis { Storage::Redis } else { Storage::Memory };
        let window = self.auth_rate_limit_window;
        let window = check.number("AUTH_RATE_LIMIT_WINDOW", window, 10, 1..=86_400);
        let max = self.auth_rate_limit_max;
        Config {
            on,
            storage: storage.unwrap_or(default),
            window: TimeDelta::seconds(window.into()),
            max: check.number("AUTH_RATE_LIMIT_MAX", max, 100, 1..=1_000_000),
        }
    }
}
