//! Commands that print a document: `schema`, `openapi`, `secret`.

use std::{fs, io::pipe};

use crate::it::support::{ServerProcess, TestDatabase, bookplate_command, run_bookplate};

/// Settings with which no server starts.
const INVALID_SETTINGS: [(&str, &str); 3] =
    [("DATABASE_URL", "mysql://nowhere"), ("PORT", "many"), ("APP_ENV", "production")];

#[tokio::test]
async fn schema_and_secret_need_no_settings_and_create_no_files() {
    let folder = tempfile::tempdir().unwrap();
    for command in ["schema", "secret"] {
        run_bookplate(folder.path(), &[command], &[]).await.expect_success();
        run_bookplate(folder.path(), &[command], &INVALID_SETTINGS).await.expect_success();
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn the_printed_schema_equals_the_served_schema() {
    let folder = tempfile::tempdir().unwrap();
    let printed = run_bookplate(folder.path(), &["schema"], &[]).await.expect_success();
    assert_eq!(printed, server::schema_text());
}

/// Production without a mail server, a secret and a database.
#[tokio::test]
async fn openapi_reads_only_settings_that_change_it_and_creates_no_files() {
    let folder = tempfile::tempdir().unwrap();
    let settings = [
        ("APP_ENV", "production"),
        ("DATABASE_URL", "postgres://nobody@127.0.0.1:1/nothing"),
        ("BETTER_AUTH_URL", "https://books.example.com"),
        ("AUTH_DELETE_USER", "false"),
    ];
    let printed = run_bookplate(folder.path(), &["openapi"], &settings).await.expect_success();
    let document: serde_json::Value = serde_json::from_str(&printed).unwrap();
    assert_eq!(document["servers"][0]["url"], "https://books.example.com/api/auth");
    let paths = &document["paths"];
    assert!(paths["/sign-in/email"].is_object());
    assert!(paths["/delete-user"].is_null() && paths["/request-password-reset"].is_null());

    let wrong =
        run_bookplate(folder.path(), &["openapi"], &[("AUTH_DELETE_USER", "perhaps")]).await;
    assert_eq!(wrong.exit_code(), Some(1));
    assert!(wrong.stderr.contains("AUTH_DELETE_USER"), "{}", wrong.stderr);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn the_printed_openapi_document_equals_the_served_one() {
    let database = TestDatabase::create().await;
    let server = ServerProcess::start(&database).await;
    let document = server.http().get("/api/auth/open-api/generate-schema").await.json();

    let port = server.port.to_string();
    let printed = database.bookplate_with(&["openapi"], &[("PORT", &port)]).await.expect_success();
    assert_eq!(serde_json::from_str::<serde_json::Value>(&printed).unwrap(), document);
}

#[tokio::test]
async fn a_printed_secret_is_new_and_strong_enough_for_production() {
    let database = TestDatabase::create().await;
    let mut secrets = Vec::new();
    for _ in 0..5 {
        let printed = run_bookplate(&database.folder(), &["secret"], &[]).await.expect_success();
        let secret = printed.strip_suffix('\n').unwrap().to_owned();
        assert!(
            secret.len() >= 32 && secret.bytes().all(|byte| byte.is_ascii_graphic()),
            "{secret}"
        );

        let production = [("APP_ENV", "production"), ("BETTER_AUTH_SECRET", &secret)];
        database.bookplate_with(&["migrate", "status"], &production).await.expect_success();
        secrets.push(secret);
    }
    secrets.sort();
    secrets.dedup();
    assert_eq!(secrets.len(), 5);
}

/// For example in `bookplate openapi | head -1`.
#[tokio::test]
async fn a_closed_pipe_is_no_error() {
    let database = TestDatabase::create().await;
    database.bookplate(&["migrate", "up"]).await.expect_success();
    let settings = [("DATABASE_URL", database.url())];
    for arguments in
        [&["openapi"][..], &["schema"], &["secret"], &["mail", "list"], &["migrate", "status"]]
    {
        let (reader, writer) = pipe().unwrap();
        drop(reader);
        let mut command = bookplate_command(&database.folder(), arguments, &settings);
        let ended = command.stdout(writer).output().unwrap();
        let complaint = String::from_utf8_lossy(&ended.stderr);
        assert_eq!((ended.status.code(), &*complaint), (Some(0), ""), "{arguments:?}");
    }
}

/// Requires the device `/dev/full`.
#[tokio::test]
async fn a_full_disk_is_an_error_without_a_panic() {
    let folder = tempfile::tempdir().unwrap();
    let Ok(full) = fs::File::options().write(true).open("/dev/full") else { return };
    let mut command = bookplate_command(folder.path(), &["schema"], &[]);
    let ended = command.stdout(full).output().unwrap();
    let complaint = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(ended.status.code(), Some(1), "{complaint}");
    assert!(complaint.starts_with("bookplate: standard output"), "{complaint}");
}
