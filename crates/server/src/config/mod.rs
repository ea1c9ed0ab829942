//! Settings, checked once at the start; every wrong one is named at once.

mod check;
mod connection;
mod cookie;
mod deployment;
pub(crate) mod env_file;
pub(crate) mod exposure;
mod graphql;
mod graphql_limit;
mod mail;
mod pooler;
mod rate_limit;
mod redis;
mod retention;
mod secret;
mod session;
mod settings;
mod sign_in;
mod subscription;
pub(crate) mod unknown;

use std::{fmt, net::IpAddr, path::Path};

use auth::{AuthConfig, UserHook, redis::Redis};
use crypto::Secrets;
use repositories::DatabaseUrl;
use url::Url;

use self::check::Check;
pub use self::settings::Settings;
pub(crate) use self::{check::may_hold_password, secret::SECRET_ADVICE};
pub use self::{
    connection::{ConnectionLimits, ConnectionSettings},
    cookie::CookieSettings,
    deployment::{Place, PlaceSettings},
    env_file::EnvFile,
    graphql::{Graphql, GraphqlSettings, UploadLimits},
    graphql_limit::{GraphqlLimitSettings, GraphqlLimits},
    mail::MailSettings,
    pooler::PoolerSettings,
    rate_limit::LimitSettings,
    redis::RedisSettings,
    retention::{Retention, RetentionSettings},
    secret::WeakSecret,
    session::SessionSettings,
    sign_in::{SignIn, SignInSettings},
    subscription::{SubscriptionSettings, Subscriptions},
};

/// Where development keeps a secret that nobody set.
pub(crate) const KEPT_SECRET: &str = "data/secret";

/// The checked settings.
#[derive(Clone, Debug)]
pub struct Config {
    /// Address to listen on.
    pub host: IpAddr,
    /// Port to listen on; 0 takes a free one.
    pub port: u16,
    /// What the server is run for.
    pub environment: Environment,
    /// Where the database is.
    pub database_url: DatabaseUrl,
    /// The pooler in transaction mode through which requests go to it.
    pub database_pooler_url: Option<DatabaseUrl>,
    /// Where the service is, whom it trusts, its secrets.
    pub place: Place,
    /// Signing up and in.
    pub sign_in: SignIn,
    /// How long sessions live.
    pub session: auth::session::Config,
    /// The cookies' names and attributes.
    pub cookie: auth::cookie::Config,
    /// How much one client may ask of the authentication.
    pub limit: auth::limit::Config,
    /// What happens to every new user before they are stored; for programs that embed
    /// the server.
    pub before_create: Option<UserHook>,
    /// What of GraphQL over HTTP is open.
    pub graphql: Graphql,
    /// How much GraphQL requests and their clients may ask for.
    pub graphql_limits: GraphqlLimits,
    /// How many connections there are, and how slowly they may speak.
    pub connections: ConnectionLimits,
    /// How many subscriptions one client may have.
    pub subscriptions: Subscriptions,
    /// How log lines look.
    pub log_format: LogFormat,
    /// What is logged, in the form of `RUST_LOG`.
    pub log_filter: String,
    /// How mails look and leave.
    pub mail: mailer::Config,
    /// What several machines share.
    pub redis: Option<auth::redis::Config>,
    /// How long rows are kept that nobody needs any more.
    pub retention: Retention,
    /// The file with some of these.
    pub env_file: EnvFile,
}

/// What the server is run for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Environment {
    /// On a developer's machine: convenient.
    Development,
    /// For users: strict.
    Production,
}

impl fmt::Display for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Development => "development",
            Self::Production => "production",
        })
    }
}

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// For machines, an object a line.
    Json,
}

/// Wrong settings, one a line.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Problems {
    lines: Vec<String>,
    /// What is not wrong by itself, but may be the cause.
    notices: Vec<String>,
}

impl Problems {
    /// Each begins with its variable's name.
    pub(crate) fn lines(&self) -> &[String] {
        &self.lines
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the settings are wrong:")?;
        let lines = self.lines.iter().chain(&self.notices);
        lines.into_iter().try_for_each(|line| write!(f, "\n  {line}"))
    }
}

impl std::error::Error for Problems {}

impl Config {
    /// Checks the settings. Fails with every wrong one, each with its variable's
    /// name, what is wrong and an example.
    pub fn new(settings: Settings) -> Result<Self, Problems> {
        let (config, Problems { lines, .. }) = Self::checked(settings);
        if lines.is_empty() {
            return Ok(config);
        }
        Err(Problems { lines, notices: config.setting_notices() })
    }

