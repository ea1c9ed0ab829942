//! Fault tests with a PostgreSQL server that restarts, refuses connections, or does not answer.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use domain::Error;
use futures_util::future::join_all;
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    task::JoinSet,
    time::timeout,
};
use url::Url;

use super::test_database::TestDatabase;
use crate::{Database, internal, test_server::TestServer};

/// More connections than the pool allows.
const MANY: usize = 20;

fn read() -> Statement {
    Statement::from_string(DbBackend::Postgres, "SELECT 1")
}

async fn reads(db: &Database) -> domain::Result<()> {
    db.reader().query_one_raw(read()).await.map_err(internal).map(drop)
}

async fn empty_transaction(db: &Database) -> domain::Result<()> {
    db.begin().await?.commit().await
}

/// Opens the pool's maximum of connections.
async fn fill(db: &Database) {
    let slow = Statement::from_string(DbBackend::Postgres, "SELECT pg_sleep(0.1)");
    let all = join_all((0..MANY).map(|_| db.reader().query_one_raw(slow.clone()))).await;
    assert!(all.iter().all(Result::is_ok), "{all:?}");
}

#[tokio::test]
async fn connections_that_the_server_closed_fail_no_request() {
    let Some(mut database) = TestDatabase::postgres().await else { return };
    for _ in 0..3 {
        fill(&database.db).await;
        database.server.as_mut().unwrap().terminate().await.unwrap();
        let db = &database.db;
        let (read, begun) = tokio::join!(
            join_all((0..MANY).map(|_| reads(db))),
            join_all((0..MANY).map(|_| empty_transaction(db))),
        );
        assert!(read.iter().chain(&begun).all(Result::is_ok), "{read:?} {begun:?}");
    }
    database.assert_writes(1).await;
    database.remove().await;
}

#[tokio::test]
async fn requests_wait_if_the_server_allows_few_connections() {
    let Some(mut server) = TestServer::create().await.unwrap() else { return };
    let role = format!("{}_few", server.name());
    server.execute(format!("create role {role} login connection limit 3")).await.unwrap();
    let mut url: Url = server.url.parse().unwrap();
    url.set_username(&role).unwrap();
    let db = Database::connect(&url.as_str().parse().unwrap()).await.unwrap();

    for _ in 0..3 {
        fill(&db).await;
        let begun = join_all((0..MANY).map(|_| empty_transaction(&db))).await;
        assert!(begun.iter().all(Result::is_ok), "{begun:?}");
    }

    db.close().await.unwrap();
    server.execute(format!("drop role {role}")).await.unwrap();
    server.remove().await.unwrap();
}

#[tokio::test]
async fn a_database_that_refuses_connections_is_unavailable() {
    let Some(mut server) = TestServer::create().await.unwrap() else { return };
    let db = Database::connect(&server.url.parse().unwrap()).await.unwrap();
    let allow = |how: bool, name: &str| format!("alter database {name} allow_connections {how}");
    let name = server.name().to_owned();
    server.execute(allow(false, &name)).await.unwrap();
    server.terminate().await.unwrap();

    for _ in 0..3 {
        assert!(matches!(reads(&db).await, Err(Error::Busy)));
        assert!(matches!(empty_transaction(&db).await, Err(Error::Busy)));
    }

    server.execute(allow(true, &name)).await.unwrap();
    reads(&db).await.unwrap();
    db.close().await.unwrap();
    server.remove().await.unwrap();
}

/// Forwards connections to a server until it is silenced.
struct Proxy {
    address: SocketAddr,
    server: String,
    is_silent: Arc<AtomicBool>,
    accepted: Arc<AtomicUsize>,
    tasks: JoinSet<()>,
}

