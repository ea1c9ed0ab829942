//! A database that stops answering while its connections stay open.

use std::time::{Duration, Instant};

use axum::http::{HeaderMap, StatusCode};
use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    sync::watch,
};
use url::Url;

use crate::it::support::{Backend, PASSWORD, ProcessOutput, ServerProcess, TestDatabase};

/// An upper bound: longer than a request may wait on a busy machine, and shorter than a TCP
/// timeout.
const TIME_LIMIT: Duration = Duration::from_secs(20);

/// A proxy that can stop forwarding without closing connections.
struct Proxy {
    port: u16,
    frozen: watch::Sender<bool>,
}

impl Proxy {
    /// Starts a proxy to the server of this URL.
    async fn start(url: &Url) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = (url.host_str().unwrap().to_owned(), url.port().unwrap_or(5432));
        let frozen = watch::Sender::new(false);
        let state = frozen.subscribe();
        tokio::spawn(async move {
            loop {
                let (mut client, _) = listener.accept().await.unwrap();
                let (server, mut state) = (server.clone(), state.clone());
                tokio::spawn(async move {
                    let forward = async {
                        let mut server = TcpStream::connect(server).await.unwrap();
                        _ = copy_bidirectional(&mut client, &mut server).await;
                    };
                    // A frozen proxy keeps both connections open.
                    let forwarding = tokio::select! {
                        biased;
                        frozen = state.wait_for(|frozen| *frozen) => frozen.is_ok(),
                        () = forward => false,
                    };
                    if forwarding {
                        _ = state.wait_for(|frozen| !*frozen).await;
                    }
                });
            }
        });
        Self { port, frozen }
    }
}

/// Sends a request that needs the database, and returns status, duration and error code.
async fn timed_request(
    server: &ServerProcess,
    path: &'static str,
    token: &str,
) -> (StatusCode, HeaderMap, Value) {
    let http = server.http().with_token(Some(token.to_owned()));
    let start = Instant::now();
    let response = match path {
        "/graphql" => http.query("{ me { id } }").await,
        "/api/auth/sign-in/email" => {
            http.post(path, json!({ "email": "ann@example.com", "password": PASSWORD })).await
        }
        _ => http.get(path).await,
    };
    assert!(start.elapsed() < TIME_LIMIT, "{path}: {:?}", start.elapsed());
    (response.status, response.headers.clone(), response.json())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_and_shutdown_end_though_the_database_is_frozen() {
    if Backend::current() == Backend::Sqlite {
        return;
    }
    let database = TestDatabase::create().await;
    let mut url = Url::parse(database.url()).unwrap();
    let proxy = Proxy::start(&url).await;
    url.set_host(Some("127.0.0.1")).unwrap();
    url.set_port(Some(proxy.port)).unwrap();
    let settings = [("DATABASE_URL", url.as_str()), ("GRAPHQL_TIMEOUT_MS", "300")];
    let server = ServerProcess::start_with(&database, &["serve"], &settings).await;
    let mut ann = server.http();
    ann.sign_up("ann").await;
    let token = ann.token.unwrap();
    proxy.frozen.send_replace(true);

    let paths = [
        "/graphql",
        "/api/auth/get-session",
        "/api/auth/list-sessions",
        "/api/auth/sign-in/email",
        "/api/protected/me",
    ];
    let responses = join_all(paths.map(|path| timed_request(&server, path, &token))).await;
    for (path, (status, headers, body)) in paths.iter().zip(responses) {
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{path}: {body}");
        assert_eq!(headers["retry-after"], "1", "{path}");
        let code = if path.starts_with("/graphql") {
            &body["errors"][0]["extensions"]["code"]
        } else {
            &body["code"]
        };
        assert_eq!(code, "SERVICE_UNAVAILABLE", "{path}: {body}");
    }
    let start = Instant::now();
    let ready = server.http().get("/readyz").await;
    assert_eq!(ready.status, StatusCode::SERVICE_UNAVAILABLE, "{}", ready.text);
    assert!(start.elapsed() < Duration::from_secs(3), "{:?}", start.elapsed());

    let start = Instant::now();
    let ProcessOutput { status, stderr, .. } = server.terminate().await;
    assert_eq!(status.code(), Some(0), "{stderr}");
    assert!(start.elapsed() < TIME_LIMIT, "{:?}\n{stderr}", start.elapsed());
}
