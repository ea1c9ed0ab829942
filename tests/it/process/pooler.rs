//! A connection pooler in transaction mode, in which each transaction may run in another session.

use serde_json::{Value, json};
use sqlx::{
    AssertSqlSafe, Connection, Executor, PgConnection, Row, postgres::PgConnectOptions, raw_sql,
};
use tokio::task::JoinSet;

use crate::it::support::{
    Backend, HttpClient, PgBouncer, ServerProcess, TestDatabase, run_bookplate,
};

/// Creates a database with other defaults behind a pooler in this mode.
async fn pooled(mode: &str) -> Option<(TestDatabase, PgBouncer)> {
    if Backend::current() != Backend::Postgres {
        return None;
    }
    let database = TestDatabase::create().await;
    let pooler = PgBouncer::start(&database, mode).await?;
    Some((database, pooler))
}

/// Two servers have more clients than the pooler has connections, and the database has other
/// defaults.
#[tokio::test]
async fn requests_through_a_pooler_use_local_settings_that_do_not_leak() {
    let Some((database, pooler)) = pooled("transaction").await else { return };
    let name = &database.first_column("select current_database()::text").await[0];
    for setting in [
        "standard_conforming_strings = off",
        "default_transaction_isolation = serializable",
        "lock_timeout = 1",
    ] {
        database.execute(&format!("alter database {name} set {setting}")).await;
    }
    let settings = [("DATABASE_POOLER_URL", pooler.url())];
    let servers = [
        ServerProcess::start_with(&database, &["serve"], &settings).await,
        ServerProcess::start_with(&database, &["serve"], &settings).await,
    ];
    let mut ann = servers[0].http();
    ann.sign_up("ann").await;
    let mut asking = JoinSet::new();
    for number in 0..60 {
        let mut client = servers[number % 2].http();
        client.token.clone_from(&ann.token);
        asking.spawn(async move { create_and_read_book(&client, number).await });
    }
    asking.join_all().await;
    let found = ann.query("{ books(search: \"strasse\", limit: 100) { title } }").await.data();
    assert_eq!(found["books"].as_array().unwrap().len(), 60);

    for server in servers {
        let ended = server.terminate().await;
        let log = ended.stdout + &ended.stderr;
        assert!(!log.contains("ERROR") && !log.contains("prepared statement"), "{log}");
    }
    let connections = "select count(*)::text from pg_stat_activity
        where datname = current_database() and state like 'idle in transaction%'";
    assert_eq!(database.first_column(connections).await, ["0"]);
    for (setting, value) in [("statement_timeout", "0"), ("lock_timeout", "1ms"), ("jit", "on")] {
        assert_eq!(sessions(&pooler, setting).await, [value; 4], "{setting}");
    }
}

/// Creates and reads a book.
async fn create_and_read_book(client: &HttpClient, number: usize) {
    let create = "mutation($t: String!) { createBook(input: { title: $t, authorIds: [] }) { id } }";
    let title = format!("Straße {number}");
    let created = client.graphql(create, json!({ "t": title })).await.data();
    let read = "query($id: ID!) { book(id: $id) { title owner { name } } }";
    let book = client.graphql(read, json!({ "id": created["createBook"]["id"] })).await.data();
    assert_eq!(book["book"], json!({ "title": title, "owner": { "name": "ann" } }));
}

/// Returns a setting in all sessions of the pooler, each held by a transaction.
async fn sessions(pooler: &PgBouncer, setting: &str) -> Vec<String> {
    let options: PgConnectOptions = pooler.url().parse().unwrap();
    let options = options.extra_float_digits(None);
    let (mut transactions, mut found) = (Vec::new(), Vec::new());
    for _ in 0..4 {
        let mut connection = PgConnection::connect_with(&options).await.unwrap();
        connection.execute("BEGIN").await.unwrap();
        let show = AssertSqlSafe(format!("show {setting}"));
        found.push(raw_sql(show).fetch_one(&mut connection).await.unwrap().get(0));
        transactions.push(connection);
    }
    found
}

#[tokio::test]
async fn a_pooler_is_detected_without_the_setting() {
    let Some((database, pooler)) = pooled("transaction").await else { return };
    let settings = [("DATABASE_URL", pooler.url()), ("PORT", "0")];
    let folder = database.folder();
    let doctor = run_bookplate(&folder, &["doctor"], &settings).await.stdout;
    for message in [run_bookplate(&folder, &["serve"], &settings).await.expect_failure(), doctor] {
        assert!(message.contains("is behind a pooler in transaction mode"), "{message}");
        assert!(message.contains("the pooler in DATABASE_POOLER_URL"), "{message}");
    }
}

#[tokio::test]
async fn a_pooler_in_session_mode_needs_no_setting() {
    let Some((database, pooler)) = pooled("session").await else { return };
    let settings = [("DATABASE_URL", pooler.url())];
    let report = run_bookplate(&database.folder(), &["doctor", "--json"], &settings).await.stdout;
    let report: Value = serde_json::from_str(&report).unwrap();
    assert_eq!(report["wrong"], 0, "{report:#}");
    let server = ServerProcess::start_with(&database, &["serve"], &settings).await;
    server.http().sign_up("ann").await;
}

#[tokio::test]
async fn a_pooler_of_another_database_is_refused() {
    let Some((database, pooler)) = pooled("transaction").await else { return };
    let other = TestDatabase::create().await;
    let name = other.first_column("select current_database()::text").await.remove(0);
    let mut elsewhere = url::Url::parse(pooler.url()).unwrap();
    elsewhere.set_path(&name);
    for (url, words) in [
        (elsewhere.as_str(), "leads to another database or server"),
        ("postgres://ann:hunter2@127.0.0.1:1/books", "does not answer"),
    ] {
        let settings = [("DATABASE_POOLER_URL", url), ("PORT", "0")];
        let refused = database.bookplate_with(&["serve"], &settings).await.expect_failure();
        assert!(refused.contains("DATABASE_POOLER_URL"), "{refused}");
        assert!(refused.contains(words), "{refused}");
        assert!(!refused.contains("hunter2"), "{refused}");
    }
}
