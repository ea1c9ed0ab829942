//! Full, read-only and broken disks, on SQLite.

use std::time::Instant;

use serde_json::{Value, json};

use super::{
    failing_disk::{Errno, FailingDisk, Fault},
    print_figures, rounds,
};
use crate::it::support::{Backend, HttpClient, PASSWORD, ServerProcess, TestDatabase, eventually};

/// Faults of commits: nothing may be acknowledged.
const COMMITS: [Fault; 4] = [
    Fault { call: "pwrite", error: Errno::NoSpace, file: "-wal" },
    Fault { call: "pwrite", error: Errno::Io, file: "-wal" },
    Fault { call: "pwrite", error: Errno::ReadOnly, file: "-wal" },
    Fault { call: "sync", error: Errno::Io, file: "-wal" },
];
/// Faults of checkpoints: the log keeps growing.
const CHECKPOINTS: [Fault; 5] = [
    Fault { call: "pwrite", error: Errno::NoSpace, file: "db" },
    Fault { call: "pwrite", error: Errno::Io, file: "db" },
    Fault { call: "pwrite", error: Errno::ReadOnly, file: "db" },
    Fault { call: "sync", error: Errno::Io, file: "db" },
    Fault { call: "truncate", error: Errno::Io, file: "db" },
];
/// Faults of statements, which read the log or the file.
const STATEMENTS: [Fault; 2] = [
    Fault { call: "pread", error: Errno::Io, file: "-wal" },
    Fault { call: "pread", error: Errno::Io, file: "db" },
];
/// An ISBN that a book has.
const TAKEN: &str = "9780141439587";

/// A server on a failing disk, with the data that must exist or must not.
struct ServerOnFailingDisk {
    database: TestDatabase,
    disk: FailingDisk,
    server: ServerProcess,
    ann: HttpClient,
    /// Titles of books and names of users that must exist.
    present: Vec<String>,
    /// Tokens of sessions that must not exist.
    absent: Vec<String>,
    count: usize,
}

impl ServerOnFailingDisk {
    /// Starts the server. Returns `None` on PostgreSQL, or without a C compiler.
    async fn open() -> Option<Self> {
        if Backend::current() == Backend::Postgres {
            return None;
        }
        let database = TestDatabase::create().await;
        let disk = FailingDisk::create(&database)?;
        let server = disk.serve(&database, &[("AUTH_RATE_LIMIT", "false")]).await;
        let mut ann = server.http();
        ann.sign_up("ann").await;
        let (present, absent) = (Vec::new(), Vec::new());
        let mut library = Self { database, disk, server, ann, present, absent, count: 0 };
        library.ann.graphql(CREATE, input("Emma", Some(TAKEN))).await.data();
        library.present.push("Emma".to_owned());
        Some(library)
    }

    /// Returns a new name with a prefix.
    fn next(&mut self, prefix: &str) -> String {
        self.count += 1;
        format!("{prefix}{}", self.count)
    }

    /// Creates a book of nine thousand letters. Returns whether that was acknowledged.
    async fn create(&mut self) -> bool {
        let title = self.next("book");
        let body = json!({ "query": CREATE, "variables": input(&title, None) });
        let response = self.ann.try_post("/graphql", &body).await.unwrap();
        let acknowledged = response.json()["data"]["createBook"]["id"].is_string();
        if acknowledged {
            self.present.push(title);
            self.compare("createBook").await;
        }
        acknowledged
    }

    /// Creates enough books for a checkpoint.
    async fn create_many(&mut self) -> bool {
        let mut all = true;
        for _ in 0..5 {
            let titles: Vec<_> = (0..90).map(|_| self.next("book")).collect();
            let inputs = titles.iter().map(|title| input(title, None)["input"].clone());
            let inputs: Vec<Value> = inputs.collect();
            let body = json!({ "query": CREATE_MANY, "variables": { "inputs": inputs } });
            let response = self.ann.try_post("/graphql", &body).await.unwrap();
            if response.json()["data"]["createBooks"].is_array() {
                self.present.extend(titles);
            } else {
                all = false;
            }
            self.compare("createBooks").await;
        }
        all
    }

    /// Causes a rollback by a taken ISBN, and returns the error code.
    async fn conflict(&mut self) -> String {
        let body = json!({ "query": CREATE, "variables": input("Emma II", Some(TAKEN)) });
        self.ann.try_post("/graphql", &body).await.unwrap().error_code()
    }

    /// Signs up, in and out. Returns how many of the three were acknowledged.
    async fn sign_up_in_and_out(&mut self) -> usize {
        let name = self.next("user");
        let email = format!("{name}@example.com");
        let body = json!({ "name": name, "email": email, "password": PASSWORD });
        let client = self.server.http();
        if !client.post("/api/auth/sign-up/email", body).await.status.is_success() {
            return 0;
        }
        self.present.push(name);
        self.compare("sign-up").await;
        let body = json!({ "email": email, "password": PASSWORD });
        let signed_in = client.post("/api/auth/sign-in/email", body).await;
        if !signed_in.status.is_success() {
            return 1;
        }
        let token = signed_in.header("set-auth-token").to_owned();
        let unsigned = |token: &str| token.split('.').next().unwrap().to_owned();
        let found = self.sessions(&unsigned(&token)).await;
        assert_eq!(found, 1, "an acknowledged session is missing");
        let client = client.with_token(Some(token.clone()));
        2 + usize::from(self.sign_out(&client, unsigned(&token)).await)
    }

