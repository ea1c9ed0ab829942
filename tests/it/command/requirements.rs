//! Requirements on PostgreSQL databases: a violation stops the start and every command, `doctor`
//! reports it, and all messages name the remedy.

use std::{
    io::{Read, Write},
    net::TcpListener,
};

use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::it::support::{
    Backend, ProcessOutput, ServerProcess, TestDatabase, TestRole, run_bookplate,
};

/// Sets a default for new sessions of the database.
async fn set_default(database: &TestDatabase, setting: &str) {
    let name = &database.first_column("select current_database()::text").await[0];
    database.execute(&format!("alter database {name} set {setting}")).await;
}

/// Returns the errors of the start, of a command and of `doctor` with a database.
async fn error_messages(database: &TestDatabase, url: &str) -> [String; 3] {
    let settings = [("DATABASE_URL", url), ("PORT", "0")];
    let folder = database.folder();
    let (serve, migrate, doctor) = tokio::join!(
        run_bookplate(&folder, &["serve"], &settings),
        run_bookplate(&folder, &["migrate", "up"], &settings),
        run_bookplate(&folder, &["doctor", "--json"], &settings),
    );
    assert_eq!(doctor.exit_code(), Some(1), "{}", doctor.stdout);
    let report: Value = serde_json::from_str(&doctor.stdout).unwrap();
    let checks = report["checks"].as_array().unwrap().iter();
    let wrong = checks.filter(|check| check["setting"] == "DATABASE_URL").map(|check| {
        assert_eq!(check["state"], "wrong");
        let [message, advice] = ["message", "advice"].map(|key| check[key].as_str().unwrap());
        format!("{message}; {advice}\n")
    });
    [serve.expect_failure(), migrate.expect_failure(), wrong.collect()]
}

/// Asserts that all error messages contain these texts.
async fn assert_refused(database: &TestDatabase, url: &str, words: &[&str]) {
    for message in error_messages(database, url).await {
        for word in words {
            assert!(message.contains(word), "{word}: {message}");
        }
        assert!(!message.contains("hunter2"), "{message}");
    }
}

#[tokio::test]
async fn a_database_of_another_encoding_is_refused() {
    if Backend::current() != Backend::Postgres {
        return;
    }
    for encoding in ["SQL_ASCII", "LATIN1"] {
        let options =
            format!("encoding '{encoding}' lc_collate 'C' lc_ctype 'C' template template0");
        let database = TestDatabase::create_with_options(&options).await;
        let found = format!("has the encoding {encoding}");
        assert_refused(&database, database.url(), &[&found, "ENCODING 'UTF8'"]).await;
    }
}

#[tokio::test]
async fn a_read_only_database_or_one_without_triggers_is_refused() {
    if Backend::current() != Backend::Postgres {
        return;
    }
    for (setting, words) in [
        (
            "default_transaction_read_only = on",
            ["is read-only", "RESET default_transaction_read_only"],
        ),
        ("session_replication_role = replica", ["runs no triggers", "RESET session_replication"]),
        ("search_path = nowhere", ["search_path is nowhere", "CREATE SCHEMA"]),
    ] {
        let database = TestDatabase::create().await;
        set_default(&database, setting).await;
        assert_refused(&database, database.url(), &words).await;
    }
}

#[tokio::test]
async fn a_role_without_create_gets_the_missing_grant() {
    if Backend::current() != Backend::Postgres {
        return;
    }
    // The role owns objects of the database, so the database is dropped first.
    let role = TestRole::create().await;
    let database = TestDatabase::create().await;
    database.execute("revoke create on schema public from public").await;
    let url = database.url_with(|url| {
        url.set_username(&role.0).unwrap();
        url.set_password(Some("secret")).unwrap();
    });
    let denied = format!("denies {} to make tables in the schema public", role.0);
    let advice = format!("GRANT CREATE ON SCHEMA public TO {}", role.0);
    assert_refused(&database, &url, &[&denied, &advice]).await;

    database.execute(&advice).await;
    let settings = [("DATABASE_URL", &*url)];
    run_bookplate(&database.folder(), &["migrate", "up"], &settings).await.expect_success();
    // With existing tables, the role needs no right to create any.
    database.execute(&format!("revoke create on schema public from {}", role.0)).await;
    run_bookplate(&database.folder(), &["migrate", "up"], &settings).await.expect_success();

    let transfer = "alter table book owner to current_user; revoke all on book from public";
    database.execute(transfer).await;
    let denied = format!("denies {} the tables book;", role.0);
    assert_refused(&database, &url, &[&denied, "GRANT SELECT, INSERT, UPDATE, DELETE"]).await;
}

#[tokio::test]
async fn a_failed_connection_is_explained() {
    if Backend::current() != Backend::Postgres {
        return;
    }
    let database = TestDatabase::create().await;
    let missing = database.url_with(|url| url.set_path("bookplate_test_missing"));
    assert_refused(&database, &missing, &["does not exist", "CREATE DATABASE"]).await;
    let unused = database.url_with(|url| {
        url.set_username("bookplate_test_nobody").unwrap();
        url.set_password(Some("hunter2")).unwrap();
    });
    assert_refused(&database, &unused, &["refuses: ", "bookplate_test_nobody"]).await;
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let closed = format!("postgres://ann:hunter2@127.0.0.1:{closed}/books");
    assert_refused(&database, &closed, &["does not answer", "refused", "start the server"]).await;
    let encrypted = format!("postgres://ann:hunter2@{}/books?sslmode=require", without_tls());
    assert_refused(&database, &encrypted, &["is not reached by TLS", "sslmode"]).await;
}

/// Starts a server that refuses TLS. Ends with the test's process.
fn without_tls() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            // The client may have disconnected.
            _ = stream.read_exact(&mut [0; 8]).and_then(|()| stream.write_all(b"N"));
        }
    });
    address
}

/// Defaults that change string literals and make concurrent transactions fail.
#[tokio::test]
async fn a_database_with_other_defaults_works() {
    if Backend::current() != Backend::Postgres {
        return;
    }
    let database = TestDatabase::create().await;
    for setting in [
        "standard_conforming_strings = off",
        "default_transaction_isolation = serializable",
        "lock_timeout = 1",
        "timezone = 'Asia/Kathmandu'",
        "datestyle = 'SQL, DMY'",
        "intervalstyle = sql_standard",
        "extra_float_digits = -15",
        "bytea_output = escape",
        "client_encoding = LATIN1",
        "transform_null_equals = on",
        "plan_cache_mode = force_custom_plan",
    ] {
        set_default(&database, setting).await;
    }
    let server = ServerProcess::start(&database).await;
    let mut ann = server.http();
    ann.sign_up("ann").await;
    let create = "mutation($t: String!) { createBook(input: { title: $t, authorIds: [] }) { id } }";
    let mut creating = JoinSet::new();
    for number in 0..20 {
        let (ann, variables) = (ann.clone(), json!({ "t": format!("Straße \\ {number}") }));
        creating.spawn(async move { ann.graphql(create, variables).await.data() });
    }
    assert_eq!(creating.join_all().await.len(), 20);
    let found = ann.query("{ books(search: \"strasse\", limit: 50) { title createdAt } }").await;
    let found = found.data()["books"].clone();
    assert_eq!(found.as_array().unwrap().len(), 20, "{found}");
    let doctor: ProcessOutput = database.bookplate(&["doctor"]).await;
    assert!(doctor.expect_success().contains("0 wrong"));
}
