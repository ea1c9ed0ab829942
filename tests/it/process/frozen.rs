//! A database that does not answer any more, whose connections stay open.

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

/// What a request may wait for, what a busy machine adds to it, and less than anybody
/// waits for a connection that is dead.
const SOON: Duration = Duration::from_secs(20);

/// A proxy that can stop forwarding without a word.
struct Proxy {
    port: u16,
    frozen: watch::Sender<bool>,
}

impl Proxy {
    /// Before the server that this URL names.
    async fn before(url: &Url) -> Self {
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
                    // Once it is frozen, both ends are kept open.
                    let held = tokio::select! {
                        biased;
                        frozen = state.wait_for(|frozen| *frozen) => frozen.is_ok(),
                        () = forward => false,
                    };
                    if held {
                        _ = state.wait_for(|frozen| !*frozen).await;
                    }
                });
            }
        });
        Self { port, frozen }
    }
}

/// The answer of a route that needs the database, its time, and the code in it.
async fn asked(
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
    assert!(start.elapsed() < SOON, "{path}: {:?}", start.elapsed());
    (response.status, response.headers.clone(), response.json())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_request_has_an_end_and_so_has_the_server() {
    if Backend::current() == Backend::Sqlite {
        return;
    }
    let database = TestDatabase::create().await;
    let mut url = Url::parse(database.url()).unwrap();
    let proxy = Proxy::before(&url).await;
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
    let responses = join_all(paths.map(|path| asked(&server, path, &token))).await;
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
    assert!(start.elapsed() < SOON, "{:?}\n{stderr}", start.elapsed());
}