impl Proxy {
    async fn start(address: &str, server: &str) -> Self {
        let listener = TcpListener::bind(address).await.unwrap();
        let mut proxy = Self {
            address: listener.local_addr().unwrap(),
            server: server.to_owned(),
            is_silent: Arc::default(),
            accepted: Arc::default(),
            tasks: JoinSet::new(),
        };
        let (server, is_silent) = (proxy.server.clone(), Arc::clone(&proxy.is_silent));
        let accepted = Arc::clone(&proxy.accepted);
        proxy.tasks.spawn(async move {
            let mut forwards = JoinSet::new();
            while let Ok((client, _)) = listener.accept().await {
                accepted.fetch_add(1, Ordering::Relaxed);
                let (from_client, to_client) = client.into_split();
                let (from_server, to_server) =
                    TcpStream::connect(&server).await.unwrap().into_split();
                // A connection that was silent once stays silent.
                let is_silent = Arc::new((Arc::clone(&is_silent), AtomicBool::new(false)));
                forwards.spawn(forward(from_client, to_server, Arc::clone(&is_silent)));
                forwards.spawn(forward(from_server, to_client, is_silent));
            }
        });
        proxy
    }

    /// Refuses new connections and closes existing ones.
    async fn stop(&mut self) {
        self.tasks.shutdown().await;
    }

    async fn start_again(&mut self) {
        *self = Self::start(&self.address.to_string(), &self.server).await;
    }
}

async fn forward(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    silent: Arc<(Arc<AtomicBool>, AtomicBool)>,
) {
    let mut bytes = vec![0; 8192];
    while let Ok(count @ 1..) = from.read(&mut bytes).await {
        if silent.0.load(Ordering::Relaxed) {
            silent.1.store(true, Ordering::Relaxed);
        }
        if silent.1.load(Ordering::Relaxed) {
            std::future::pending::<()>().await;
        }
        if to.write_all(&bytes[..count]).await.is_err() {
            break;
        }
    }
}

/// Opens a database through a proxy.
async fn behind_proxy() -> Option<(TestServer, Proxy, Database)> {
    let server = TestServer::create().await.unwrap()?;
    let mut url: Url = server.url.parse().unwrap();
    let address = format!("{}:{}", url.host_str().unwrap(), url.port().unwrap_or(5432));
    let proxy = Proxy::start("127.0.0.1:0", &address).await;
    url.set_host(Some("127.0.0.1")).unwrap();
    url.set_port(Some(proxy.address.port())).unwrap();
    let url = url.as_str().parse().unwrap();
    let db = Database::connect(&url).await.unwrap();
    let db = db.with_statement_timeout(&url, None, Duration::from_millis(500)).await.unwrap();
    Some((server, proxy, db))
}

#[tokio::test]
async fn a_refusing_server_is_reported_at_once_and_used_when_it_returns() {
    let Some((server, mut proxy, db)) = behind_proxy().await else { return };
    fill(&db).await;
    proxy.stop().await;
    let start = Instant::now();
    for _ in 0..50 {
        let (read, begun) = tokio::join!(reads(&db), empty_transaction(&db));
        assert!(
            matches!((&read, &begun), (Err(Error::Busy), Err(Error::Busy))),
            "{read:?} {begun:?}"
        );
    }
    // Without the shared outage, each request would wait for five seconds.
    assert!(start.elapsed() < Duration::from_secs(5));
    proxy.start_again().await;
    reads(&db).await.unwrap();
    empty_transaction(&db).await.unwrap();
    db.close().await.unwrap();
    server.remove().await.unwrap();
}

#[tokio::test]
async fn a_silent_server_keeps_no_connection_of_the_pool() {
    let Some((server, proxy, db)) = behind_proxy().await else { return };
    fill(&db).await;
    proxy.is_silent.store(true, Ordering::Relaxed);
    // These use idle connections, which no longer answer.
    let late = join_all((0..MANY).map(|_| timeout(Duration::from_millis(100), reads(&db)))).await;
    assert!(late.iter().all(Result::is_err));
    // New connections work.
    proxy.is_silent.store(false, Ordering::Relaxed);
    let all = join_all((0..MANY).map(|_| empty_transaction(&db))).await;
    assert!(all.iter().all(Result::is_ok), "{all:?}");

    // Waiting requests fail with an error.
    proxy.is_silent.store(true, Ordering::Relaxed);
    let all = join_all((0..4).map(|_| reads(&db))).await;
    assert!(all.iter().all(|read| matches!(read, Err(Error::Busy))), "{all:?}");
    let start = Instant::now();
    db.close().await.unwrap();
    assert!(start.elapsed() < Duration::from_secs(30));
    server.remove().await.unwrap();
}
