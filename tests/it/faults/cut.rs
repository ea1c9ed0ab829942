//! Clients that are cut off at any moment, while the database and Redis are some way off.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};
use url::Url;

use super::{Random, figures, proxy::Proxy, rounds};
use crate::it::{
    redis::Redis,
    support::{
        Backend, HttpClient, MULTIPART_TYPE, PASSWORD, Process, ServerProcess, TestDatabase,
        bookplate_command, eventually, multipart_form,
    },
};

/// Each way.
const DELAY: Duration = Duration::from_millis(4);
/// Clients that are cut off, in one round.
const CLIENTS: usize = 120;
/// Of them so many at a time.
const AT_ONCE: usize = 12;
/// When a client is cut off, in milliseconds: answers take about as long.
const LATEST: u64 = 120;
/// People who sign out afterwards.
const PEOPLE: usize = 6;

const CREATE: &str = r#"mutation { createBook(input: { title: "Cut", authorIds: [] }) { id } }"#;

/// A server some way from its database, and from its Redis, if it has one.
struct Far {
    database: TestDatabase,
    redis: Option<Redis>,
    server: ServerProcess,
    _proxies: Vec<Proxy>,
}

impl Far {
    async fn start(redis: Option<Redis>, settings: &[(&str, &str)]) -> Self {
        let database = TestDatabase::create().await;
        let mut proxies = Vec::new();
        let mut own = vec![("PORT", "0".to_owned()), ("AUTH_RATE_LIMIT", "false".to_owned())];
        own.push(("DATABASE_URL", database.url().to_owned()));
        if Backend::current() == Backend::Postgres {
            let url = Url::parse(database.url()).unwrap();
            let proxy = Proxy::before(&url, 5432, DELAY).await;
            own.push(("DATABASE_URL", proxy.url(&url)));
            proxies.push(proxy);
        }
        if let Some(redis) = &redis {
            let url = Url::parse(&redis.url()).unwrap();
            let proxy = Proxy::before(&url, 6379, DELAY).await;
            own.push(("REDIS_URL", proxy.url(&url)));
            proxies.push(proxy);
        }
        let own = own.iter().map(|(name, value)| (*name, &**value));
        let settings: Vec<_> = own.chain(settings.iter().copied()).collect();
        let process = bookplate_command(&database.folder(), &["serve"], &settings);
        let server = ServerProcess::wait_until_ready(Process::spawn(process)).await;
        Self { database, redis, server, _proxies: proxies }
    }

    /// Somebody's new session.
    async fn sign_in(&self, email: &str) -> HttpClient {
        let mut http = self.server.http();
        http.sign_in(email, PASSWORD).await;
        http
    }

    /// Whether a session is there, as a second connection sees it.
    async fn has_session(&self, http: &HttpClient) -> bool {
        let token = http.token.as_deref().unwrap().split('.').next().unwrap();
        if let Some(redis) = &self.redis {
            return redis.ask::<bool>("EXISTS", &[&format!("better-auth:{token}")]);
        }
        let sql = format!(r#"select "id" from "session" where "token" = '{token}'"#);
        !self.database.first_column(&sql).await.is_empty()
    }

    /// Waits until no connection of the server is in a transaction.
    async fn is_idle(&self) {
        if Backend::current() == Backend::Sqlite {
            return;
        }
        let sql = "select state from pg_stat_activity where datname = current_database()
            and pid <> pg_backend_pid() and application_name like 'bookplate%'
            and state like 'idle in transaction%'";
        let idle = async || self.database.first_column(sql).await.is_empty().then_some(());
        eventually("connections without a transaction", idle).await;
    }

    /// What is asked of the server by one of the clients that are cut off.
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

    fn post(&self, path: &str, token: &str, body: &Value) -> Vec<u8> {
        self.raw(path, token, "application/json", body.to_string().as_bytes())
    }

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

    fn raw(&self, path: &str, token: &str, kind: &str, body: &[u8]) -> Vec<u8> {
        let (port, length) = (self.server.port, body.len());
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n\
             Authorization: Bearer {token}\r\nContent-Type: {kind}\r\n\
             graphql-require-preflight: 1\r\nContent-Length: {length}\r\n\r\n"
        );
        [head.as_bytes(), body].concat()
    }