    /// Signs out, and returns whether that was acknowledged.
    async fn sign_out(&mut self, client: &HttpClient, token: String) -> bool {
        let response = client.post("/api/auth/sign-out", json!({})).await;
        let acknowledged = response.status.is_success();
        if acknowledged {
            self.absent.push(token);
            self.compare("sign-out").await;
        }
        acknowledged
    }

    /// Returns the number of sessions with this token.
    async fn sessions(&self, token: &str) -> usize {
        let sql = format!(r#"select "id" from "session" where "token" = '{token}'"#);
        self.database.first_column(&sql).await.len()
    }

    /// Asserts acknowledged changes, read by another connection.
    async fn compare(&self, after: &str) {
        let sql = r#"select "title" from "book" union select "name" from "user""#;
        let stored = self.database.first_column(sql).await;
        let lost: Vec<_> = self.present.iter().filter(|title| !stored.contains(title)).collect();
        assert!(lost.is_empty(), "lost after {after}: {lost:?} of {}", self.present.len());
        let tokens = self.database.first_column(r#"select "token" from "session""#).await;
        let back: Vec<_> = self.absent.iter().filter(|token| tokens.contains(token)).collect();
        assert!(back.is_empty(), "back after {after}: {} of {}", back.len(), self.absent.len());
    }

    /// Repairs the disk, and repeats failing and valid changes. Returns the milliseconds until the
    /// first success.
    async fn recover(&mut self) -> u128 {
        self.disk.heal();
        let healed = Instant::now();
        eventually("a change after the fault", async || self.create().await.then_some(())).await;
        let took = healed.elapsed().as_millis();
        for _ in 0..2 {
            assert_eq!(self.conflict().await, "CONFLICT");
            assert!(self.create().await);
        }
        assert_eq!(self.sign_up_in_and_out().await, 3);
        took
    }

    /// Repairs the disk after a transient fault, without a valid change in between.
    async fn recover_by_conflict(&mut self) {
        self.disk.heal();
        let conflict = async || (self.conflict().await == "CONFLICT").then_some(());
        eventually("a conflict after the fault", conflict).await;
        assert!(self.create().await);
    }

    /// Asserts all acknowledged changes after a restart.
    async fn restart(self) {
        let Self { database, disk, server, ann, present, absent, count } = self;
        let log = server.terminate().await;
        assert_eq!(log.exit_code(), Some(0), "{}", log.stderr);
        let server = disk.serve(&database, &[]).await;
        Self { database, disk, server, ann, present, absent, count }.compare("a restart").await;
    }
}

const CREATE: &str = "mutation($input: CreateBookInput!) { createBook(input: $input) { id } }";
const CREATE_MANY: &str =
    "mutation($inputs: [CreateBookInput!]!) { createBooks(inputs: $inputs) { id } }";

/// Returns the input of a book.
fn input(title: &str, isbn: Option<&str>) -> Value {
    let description = "x".repeat(9_000);
    let input =
        json!({ "title": title, "description": description, "isbn": isbn, "authorIds": [] });
    json!({ "input": input })
}

#[tokio::test]
async fn nothing_is_acknowledged_if_commits_fail() {
    let Some(mut library) = ServerOnFailingDisk::open().await else { return };
    let (mut refused, mut slowest) = (0, 0);
    for _ in 0..rounds() {
        for fault in COMMITS {
            library.disk.fail(&[fault]);
            for _ in 0..2 {
                assert!(!library.create().await, "{fault}");
                library.conflict().await;
                assert!(!library.create().await, "{fault}");
                assert_eq!(library.sign_up_in_and_out().await, 0, "{fault}");
                refused += 3;
            }
            library.recover_by_conflict().await;
            library.disk.fail(&[fault]);
            assert!(!library.create().await, "{fault}");
            slowest = slowest.max(library.recover().await);
        }
    }
    let acknowledged = library.present.len() + library.absent.len();
    library.restart().await;
    print_figures(&format!(
        "commits that fail: {acknowledged} acknowledged, 0 lost, {refused} refused, \
         {slowest} ms to recover at most"
    ));
}

#[tokio::test]
async fn nothing_is_lost_if_checkpoints_fail() {
    let Some(mut library) = ServerOnFailingDisk::open().await else { return };
    let mut slowest = 0;
    for _ in 0..rounds() {
        for fault in CHECKPOINTS {
            library.disk.fail(&[fault]);
            library.create_many().await;
            library.conflict().await;
            library.sign_up_in_and_out().await;
            slowest = slowest.max(library.recover().await);
        }
    }
    let acknowledged = library.present.len() + library.absent.len();
    library.restart().await;
    print_figures(&format!(
        "checkpoints that fail: {acknowledged} acknowledged, 0 lost, {slowest} ms to recover at most"
    ));
}

#[tokio::test]
async fn nothing_is_lost_if_reads_fail() {
    let Some(mut library) = ServerOnFailingDisk::open().await else { return };
    let (mut slowest, mut refused) = (0, 0);
    for _ in 0..rounds() {
        library.create_many().await;
        for fault in STATEMENTS {
            library.disk.fail(&[fault]);
            for _ in 0..3 {
                refused += usize::from(!library.create().await);
                library.conflict().await;
                library.sign_up_in_and_out().await;
            }
            slowest = slowest.max(library.recover().await);
        }
    }
    let acknowledged = library.present.len() + library.absent.len();
    library.restart().await;
    print_figures(&format!(
        "reads that fail: {acknowledged} acknowledged, 0 lost, {refused} refused, \
         {slowest} ms to recover at most"
    ));
}
