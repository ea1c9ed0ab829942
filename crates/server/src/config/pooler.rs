//! A pooler before the PostgreSQL database.

use std::fmt;

use clap::Args;
use database::DatabaseUrl;

use super::check::{Check, present};

/// Settings as given; an empty value counts as absent.
#[derive(Args, Clone, Default)]
#[command(next_help_heading = "Settings")]
pub struct PoolerSettings {
    /// A pooler of `DATABASE_URL`'s database in transaction mode, as `PgBouncer`, through
    /// which requests go: `postgres://USER:PASSWORD@HOST:PORT/NAME` [default: none]
    #[arg(long, env = "DATABASE_POOLER_URL", global = true, hide_env_values = true)]
    pub database_pooler_url: Option<String>,
}

/// Without values.
impl fmt::Debug for PoolerSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PoolerSettings")
    }
}

impl PoolerSettings {
    /// The pooler of the database at `url`.
    pub(super) fn check(self, check: &mut Check, url: &DatabaseUrl) -> Option<DatabaseUrl> {
        const NAME: &str = "DATABASE_POOLER_URL";
        const EXAMPLE: &str = "postgres://bookplate:…@localhost:6432/books";
        // The value may hold a password and is not shown.
        match present(self.database_pooler_url)?.trim().parse::<DatabaseUrl>() {
            Ok(pooler) if pooler.server().is_some() && url.server().is_some() => Some(pooler),
            Ok(_) => {
                check.fail(NAME, "is for PostgreSQL, as is DATABASE_URL then", EXAMPLE);
                None
            }
            Err(what) => {
                check.fail(NAME, what, EXAMPLE);
                None
            }
        }
    }
}
