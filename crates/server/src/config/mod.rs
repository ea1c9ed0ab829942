//! Settings: declared in one table, checked once at the start; all wrong ones are named.
//!
//! Each file but the following ones is a section: its rows of the table (`setting`), the
//! type of the checked settings, and the check that makes it. [`table`] lists the sections,
//! `documents` writes `.env.example` and `docs/configuration.md`.

mod check;
mod connection;
mod cookie;
mod deployment;
pub(crate) mod documents;
pub(crate) mod env_file;
pub(crate) mod exposure;
mod flags;
mod graphql;
mod graphql_limit;
mod mail;
mod notices;
mod plugins;
mod problems;
pub(crate) mod providers;
mod rate_limit;
mod redis;
mod retention;
mod secret;
mod server;
mod session;
pub(crate) mod setting;
mod settings;
mod sign_in;
mod sms;
mod subscription;
pub mod table;
pub(crate) mod unknown;
mod variables;

use std::{net::IpAddr, path::Path};

use auth::{AuthConfig, UserHook, redis::Redis};
use crypto::Secrets;
use database::DatabaseUrl;
use domain::AbilityFactory;
use url::Url;

use self::{check::Check, unknown::Unknown};
pub(crate) use self::{check::may_hold_password, secret::SECRET_ADVICE};
pub use self::{
    connection::ConnectionLimits,
    deployment::PublicSettings,
    env_file::EnvFile,
    graphql::{Graphql, UploadLimits},
    graphql_limit::GraphqlLimits,
    problems::Problems,
    retention::Retention,
    secret::WeakSecret,
    server::{Environment, LogFormat},
    setting::{DefaultValue, Kind, Section, Setting},
    settings::Settings,
    sign_in::SignIn,
    subscription::Subscriptions,
    variables::Variables,
};

/// Where development keeps a generated secret.
pub(crate) const KEPT_SECRET: &str = "data/secret";

/// The checked settings.
#[derive(Clone, Debug)]
pub struct Config {
    /// Address to listen on.
    pub host: IpAddr,
    /// Port to listen on; 0 takes a free one.
    pub port: u16,
    /// Development or production.
    pub environment: Environment,
    /// The database.
    pub database_url: DatabaseUrl,
    /// The pooler in transaction mode that requests use.
    pub database_pooler_url: Option<DatabaseUrl>,
    /// The public URL, trusted origins and proxies, and secrets.
    pub deployment: PublicSettings,
    /// Signing up and in.
    pub sign_in: SignIn,
    /// Sign-in with providers.
    pub oauth: auth::oauth::Config,
    /// better-auth's plugins.
    pub plugins: auth::Plugins,
    /// How long sessions last.
    pub session: auth::session::Config,
    /// The cookies' names and attributes.
    pub cookie: auth::cookie::Config,
    /// Rate limits of the authentication.
    pub limit: auth::limit::Config,
    /// A hook that changes or refuses new users, for programs that embed the server.
    pub before_create: Option<UserHook>,
    /// GraphQL over HTTP.
    pub graphql: Graphql,
    /// Limits of one GraphQL request and of one client.
    pub graphql_limits: GraphqlLimits,
    /// Limits of connections.
    pub connections: ConnectionLimits,
    /// Limits of subscriptions.
    pub subscriptions: Subscriptions,
    /// The format of log lines.
    pub log_format: LogFormat,
    /// The filter of log lines, in the form of `RUST_LOG`.
    pub log_filter: String,
    /// Mails.
    pub mail: mailer::Config,
    /// The Redis server that several machines share.
    pub redis: Option<auth::redis::Config>,
    /// How long rows are kept that are no longer needed.
    pub retention: Retention,
    /// The file with values of settings.
    pub env_file: EnvFile,
    /// Variables that look like settings but are none.
    pub(crate) unknown: Vec<Unknown>,
}

impl Config {
    /// Checks the settings. Fails with every wrong one, each with its variable's
    /// name, what is wrong and an example.
    pub fn new(settings: Settings) -> Result<Self, Problems> {
        let (config, Problems { lines, .. }) = Self::checked(settings);
        if lines.is_empty() {
            return Ok(config);
        }
        // A variable that is a problem needs no warning, too.
        let name = |line: &str| line.split(' ').next().map(str::to_owned);
        let mut notices = config.setting_notices();
        notices.retain(|notice| !lines.iter().any(|line| name(line) == name(notice)));
        Err(Problems { lines, notices })
    }

    /// Checks the settings. A wrong one is replaced by its default, for commands that go on.
    pub(crate) fn checked(settings: Settings) -> (Self, Problems) {
        let mut check = Check::new(settings);
        let config = Self::read(&mut check);
        let (settings, problems) = check.finish();
        (Self { env_file: settings.env_file, ..config }, problems)
    }

