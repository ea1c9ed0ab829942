//! Concurrent starts, and starts that fail.

use std::net::TcpListener;

use crate::it::support::{
    Backend, PASSWORD, Process, ServerProcess, TestDatabase, bookplate_command,
};

/// Starts several servers concurrently in one folder.
async fn start_together(
    database: &TestDatabase,
    number: usize,
    arguments: &[&str],
) -> Vec<ServerProcess> {
    let settings = [("DATABASE_URL", database.url()), ("PORT", "0")];
    let command = || bookplate_command(&database.folder(), arguments, &settings);
    let processes: Vec<_> = (0..number).map(|_| Process::spawn(command())).collect();
    let mut servers = Vec::new();
    for process in processes {
        servers.push(ServerProcess::wait_until_ready(process).await);
    }
    servers
}

#[tokio::test]
async fn servers_started_concurrently_on_a_new_database_all_start() {
    let database = TestDatabase::create().await;

    let servers = start_together(&database, 4, &["serve"]).await;

    // The servers share the database and one generated secret.
    let mut ann = servers[0].http();
    ann.sign_up("ann").await;
    for server in &servers {
        let client = server.http().with_token(ann.token.clone());
        assert_eq!(client.query("{ me { name } }").await.data()["me"]["name"], "ann");
    }
    for server in servers {
        server.terminate().await.expect_success();
    }
}

#[tokio::test]
async fn servers_with_demo_data_started_concurrently_all_start() {
    let database = TestDatabase::create().await;

    let servers = start_together(&database, 2, &["serve", "--demo"]).await;

    for server in servers {
        server.http().sign_in("alice@example.com", PASSWORD).await;
        let books = server.http().query("{ books(limit: 100) { id } }").await.data();
        assert_eq!(books["books"].as_array().unwrap().len(), 100);
    }
}

/// Neither server receives change events of the other.
#[tokio::test]
async fn a_second_server_on_an_sqlite_file_warns() {
    let database = TestDatabase::create().await;
    let on_file = Backend::current() == Backend::Sqlite;
    let warns = |server: &ServerProcess| server.process.stdout().contains("another server has ");

    let first = ServerProcess::start(&database).await;
    assert!(!warns(&first));
    let second = ServerProcess::start(&database).await;
    assert_eq!(warns(&second), on_file, "{}", second.process.stdout());
    second.terminate().await.expect_success();
    // Commands may run beside a server.
    for command in [&["migrate", "status"][..], &["seed"], &["doctor"]] {
        assert!(
            !database.bookplate(command).await.expect_success().contains("another server has ")
        );
    }
    // However the first server ends, its lock is released.
    first.process.send_signal("KILL");
    assert!(first.process.wait().await.exit_code().is_none());
    let third = ServerProcess::start(&database).await;
    assert!(!warns(&third), "{}", third.process.stdout());
}

#[tokio::test]
async fn a_port_in_use_is_reported_first() {
    let database = TestDatabase::create().await;
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();

    let refused = database.bookplate_with(&["serve"], &[("PORT", &port)]).await.expect_failure();

    assert!(refused.contains("PORT") && refused.contains(&port), "{refused}");
    assert!(refused.to_lowercase().contains("in use"), "{refused}");
    assert!(!database.folder().join("bookplate.db").exists());
    assert!(!database.folder().join("data").exists());
}

#[tokio::test]
async fn a_database_that_cannot_be_opened_is_reported_without_its_password() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("file"), "").unwrap();
    // A port without a listener, and a folder that does not exist.
    let unused_port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    for url in [
        format!("postgres://ann:hunter2@127.0.0.1:{unused_port}/books"),
        "sqlite://file/books.db".to_owned(),
    ] {
        let settings = [("DATABASE_URL", url.as_str()), ("PORT", "0")];
        for command in [&["serve"][..], &["migrate", "up"], &["seed"]] {
            let process = Process::spawn(bookplate_command(folder.path(), command, &settings));
            let refused = process.wait().await.expect_failure();
            assert!(refused.contains("DATABASE_URL"), "{refused}");
            assert!(!refused.contains("hunter2"), "{refused}");
        }
    }
}

#[tokio::test]
async fn serve_is_the_default_command() {
    let database = TestDatabase::create().await;
    let server = ServerProcess::start_with(&database, &[], &[]).await;
    assert_eq!(server.http().query("{ __typename }").await.data()["__typename"], "Query");
}
