//! Settings as given, before they are checked.

use std::fmt;

use clap::Args;

use super::*;

/// What an absent or empty setting means.
pub(crate) mod default {
    pub(crate) const HOST: &str = "127.0.0.1";
    pub(crate) const PORT: &str = "3000";
    pub(crate) const APP_ENV: &str = "development";
    pub(crate) const DATABASE_URL: &str = "sqlite://data/bookplate.db";
    pub(crate) const RUST_LOG: &str = "info";
}

impl Settings {
    /// Puts the defaults in the place of empty values.
    #[must_use]
    pub(crate) fn or_defaults(mut self) -> Self {
        for (value, default) in [
            (&mut self.host, default::HOST),
            (&mut self.port, default::PORT),
            (&mut self.app_env, default::APP_ENV),
            (&mut self.database_url, default::DATABASE_URL),
            (&mut self.rust_log, default::RUST_LOG),
        ] {
            if value.trim().is_empty() {
                default.clone_into(value);
            }
        }
        self
    }
}

/// Settings as given, not yet checked; an empty value counts as absent. Each section
/// stands with its check in [`crate::config`].
#[derive(Args, Clone, Default)]
#[command(next_help_heading = "Settings")]
pub struct Settings {
    /// Address, or localhost, to listen on
    #[arg(long, env = "HOST", global = true, default_value = default::HOST)]
    pub host: String,
    /// Port to listen on; 0 takes a free one
    #[arg(long, env = "PORT", global = true, default_value = default::PORT)]
    pub port: String,
    /// development or production
    #[arg(long, env = "APP_ENV", global = true, default_value = default::APP_ENV)]
    pub app_env: String,
    /// `sqlite://PATH` or `postgres://USER:PASSWORD@HOST/NAME`
    #[arg(
        long,
        env = "DATABASE_URL",
        global = true,
        default_value = default::DATABASE_URL,
        hide_env_values = true
    )]
    pub database_url: String,
    /// A pooler before the database.
    #[command(flatten)]
    pub pooler: PoolerSettings,
    /// text or json [default: text in development, json in production]
    #[arg(long, env = "LOG_FORMAT", global = true)]
    pub log_format: Option<String>,
    /// What to log, e.g. warn or debug or info,auth=debug
    #[arg(long, env = "RUST_LOG", global = true, default_value = default::RUST_LOG)]
    pub rust_log: String,
    /// Where the service is, whom it trusts, its secrets.
    #[command(flatten)]
    pub place: PlaceSettings,
    /// Signing up and in.
    #[command(flatten)]
    pub sign_in: SignInSettings,
    /// Sessions.
    #[command(flatten)]
    pub session: SessionSettings,
    /// Cookies.
    #[command(flatten)]
    pub cookie: CookieSettings,
    /// Limits.
    #[command(flatten)]
    pub limit: LimitSettings,
    /// How mails look and leave.
    #[command(flatten)]
    pub mail: MailSettings,
    /// What several machines share.
    #[command(flatten)]
    pub redis: RedisSettings,
    /// How long rows are kept that nobody needs any more.
    #[command(flatten)]
    pub retention: RetentionSettings,
    /// GraphQL over HTTP.
    #[command(flatten)]
    pub graphql: GraphqlSettings,
    /// Connections.
    #[command(flatten)]
    pub connections: ConnectionSettings,
    /// How much GraphQL requests and their clients may ask for.
    #[command(flatten)]
    pub graphql_limits: GraphqlLimitSettings,
    /// How many subscriptions one client may have.
    #[command(flatten)]
    pub subscriptions: SubscriptionSettings,
    /// The file with values of all these.
    #[arg(skip)]
    pub env_file: EnvFile,
}

/// Without values.
impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Settings")
    }
}