    /// Reads every setting but the file itself.
    fn read(check: &mut Check) -> Self {
        let environment = server::environment(check);
        let production = environment == Environment::Production;
        let host = server::host(check);
        let deployment = deployment::check(check, production);
        let exposure = exposure::exposure(host, deployment.base_url.as_ref());
        let strict = production || exposure.is_some();
        if let (false, Some(exposure)) = (production, exposure) {
            for weak in &deployment.weak_secrets {
                let what = format!("{weak}, and {exposure}, where others could forge sessions");
                check.fail_with_advice(weak.variable, &what, SECRET_ADVICE);
            }
        }
        let mailbox = !production && deployment.base_url.as_ref().is_none_or(exposure::is_local);
        let https = deployment.base_url.as_ref().is_some_and(|url| url.scheme() == "https");
        let redis = redis::check(check);
        let database_url = server::database_url(check);
        let (oauth, names) = providers::check(check);
        let mut mail = mail::check(check, production, mailbox);
        mail.sms = sms::check(check, mailbox);
        let config = Self {
            host,
            port: server::port(check),
            environment,
            database_pooler_url: server::pooler_url(check, &database_url),
            database_url,
            sign_in: sign_in::check(check),
            oauth,
            plugins: plugins::check(check),
            session: session::check(check),
            cookie: cookie::check(check, https),
            limit: rate_limit::check(check, strict, redis.is_some()),
            deployment,
            before_create: None,
            graphql: graphql::check(check, strict),
            connections: connection::check(check),
            graphql_limits: graphql_limit::check(check, strict),
            subscriptions: subscription::check(check),
            log_format: server::log_format(check, production),
            log_filter: server::log_filter(check),
            mail,
            redis,
            retention: retention::check(check),
            env_file: EnvFile::default(),
            unknown: unknown::among(check.variable_names(), &names),
        };
        plugins::check_rp_id(check, &config.plugins.passkey, config.deployment.base_url.as_ref());
        if !config.has_mails() && config.sign_in.email_password.require_verification {
            sign_in::fail_without_mails(check);
        }
        config
    }

    /// Whether the server runs in production.
    #[must_use]
    pub fn is_production(&self) -> bool {
        self.environment == Environment::Production
    }

    /// Whether the server runs in development, and no other host can reach it.
    #[must_use]
    pub fn is_private(&self) -> bool {
        !self.is_production() && self.exposure().is_none()
    }

    /// The reason why development is public, for the start and `doctor`.
    pub(crate) fn public_development(&self) -> Option<String> {
        let exposure = self.exposure().filter(|_| !self.is_production())?;
        Some(format!("is development, but {exposure}, so other hosts can reach the server"))
    }

    fn exposure(&self) -> Option<String> {
        exposure::exposure(self.host, self.deployment.base_url.as_ref())
    }

    /// The settings of the crate `auth`, once the port is known. In development, a missing secret
    /// is generated and kept, as `notices` says; and if the public URL names this machine, every
    /// name of this machine is a trusted origin.
    pub fn auth(&self, port: u16, notices: &mut Vec<String>) -> domain::Result<AuthConfig> {
        let secrets = self.secrets_or_kept(notices)?;
        let localhost = localhost(port);
        let base_url = self.base_url(port)?;
        if self.is_production() && base_url.scheme() != "https" {
            notices.push(format!(
                "BETTER_AUTH_URL is {base_url}: without https, passwords can be read on the network"
            ));
        }
        let mut trusted_origins = self.deployment.trusted_origins.clone();
        if !self.is_production() && exposure::is_local(&base_url) {
            let own =
                [localhost, format!("http://127.0.0.1:{port}"), format!("http://[::1]:{port}")];
            trusted_origins.extend(own.iter().filter_map(|origin| origin.parse().ok()));
        }
        let SignIn { email_password, email_verification, password, user, account } =
            self.sign_in.clone();
        Ok(AuthConfig {
            base_url,
            base_path: self.deployment.base_path.clone(),
            disabled_paths: self.deployment.disabled_paths.clone(),
            skip_trailing_slashes: self.deployment.skip_trailing_slashes,
            trusted_origins,
            secrets,
            trusted_proxies: self.deployment.trusted_proxies.clone(),
            limit: self.limit,
            cookie: self.cookie.clone(),
            session: self.session.clone(),
            password,
            email_password,
            email_verification,
            user,
            account,
            oauth: self.oauth.clone(),
            plugins: self.plugins.clone(),
            developer_advice: !self.is_production(),
            before_create: self.before_create,
            abilities: AbilityFactory::default(),
            redis: self.redis.clone().map(Redis::new).transpose()?,
        })
    }

    /// The URL at which browsers reach the server that listens on `port`.
    pub(crate) fn base_url(&self, port: u16) -> domain::Result<Url> {
        match &self.deployment.base_url {
            Some(url) => Ok(url.clone()),
            None => Url::parse(&localhost(port)).map_err(domain::Error::internal),
        }
    }

    fn secrets_or_kept(&self, notices: &mut Vec<String>) -> domain::Result<Secrets> {
        let Some(secrets) = &self.deployment.secrets else {
            return secret::kept_in(Path::new(KEPT_SECRET), notices).map(Secrets::single);
        };
        for weak in &self.deployment.weak_secrets {
            let variable = weak.variable;
            notices.push(format!("{variable} {weak}: production will not start with it"));
        }
        Ok(secrets.clone())
    }
}

/// The URL of this machine.
fn localhost(port: u16) -> String {
    format!("http://localhost:{port}")
}

#[cfg(test)]
mod tests;
