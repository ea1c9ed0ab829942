//! `bookplate serve`: answers requests until SIGTERM or SIGINT.

use std::{net::SocketAddr, process, time::Duration};

use auth::Plugin;
use domain::AbilityFactory;
use tokio::{
    net::TcpListener,
    signal::unix::{Signal, SignalKind, signal},
    sync::watch,
};

use super::clock::clock;
use crate::{
    App,
    config::{Config, ConnectionLimits, LogFormat},
    connections::{self, ended_for},
    failure::Failure,
    health::keep_log_small,
    http_service::HttpService,
    output,
    seed::{self, Login},
    server_lock::ServerLock,
    start_screen::{PUBLIC, StartScreen},
    system,
};

/// The time limit of running requests after the signal.
const REQUEST_GRACE: Duration = Duration::from_secs(8);
/// The time limit of the whole shutdown, including a database that does not answer: many
/// supervisors kill the process after ten seconds.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(9);

pub(super) async fn run(mut config: Config, demo: bool, migrate: bool) -> Result<(), Failure> {
    let plugins = &mut config.plugins;
    // A setting of its own turns this one on.
    if demo && plugins.on.iter().all(|plugin| *plugin == Plugin::HaveIBeenPwned) {
        let all = Plugin::ALL.into_iter().filter(|plugin| plugins.is_on_with_all(*plugin));
        plugins.on = all.collect();
    }
    let address = SocketAddr::new(config.host, config.port);
    // First, so that a second server on the port does not open the database.
    let listener = TcpListener::bind(address).await.map_err(|error| {
        Failure(format!("HOST and PORT ({address}) cannot be listened on: {error}"))
    })?;
    let port = listener.local_addr().map_err(domain::Error::internal)?.port();

    let (app, mut opened) =
        App::open(&config, clock(), AbilityFactory::default(), port, migrate).await?;
    let lock = ServerLock::take(config.database_url.file());
    opened.notices.extend(lock.notice.clone());
    opened.notices.extend(config.setting_notices());
    let seeded = if demo {
        Some(seed::demo(&app.db, &app.auth, &clock(), !config.is_private()).await?)
    } else {
        None
    };

    if !config.is_private() {
        opened.notices.extend(seed::known_passwords(&app.auth).await?);
    }

    let connections = affordable(config.connections, &mut opened.notices);

    // Before the start is announced, so that no signal is lost.
    let ended = signals()?;
    announce(&StartScreen { config: &config, port, opened: &opened, seeded: seeded.as_ref() });
    let late = ended_for(ended.clone(), SHUTDOWN_TIMEOUT);
    let served = async {
        serve(listener, &app, connections, ended).await;
        app.db.close().await
    };
    tokio::select! {
        closed = served => closed?,
        () = late => tracing::warn!("the database was not closed in time"),
    }
    tracing::info!("ended");
    Ok(())
}

/// The limits of connections that the system allows. `notices` says if they are lower than the
/// settings.
fn affordable(set: ConnectionLimits, notices: &mut Vec<String>) -> ConnectionLimits {
    let limits = set.at_most(system::connections());
    if limits.total < set.total {
        notices.push(format!(
            "only {} connections are served at the same time instead of {} \
             (HTTP_MAX_CONNECTIONS): the process may have no more files open (ulimit -n)",
            limits.total, set.total
        ));
    }
    limits
}

fn announce(screen: &StartScreen<'_>) {
    if let Some(what) = screen.config.public_development() {
        tracing::warn!("APP_ENV {what}. {PUBLIC}");
    }
    match screen.config.log_format {
        LogFormat::Text => output::say(screen),
        LogFormat::Json => {
            let url = screen.url();
            let version = env!("CARGO_PKG_VERSION");
            tracing::info!(version, url, port = screen.port, "listening");
            for notice in &screen.opened.notices {
                tracing::warn!("{notice}");
            }
            for login in screen.seeded.iter().flat_map(|seeded| &seeded.logins) {
                let Login { email, password } = login;
                output::say(format_args!("sign in as {email} with the password {password}\n"));
            }
        }
    }
}

/// Serves until `ended`, then waits for running requests and mails, up to [`REQUEST_GRACE`].
async fn serve(
    listener: TcpListener,
    app: &App,
    limits: ConnectionLimits,
    ended: watch::Receiver<bool>,
) {
    let (mut last_mail, mut last_sweep) = (ended.clone(), ended.clone());
    let (mut last_look, late) = (ended.clone(), ended_for(ended.clone(), REQUEST_GRACE));
    let sweeps = app.sweep_until(async move { _ = last_sweep.wait_for(|ended| *ended).await });
    let log = keep_log_small(&app.db, async move { _ = last_look.wait_for(|ended| *ended).await });
    let mails = app.mailer.run(async move { _ = last_mail.wait_for(|ended| *ended).await });
    let requests = connections::serve(listener, HttpService::new(app), limits, ended.clone());
    let mut last_try = ended.clone();
    let discovery = async {
        tokio::select! {
            () = app.auth.discover_providers() => {}
            _ = last_try.wait_for(|ended| *ended) => {}
        }
    };
    let mut last_stream = ended;
    let streams = async {
        _ = last_stream.wait_for(|ended| *ended).await;
        app.end_streams().await;
    };
    let work = async {
        tokio::join!(requests, mails, streams, sweeps, log, discovery);
        // Writes of clients that have disconnected.
        app.writes.ended().await;
    };
    tokio::select! {
        () = work => {}
        () = late => tracing::warn!("some requests, streams or mails did not finish in time"),
    }
}

/// Becomes true at SIGTERM or SIGINT. A second signal ends the process at once.
fn signals() -> Result<watch::Receiver<bool>, Failure> {
    let listen =
        |kind| -> Result<Signal, Failure> { Ok(signal(kind).map_err(domain::Error::internal)?) };
    let (mut terminate, mut interrupt) =
        (listen(SignalKind::terminate())?, listen(SignalKind::interrupt())?);
    let (sender, receiver) = watch::channel(false);
    tokio::spawn(async move {
        let mut next = async || {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
        };
        next().await;
        tracing::info!("ending; requests in flight may finish");
        sender.send_replace(true);
        next().await;
        tracing::warn!("ending at once; requests in flight are lost");
        process::exit(1);
    });
    Ok(receiver)
}
