//! Everything wired together, once, for the binary and for tests.

use std::{fmt, ops::Deref, sync::Arc, time::Duration};

use auth::{
    Auth, AuthConfig,
    redis::{RedisFailure, RedisInfo},
};
use axum::{Router, extract::Request, middleware::from_fn, response::Redirect, routing::get};
use crypto::Vault;
use domain::{AbilityFactory, Clock};
use mailer::Mailer;
use repositories::{Database, WriteTasks};
use services::Services;

use crate::{
    commands::{self, Failure},
    config::{Config, Retention},
    dev_mail, edge, fallback,
    front::{Front, Served},
    graphiql, health, isbn_check,
    nodes::Nodes,
    protected, proxy, row_check,
    schema_check::SchemaCheck,
    telemetry,
};

/// The application's state. Cheap to clone, as is done for every request; clones share
/// everything.
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
    /// Whether what it keeps is shown: in development without a mail server.
    has_mailbox: bool,
    pub(crate) edge: Arc<edge::Edge>,
    pub(crate) probe: health::Probe,
    /// Held for as long as the app serves.
    _nodes: Nodes,
    pub(crate) clock: Clock,
    pub(crate) abilities: AbilityFactory,
    pub(crate) retention: Retention,
    /// How long a request may wait for what is not its body.
    pub(crate) request_time: Duration,
    /// What goes on without its client.
    pub(crate) writes: WriteTasks,
}

/// What [`App::open`] did and found, for the operator.
#[derive(Debug, Default)]
pub struct Opened {
    /// The SQLite file was made.
    pub created: bool,
    /// Changes of the schema were applied.
    pub migrated: bool,
    /// Settings that deserve a second look.
    pub notices: Vec<String>,
}

impl App {
    /// Opens the database, brings its schema up to date if `migrate` says so, and
    /// wires everything. `port` is the one that is listened on, and `abilities` has the rules.
    pub async fn open(
        config: &Config,
        clock: Clock,
        abilities: AbilityFactory,
        port: u16,
        migrate: bool,
    ) -> Result<(Self, Opened), Failure> {
        let mut opened = Opened { created: commands::is_missing(config), ..Opened::default() };
        // First, so that a secret that cannot be kept leaves no database behind.
        let settings = config.auth(port, &mut opened.notices)?;
        let db = if migrate {
            let db = commands::open(config).await?;
            opened.migrated = commands::migrate::up(&db).await? > 0;
            db
        } else {
            commands::open_migrated(config).await?
        };
        let longest = config.graphql_limits.request.time() + commands::PATIENCE;
        let pooler = config.database_pooler_url.as_ref();
        let db = db.within(&config.database_url, pooler, longest).await?;
        SchemaCheck::of(&db).await?.passed(&mut opened.notices)?;
        let broken = row_check::broken(&db).await?;
        opened.notices.extend(broken.iter().map(|rows| format!("{}; {}", rows.what, rows.advice)));
        if opened.migrated {
            let shared = isbn_check::shared(&db).await?;
            opened.notices.extend(shared.map(|what| format!("{what}; {}", isbn_check::ADVICE)));
        }
        let nodes = Nodes::join(&db).await;
        let services = Services::new(&db, &clock, &nodes.events, abilities)?;
        opened.notices.extend(config.mail_notice());
        opened.notices.extend(proxy::untrusted_proxy(config, &db, clock.now()).await?);
        let mailer = mailer(config, &settings, &db, &clock)?;
        let auth = Auth::new(settings, db.clone(), mailer.clone(), clock.clone());
        opened.notices.extend(redis_notices(&auth).await);
        let probe = health::Probe::new(db.clone(), auth.clone());
        let writes = WriteTasks::new(config.connections.most);
        let events = nodes.events.clone();
        let edge = edge::Edge::new(services, events, &auth, config, writes.clone())?;
        let app = Self(Arc::new(Parts {
            db,
            auth,
            mailer,
            has_mailbox: config.has_mailbox(),
            edge: Arc::new(edge),
            probe,
            _nodes: nodes,
            clock,
            abilities,
            retention: config.retention,
            request_time: longest,
            writes,
        }));
        Ok((app, opened))
    }

    /// Ends sockets and streams, which would go on for ever, and waits until they have.
    pub async fn end_streams(&self) {
        self.edge.live.end().await;
    }

    /// Every route. Serve it with `ConnectInfo<SocketAddr>`.
    pub fn router(&self) -> Router {
        let front = self.front();
        Router::new().fallback(move |request: Request| front.clone().answer(request, Served::Fully))
    }

    /// What [`Self::router`] is around, which would cost each request three allocations.
    pub(crate) fn front(&self) -> Front {
        let routes = Router::new()
            .route("/", get(async || Redirect::temporary(edge::PATH)))
            .route("/graphql/stream", edge::single::route())
            .merge(graphiql::router())
            .merge(health::router())
            .merge(dev_mail::router(self.has_mailbox.then_some(&self.mailer)))
            .merge(protected::router(self))
            .with_state(self.clone())
            .method_not_allowed_fallback(fallback::method_not_allowed)
            .merge(self.auth.router(&self.writes))
            .fallback(fallback::not_found);
        #[cfg(feature = "test-clock")]
        let routes = routes.merge(crate::dev_clock::router(self.clock.clone()));
        Front::new(self.clone(), routes.route_layer(from_fn(telemetry::note_route)))
    }
}

/// What people lose with this Redis. One that does not answer yet is not asked again.
async fn redis_notices(auth: &Auth) -> Vec<String> {
    let Some(redis) = auth.redis() else { return Vec::new() };
    if let Err(RedisFailure { cause, .. }) = redis.probe_read().await {
        return vec![format!(
            "REDIS_URL names a Redis that fails: {cause}; until it works nobody can sign in"
        )];
    }
    let info = redis.info().await;
    let risks = info.iter().flat_map(RedisInfo::risks);
    risks.map(|(risk, advice)| format!("REDIS_URL names a Redis that {risk}; {advice}")).collect()
}

/// The one through whom mails go, sealed under the service's secrets.
pub(crate) fn mailer(
    config: &Config,
    settings: &AuthConfig,
    db: &Database,
    clock: &Clock,
) -> domain::Result<Mailer> {
    let vault = Vault::new(settings.secrets.clone());
    Mailer::new(config.mail.clone(), db.clone(), vault, clock.clone())
}

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