    /// Checks the settings; what is wrong has its default, for whoever wants to look on.
    pub(crate) fn checked(settings: Settings) -> (Self, Problems) {
        let settings = settings.or_defaults();
        let mut check = Check::default();
        check.env_file(&settings.env_file);
        let environment = check
            .one_of(
                "APP_ENV",
                &settings.app_env,
                &[
                    ("development", Environment::Development),
                    ("production", Environment::Production),
                ],
            )
            .unwrap_or(Environment::Production);
        let production = environment == Environment::Production;
        let host = check.host(&settings.host);
        let place = settings.place.check(&mut check, production);
        let exposure = exposure::exposure(host, place.base_url.as_ref());
        let strict = production || exposure.is_some();
        if let (false, Some(exposure)) = (production, exposure) {
            for weak in &place.weak_secrets {
                let what = format!("{weak}, and {exposure}, where others could forge sessions");
                check.fail_with_advice(weak.variable, &what, SECRET_ADVICE);
            }
        }
        let mailbox = !production && place.base_url.as_ref().is_none_or(exposure::is_local);
        let https = place.base_url.as_ref().is_some_and(|url| url.scheme() == "https");
        let redis = settings.redis.check(&mut check);
        let database_url = check.database_url(&settings.database_url);
        let config = Self {
            host,
            port: check.parse("PORT", &settings.port, "3000").unwrap_or_default(),
            environment,
            database_pooler_url: settings.pooler.check(&mut check, &database_url),
            database_url,
            sign_in: settings.sign_in.check(&mut check),
            session: settings.session.check(&mut check),
            cookie: settings.cookie.check(&mut check, https),
            limit: settings.limit.check(&mut check, strict, redis.is_some()),
            place,
            before_create: None,
            graphql: settings.graphql.check(&mut check, strict),
            connections: settings.connections.check(&mut check),
            graphql_limits: settings.graphql_limits.check(&mut check, strict),
            subscriptions: settings.subscriptions.check(&mut check),
            log_format: check
                .one_of(
                    "LOG_FORMAT",
                    &settings.log_format.unwrap_or_default(),
                    &[
                        ("text", LogFormat::Text),
                        ("json", LogFormat::Json),
                        ("", if production { LogFormat::Json } else { LogFormat::Text }),
                    ],
                )
                .unwrap_or(LogFormat::Text),
            log_filter: check.log_filter(settings.rust_log),
            mail: settings.mail.check(&mut check, production, mailbox),
            redis,
            retention: settings.retention.check(&mut check),
            env_file: settings.env_file,
        };
        if !config.has_mails() && config.sign_in.email_password.require_verification {
            check.fail(
                "AUTH_REQUIRE_EMAIL_VERIFICATION",
                "is true, but without SMTP_HOST no link is mailed and nobody new can sign in; \
                 set SMTP_HOST, or turn it off",
                "false",
            );
        }
        (config, check.finish())
    }

    /// Variables that look like settings and count for nothing, and values of `.env` that
    /// may be shorter than they were meant.
    pub(crate) fn setting_notices(&self) -> Vec<String> {
        let unknown = unknown::variables(&self.env_file).into_iter();
        let unknown = unknown.map(|it| format!("{} {}", it.name, it.message()));
        let cut = self.env_file.cut_values();
        let cut = cut.map(|what| format!("{} {what}; {}", env_file::NAME, env_file::QUOTE_ADVICE));
        unknown.chain(cut).collect()
    }

    /// Whether the server is run for users.
    #[must_use]
    pub fn is_production(&self) -> bool {
        self.environment == Environment::Production
    }

    /// The settings of the crate `auth`, once the port is known. In development
    /// every spelling of this machine's name is trusted, if the server is found by one,
    /// and a missing secret is made and kept; `notices` says so.
    pub fn auth(&self, port: u16, notices: &mut Vec<String>) -> domain::Result<AuthConfig> {
        let secrets = self.secrets_or_kept(notices)?;
        let localhost = format!("http://localhost:{port}");
        let base_url = match &self.place.base_url {
            Some(url) => url.clone(),
            None => Url::parse(&localhost).map_err(domain::Error::internal)?,
        };
        if self.is_production() && base_url.scheme() != "https" {
            notices.push(format!(
                "BETTER_AUTH_URL is {base_url}: without https, passwords can be read on the way"
            ));
        }
        let mut trusted_origins = self.place.trusted_origins.clone();
        if !self.is_production() && exposure::is_local(&base_url) {
            let own =
                [localhost, format!("http://127.0.0.1:{port}"), format!("http://[::1]:{port}")];
            trusted_origins.extend(own.iter().filter_map(|origin| origin.parse().ok()));
        }
        let SignIn { email_password, email_verification, password, user, account } =
            self.sign_in.clone();
        Ok(AuthConfig {
            base_url,
            base_path: self.place.base_path.clone(),
            disabled_paths: self.place.disabled_paths.clone(),
            skip_trailing_slashes: self.place.skip_trailing_slashes,
            trusted_origins,
            secrets,
            trusted_proxies: self.place.trusted_proxies.clone(),
            limit: self.limit,
            cookie: self.cookie.clone(),
            session: self.session.clone(),
            password,
            email_password,
            email_verification,
            user,
            account,
            before_create: self.before_create,
            redis: self.redis.clone().map(Redis::new).transpose()?,
        })
    }

    fn secrets_or_kept(&self, notices: &mut Vec<String>) -> domain::Result<Secrets> {
        let Some(secrets) = &self.place.secrets else {
            return secret::kept_in(Path::new(KEPT_SECRET), notices).map(Secrets::single);
        };
        for weak in &self.place.weak_secrets {
            let variable = weak.variable;
            notices.push(format!("{variable} {weak}: production will not start with it"));
        }
        Ok(secrets.clone())
    }
}

#[cfg(test)]
mod tests;
