//! Clients disconnected at random times, while the database and Redis respond slowly.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};
use url::Url;

use super::{Random, print_figures, proxy::Proxy, rounds};
use crate::it::{
    redis::Redis,
    support::{
        Backend, HttpClient, MULTIPART_TYPE, PASSWORD, Process, ServerProcess, TestDatabase,
        bookplate_command, eventually, multipart_form,
    },
};

/// The delay in each direction.
const DELAY: Duration = Duration::from_millis(4);
/// The number of clients disconnected per round.
const CLIENTS: usize = 120;
/// How many of them run concurrently.
const CONCURRENT: usize = 12;
/// The latest time of a disconnection in milliseconds, about the time of a response.
const MAX_MILLISECONDS: u64 = 120;
/// The number of users who sign out afterwards.
const USERS: usize = 6;

const CREATE: &str = r#"mutation { createBook(input: { title: "Cut", authorIds: [] }) { id } }"#;

/// A server with delayed connections to its database and Redis.
struct DistantServer {
    database: TestDatabase,
    redis: Option<Redis>,
    server: ServerProcess,
    _proxies: Vec<Proxy>,
}

impl DistantServer {
    /// Starts a server with these settings and delayed connections.
    async fn start(redis: Option<Redis>, settings: &[(&str, &str)]) -> Self {
        let database = TestDatabase::create().await;
        let mut proxies = Vec::new();
        let mut settings_of_server =
            vec![("PORT", "0".to_owned()), ("AUTH_RATE_LIMIT", "false".to_owned())];
        settings_of_server.push(("DATABASE_URL", database.url().to_owned()));
        if Backend::current() == Backend::Postgres {
            let url = Url::parse(database.url()).unwrap();
            let proxy = Proxy::start(&url, 5432, DELAY).await;
            settings_of_server.push(("DATABASE_URL", proxy.url(&url)));
            proxies.push(proxy);
        }
        if let Some(redis) = &redis {
            let url = Url::parse(&redis.url()).unwrap();
            let proxy = Proxy::start(&url, 6379, DELAY).await;
            settings_of_server.push(("REDIS_URL", proxy.url(&url)));
            proxies.push(proxy);
        }
        let settings_of_server = settings_of_server.iter().map(|(name, value)| (*name, &**value));
        let settings: Vec<_> = settings_of_server.chain(settings.iter().copied()).collect();
        let process = bookplate_command(&database.folder(), &["serve"], &settings);
        let server = ServerProcess::wait_until_ready(Process::spawn(process)).await;
        Self { database, redis, server, _proxies: proxies }
    }

    /// Signs in, and returns the client.
    async fn sign_in(&self, email: &str) -> HttpClient {
        let mut http = self.server.http();
        http.sign_in(email, PASSWORD).await;
        http
    }

    /// Returns whether a session exists, read by another connection.
    async fn has_session(&self, http: &HttpClient) -> bool {
        let token = http.token.as_deref().unwrap().split('.').next().unwrap();
        if let Some(redis) = &self.redis {
            return redis.run_command::<bool>("EXISTS", &[&format!("better-auth:{token}")]);
        }
        let sql = format!(r#"select "id" from "session" where "token" = '{token}'"#);
        !self.database.first_column(&sql).await.is_empty()
    }

    /// Waits until no connection of the server is in a transaction.
    async fn wait_until_idle(&self) {
        if Backend::current() == Backend::Sqlite {
            return;
        }
        let sql = "select state from pg_stat_activity where datname = current_database()
            and pid <> pg_backend_pid() and application_name like 'bookplate%'
            and state like 'idle in transaction%'";
        let idle = async || self.database.first_column(sql).await.is_empty().then_some(());
        eventually("connections without a transaction", idle).await;
    }

    /// Returns the bytes of the request of the `number`-th client.
    fn request(&self, number: usize, token: &str, leaver: &str) -> Vec<u8> {
        let email = format!("nobody{number}@example.com");
        let credentials = json!({ "name": "nobody", "email": email, "password": PASSWORD });
        let known = json!({ "email": "ann@example.com", "password": PASSWORD });
        match number % 6 {
            0 => self.post("/api/auth/sign-up/email", "", &credentials),
            1 => self.post("/api/auth/sign-in/email", "", &known),
            2 => self.post("/graphql", token, &json!({ "query": CREATE })),
            3 => self.upload(token),
            4 => self.post("/api/auth/revoke-other-sessions", token, &json!({})),
            _ => self.post("/api/auth/sign-out", leaver, &json!({})),
        }
    }

    /// Returns the bytes of a JSON request.
    fn post(&self, path: &str, token: &str, body: &Value) -> Vec<u8> {
        self.raw(path, token, "application/json", body.to_string().as_bytes())
    }

    /// Returns the bytes of a file upload.
    fn upload(&self, token: &str) -> Vec<u8> {
        let query = "mutation($file: Upload!) { importBooks(file: $file) { id } }";
        let operations = json!({ "query": query, "variables": { "file": null } }).to_string();
        let map = json!({ "0": ["variables.file"] }).to_string();
        let form = multipart_form(&[
            ("operations", None, operations.as_bytes()),
            ("map", None, map.as_bytes()),
            ("0", Some("books.csv"), b"title\nCut\nCut again\n"),
        ]);
        self.raw("/graphql", token, MULTIPART_TYPE, &form)
    }

    /// Returns the bytes of a POST request.
    fn raw(&self, path: &str, token: &str, content_type: &str, body: &[u8]) -> Vec<u8> {
        let (port, length) = (self.server.port, body.len());
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n\
             Authorization: Bearer {token}\r\nContent-Type: {content_type}\r\n\
             graphql-require-preflight: 1\r\nContent-Length: {length}\r\n\r\n"
        );
        [head.as_bytes(), body].concat()
    }

