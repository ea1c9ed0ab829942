//! What several machines share.

use std::fmt;

use auth::redis::{Config, RedisUrl};
use clap::Args;

use super::check::{Check, present, shown};

/// Settings as given; an empty value counts as absent.
#[derive(Args, Clone, Default)]
#[command(next_help_heading = "Several machines")]
pub struct RedisSettings {
    /// Redis server that has the sessions and mailed links, so that several machines
    /// share them: `redis://USER:PASSWORD@HOST:PORT`, or rediss:// with TLS
    /// [default: none, the database has them]
    #[arg(long, env = "REDIS_URL", global = true, hide_env_values = true)]
    pub redis_url: Option<String>,
    /// What the names of keys begin with; `none` is nothing [default: better-auth:]
    #[arg(long, env = "REDIS_KEY_PREFIX", global = true)]
    pub redis_key_prefix: Option<String>,
}

/// Without values.
impl fmt::Debug for RedisSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RedisSettings")
    }
}

impl RedisSettings {
    pub(super) fn check(self, check: &mut Check) -> Option<Config> {
        let prefix = prefix(check, self.redis_key_prefix);
        let url = present(self.redis_url)?;
        match url.trim().parse::<RedisUrl>() {
            Ok(url) => Some(Config { url, prefix }),
            Err(what) => {
                // The value may hold a password and is not shown.
                check.fail("REDIS_URL", what, "redis://localhost:6379");
                None
            }
        }
    }
}

/// As `@better-auth/redis-storage` has it, which is better-auth's own.
fn prefix(check: &mut Check, value: Option<String>) -> String {
    const DEFAULT: &str = "better-auth:";
    let Some(value) = present(value) else { return DEFAULT.to_owned() };
    if value == "none" {
        return String::new();
    }
    if value.len() > 100 || !value.bytes().all(|byte| byte.is_ascii_graphic()) {
        let what = format!("is {}, but must be up to 100 visible characters", shown(&value));
        check.fail("REDIS_KEY_PREFIX", &what, DEFAULT);
    }
    value
}
