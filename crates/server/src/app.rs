//! The application: everything that requests and background tasks share, built once for the
//! binary and for tests.

use std::{fmt, ops::Deref, sync::Arc, time::Duration};

use auth::{
    Auth, AuthConfig,
    redis::{RedisFailure, RedisInfo},
};
use axum::extract::FromRef;
use database::{Database, WriteTasks};
use domain::{AbilityFactory, Clock};
use mailer::Mailer;
use services::Services;

use crate::{
    cluster::Cluster,
    config::{Config, Retention},
    database_setup,
    failure::Failure,
    graphql_http::GraphqlHttp,
    health, isbn_check, plugin_check, proxy, row_check,
    schema_check::SchemaCheck,
};

/// The application's state. Clones are cheap, and share everything.
#[derive(Clone)]
pub struct App(Arc<Parts>);

/// What an [`App`] is made of.
pub struct Parts {
    /// The open database.
    pub db: Database,
    /// Accounts and sessions.
    pub auth: Auth,
    /// Mails; `serve` runs its worker.
    pub mailer: Mailer,
    /// Whether `/dev/mail` shows mails: in development without a mail server.
    pub(crate) has_mailbox: bool,
    pub(crate) graphql: Arc<GraphqlHttp>,
    pub(crate) probe: Arc<health::Probe>,
    /// Receives changes until the app is dropped.
    _cluster: Cluster,
    pub(crate) clock: Clock,
    pub(crate) abilities: AbilityFactory,
    pub(crate) retention: Retention,
    /// The time limit of a request, without the time for its body.
    pub(crate) request_time: Duration,
    /// Running writes, which end even if their clients disconnect.
    pub(crate) writes: WriteTasks,
}

/// What [`App::open`] did and found, for the administrator.
#[derive(Debug, Default)]
pub struct Opened {
    /// The SQLite file was created.
    pub created: bool,
    /// Migrations were applied.
    pub migrated: bool,
    /// Warnings about settings and rows.
    pub notices: Vec<String>,
}

impl App {
    /// Opens the database, applies pending migrations if `migrate` is true, and builds the
    /// state. `port` is the port that the server listens on, and `abilities` has the rules.
    pub async fn open(
        config: &Config,
        clock: Clock,
        abilities: AbilityFactory,
        port: u16,
        migrate: bool,
    ) -> Result<(Self, Opened), Failure> {
        let mut opened =
            Opened { created: database_setup::is_missing(config), ..Opened::default() };
        // First: a secret that cannot be stored must leave no database behind.
        let settings = AuthConfig { abilities, ..config.auth(port, &mut opened.notices)? };
        let db = if migrate {
            let db = database_setup::open(config).await?;
            opened.migrated = database_setup::migrate_to_latest(&db).await? > 0;
            db
        } else {
            database_setup::open_migrated(config).await?
        };
        let request_time = config.graphql_limits.request.time() + database_setup::STATEMENT_GRACE;
        let pooler = config.database_pooler_url.as_ref();
        let db = db.with_statement_timeout(&config.database_url, pooler, request_time).await?;
        SchemaCheck::of(&db).await?.passed(&mut opened.notices)?;
        let broken = row_check::broken(&db).await?;
        let unasked = plugin_check::unasked_second_factors(&db, &config.plugins).await?;
        opened.notices.extend(unasked.map(|missing| missing.notice(&config.plugins)));
        opened.notices.extend(broken.iter().map(|rows| format!("{}; {}", rows.what, rows.advice)));
        if opened.migrated {
            let shared = isbn_check::shared(&db).await?;
            opened.notices.extend(shared.map(|what| format!("{what}; {}", isbn_check::ADVICE)));
        }
        let cluster = Cluster::join(&db).await;
        let services = Services::new(&db, &clock, &cluster.events, abilities)?;
        opened.notices.extend(config.mail_notice());
        opened.notices.extend(config.sms_notice());
        opened.notices.extend(proxy::untrusted_proxy(config, &db, clock.now()).await?);
        let mailer = mailer(config, &settings, &db, &clock)?;
        let auth = Auth::new(settings, db.clone(), mailer.clone(), clock.clone());
        opened.notices.extend(redis_notices(&auth).await);
        let probe = health::Probe::new(db.clone(), auth.clone(), clock.clone());
        let writes = WriteTasks::new(config.connections.total);
        let events = cluster.events.clone();
        let graphql =
            GraphqlHttp::new(services, events, &auth, config, writes.clone(), request_time)?;
        let app = Self(Arc::new(Parts {
            db,
            auth,
            mailer,
            has_mailbox: config.has_mailbox(),
            graphql: Arc::new(graphql),
            probe: Arc::new(probe),
            _cluster: cluster,
            clock,
            abilities,
            retention: config.retention,
            request_time,
            writes,
        }));
        Ok((app, opened))
    }

    /// Ends all subscriptions, and waits until their connections are closed.
    pub async fn end_streams(&self) {
        self.graphql.subscriptions.end().await;
    }
}

/// Warnings about this Redis: failures, and configurations that lose sessions.
async fn redis_notices(auth: &Auth) -> Vec<String> {
    let Some(redis) = auth.redis() else { return Vec::new() };
    if let Err(RedisFailure { cause, .. }) = redis.probe_read().await {
        return vec![format!(
            "REDIS_URL names a Redis that fails: {cause}; until it works, users cannot sign in"
        )];
    }
    let info = redis.info().await;
    let risks = info.iter().flat_map(RedisInfo::risks);
    risks.map(|(risk, advice)| format!("REDIS_URL names a Redis that {risk}; {advice}")).collect()
}

/// The mailer, whose stored mails are sealed with the service's secrets.
pub(crate) fn mailer(
    config: &Config,
    settings: &AuthConfig,
    db: &Database,
    clock: &Clock,
) -> domain::Result<Mailer> {
    Mailer::new(config.mail.clone(), db.clone(), settings.secrets.clone(), clock.clone())
}

/// Lets handlers take the parts of the state that they use.
macro_rules! parts_of_the_state {
    ($($type:ty: $field:ident),+) => {$(
        impl FromRef<App> for $type {
            fn from_ref(app: &App) -> Self {
                app.$field.clone()
            }
        }
    )+};
}

parts_of_the_state!(
    AbilityFactory: abilities,
    Auth: auth,
    Database: db,
    Mailer: mailer,
    Clock: clock,
    Arc<health::Probe>: probe
);

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl fmt::Debug for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("App").field("db", &self.db).finish_non_exhaustive()
    }
}