    /// Cuts clients off. How many were answered before.
    async fn cut_clients(&self, random: &mut Random, ann: &HttpClient) -> usize {
        let token = ann.token.as_deref().unwrap();
        let mut answered = 0;
        for first in (0..CLIENTS).step_by(AT_ONCE) {
            let leaver = self.sign_in("bob@example.com").await.token.unwrap();
            let clients = (first..first + AT_ONCE).map(|number| {
                let request = self.request(number, token, &leaver);
                let after = Duration::from_millis(random.below(LATEST));
                tokio::spawn(cut(self.server.port, request, after))
            });
            for client in clients.collect::<Vec<_>>() {
                answered += usize::from(client.await.unwrap());
            }
        }
        answered
    }

    /// People sign out, and those to whom that is acknowledged are signed out.
    async fn people_sign_out(&self, people: Vec<HttpClient>) -> usize {
        let count = people.len();
        for person in people {
            let response = person.post("/api/auth/sign-out", json!({})).await;
            assert_eq!(response.json(), json!({ "success": true }), "{}", response.text);
            assert!(!self.has_session(&person).await, "a session that was signed out is there");
            let session = person.get("/api/auth/get-session").await;
            assert_eq!(session.json(), Value::Null);
        }
        count
    }
}

/// Sends a request and hangs up. Whether the answer came before.
async fn cut(port: u16, request: Vec<u8>, after: Duration) -> bool {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    stream.write_all(&request).await.unwrap();
    let mut response = Vec::new();
    timeout(after, stream.read_to_end(&mut response)).await.is_ok()
}

/// Cuts clients off; then no connection is in a transaction, and who signs out is.
async fn clients_are_cut_off(far: Far, what: &str) {
    far.server.http().sign_up("bob").await;
    let mut ann = far.server.http();
    ann.sign_up("ann").await;
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let (mut cut, mut signed_out) = (0, 0);
    for _ in 0..rounds() {
        let answered = far.cut_clients(&mut random, &ann).await;
        cut += CLIENTS - answered;
        far.is_idle().await;
        let mut people = Vec::new();
        for _ in 0..PEOPLE {
            people.push(far.sign_in("ann@example.com").await);
        }
        signed_out += far.people_sign_out(people).await;
        far.is_idle().await;
        let book = ann.query(CREATE).await.data()["createBook"]["id"].clone();
        let books = far.database.first_column(r#"select "id" from "book""#).await;
        assert!(books.iter().any(|id| *id == book), "a book that was acknowledged");
    }
    let ended = far.server.terminate().await;
    assert_eq!(ended.exit_code(), Some(0), "{}", ended.stderr);
    assert!(!ended.stderr.contains("panicked"), "{}", ended.stderr);
    figures(&format!("{what}: {cut} clients cut off, {signed_out} sign-outs acknowledged, 0 back"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clients_that_hang_up_leave_no_transaction_and_nobody_signed_in() {
    let far = Far::start(None, &[]).await;
    clients_are_cut_off(far, "clients that hang up").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_that_take_too_long_leave_no_transaction_and_nobody_signed_in() {
    // Less than it takes to begin a transaction.
    let far = Far::start(None, &[("GRAPHQL_TIMEOUT_MS", "6")]).await;
    let mut ann = far.server.http();
    ann.sign_up("ann").await;
    let mut overdue = 0;
    for _ in 0..20 * rounds() {
        let response = ann.query(CREATE).await;
        let is_overdue = response.json()["errors"][0]["extensions"]["code"] == "TIMEOUT";
        overdue += usize::from(is_overdue);
    }
    far.is_idle().await;
    let mut people = Vec::new();
    for _ in 0..PEOPLE {
        people.push(far.sign_in("ann@example.com").await);
    }
    let signed_out = far.people_sign_out(people).await;
    far.is_idle().await;
    figures(&format!(
        "time limits: {overdue} changes too late, {signed_out} sign-outs acknowledged, 0 back"
    ));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sessions_in_redis_end_with_the_sign_outs_of_clients_that_are_cut_off() {
    let Some(redis) = Redis::start().await else { return };
    let far = Far::start(Some(redis), &[]).await;
    clients_are_cut_off(far, "clients that hang up, sessions in Redis").await;
}