    /// Disconnects clients, and returns the number of responses received before.
    async fn disconnect_clients(&self, random: &mut Random, ann: &HttpClient) -> usize {
        let token = ann.token.as_deref().unwrap();
        let mut answered = 0;
        for first in (0..CLIENTS).step_by(CONCURRENT) {
            let leaver = self.sign_in("bob@example.com").await.token.unwrap();
            let clients = (first..first + CONCURRENT).map(|number| {
                let request = self.request(number, token, &leaver);
                let after = Duration::from_millis(random.below(MAX_MILLISECONDS));
                tokio::spawn(send_and_disconnect(self.server.port, request, after))
            });
            for client in clients.collect::<Vec<_>>() {
                answered += usize::from(client.await.unwrap());
            }
        }
        answered
    }

    /// Signs users out, and asserts that acknowledged sign-outs ended the sessions.
    async fn sign_users_out(&self, users: Vec<HttpClient>) -> usize {
        let count = users.len();
        for user in users {
            let response = user.post("/api/auth/sign-out", json!({})).await;
            assert_eq!(response.json(), json!({ "success": true }), "{}", response.text);
            assert!(
                !self.has_session(&user).await,
                "a session exists after its sign-out was acknowledged"
            );
            let session = user.get("/api/auth/get-session").await;
            assert_eq!(session.json(), Value::Null);
        }
        count
    }
}

/// Sends a request and disconnects after a time. Returns whether the response arrived before.
async fn send_and_disconnect(port: u16, request: Vec<u8>, after: Duration) -> bool {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    stream.write_all(&request).await.unwrap();
    let mut response = Vec::new();
    timeout(after, stream.read_to_end(&mut response)).await.is_ok()
}

/// Disconnects clients, then asserts that no transaction is open and that acknowledged changes
/// exist.
async fn assert_consistency_after_disconnects(distant: DistantServer, description: &str) {
    distant.server.http().sign_up("bob").await;
    let mut ann = distant.server.http();
    ann.sign_up("ann").await;
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let (mut send_and_disconnect, mut signed_out) = (0, 0);
    for _ in 0..rounds() {
        let answered = distant.disconnect_clients(&mut random, &ann).await;
        send_and_disconnect += CLIENTS - answered;
        distant.wait_until_idle().await;
        let mut users = Vec::new();
        for _ in 0..USERS {
            users.push(distant.sign_in("ann@example.com").await);
        }
        signed_out += distant.sign_users_out(users).await;
        distant.wait_until_idle().await;
        let book = ann.query(CREATE).await.data()["createBook"]["id"].clone();
        let books = distant.database.first_column(r#"select "id" from "book""#).await;
        assert!(books.iter().any(|id| *id == book), "an acknowledged book is missing");
    }
    let ended = distant.server.terminate().await;
    assert_eq!(ended.exit_code(), Some(0), "{}", ended.stderr);
    assert!(!ended.stderr.contains("panicked"), "{}", ended.stderr);
    print_figures(&format!(
        "{description}: {send_and_disconnect} clients cut off, {signed_out} sign-outs acknowledged, 0 back"
    ));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn disconnected_clients_leave_no_transaction_and_no_ended_session() {
    let distant = DistantServer::start(None, &[]).await;
    assert_consistency_after_disconnects(distant, "clients that hang up").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_over_their_time_limit_leave_no_transaction_and_no_ended_session() {
    // Beginning a transaction takes longer than this limit.
    let distant = DistantServer::start(None, &[("GRAPHQL_TIMEOUT_MS", "6")]).await;
    let mut ann = distant.server.http();
    ann.sign_up("ann").await;
    let mut overdue = 0;
    for _ in 0..20 * rounds() {
        let response = ann.query(CREATE).await;
        let is_overdue = response.json()["errors"][0]["extensions"]["code"] == "TIMEOUT";
        overdue += usize::from(is_overdue);
    }
    distant.wait_until_idle().await;
    let mut users = Vec::new();
    for _ in 0..USERS {
        users.push(distant.sign_in("ann@example.com").await);
    }
    let signed_out = distant.sign_users_out(users).await;
    distant.wait_until_idle().await;
    print_figures(&format!(
        "time limits: {overdue} changes too late, {signed_out} sign-outs acknowledged, 0 back"
    ));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sign_outs_of_disconnected_clients_end_sessions_in_redis() {
    let Some(redis) = Redis::start().await else { return };
    let distant = DistantServer::start(Some(redis), &[]).await;
    assert_consistency_after_disconnects(distant, "clients that hang up, sessions in Redis").await;
}
