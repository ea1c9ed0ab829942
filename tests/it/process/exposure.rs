//! What a start prints and exposes: no demo features at public URLs, and no passwords.

use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt,
    path::Path,
};

use serde_json::json;

use crate::it::support::{
    Backend, PASSWORD, ProcessOutput, SECRET, ServerProcess, TestDatabase, run_bookplate,
};

#[tokio::test]
async fn development_at_a_public_url_warns_and_enables_no_demo_features() {
    let database = TestDatabase::create().await;
    let settings = [
        ("BETTER_AUTH_URL", "https://books.example.com"),
        ("BETTER_AUTH_SECRET", SECRET),
        ("LOG_FORMAT", "json"),
    ];
    let server = ServerProcess::start_with(&database, &["serve", "--demo"], &settings).await;
    let http = server.http();

    let introspection = http.query("{ __schema { queryType { name } } }").await;
    assert!(introspection.json()["errors"].is_array(), "{}", introspection.text);
    let body = json!({ "email": "admin@example.com", "password": PASSWORD });
    let signed_in = http.post("/api/auth/sign-in/email", body).await;
    assert_eq!(signed_in.status, 401, "{}", signed_in.text);
    assert_eq!(http.get("/dev/mail").await.status, 404);

    let ProcessOutput { stdout, stderr, .. } = server.terminate().await;
    let warning = stderr.lines().find(|line| line.contains("APP_ENV is development, but"));
    assert!(warning.is_some_and(|line| line.contains("WARN")), "{stderr}");
    assert!(
        !stdout.contains(PASSWORD) && !stderr.contains("documented password"),
        "{stdout}{stderr}"
    );
}

#[tokio::test]
async fn demo_users_at_a_public_url_are_warned_about() {
    let database = TestDatabase::create().await;
    let secret = ("BETTER_AUTH_SECRET", SECRET);
    let server = ServerProcess::start_with(&database, &["serve", "--demo"], &[secret]).await;
    let printed = server.terminate().await.stdout;
    assert!(!printed.contains("documented password"), "{printed}");

    let settings = [secret, ("APP_ENV", "production")];
    let server = ServerProcess::start_with(&database, &["serve"], &settings).await;
    let log = server.terminate().await.stderr;
    assert!(log.contains("3 demo users have the documented password"), "{log}");
}

/// Returns the permission bits of a file.
fn mode(path: &Path) -> u32 {
    path.metadata().unwrap().permissions().mode() & 0o777
}

#[tokio::test]
async fn files_of_the_server_are_readable_by_their_owner_only() {
    if Backend::current() != Backend::Sqlite {
        return;
    }
    let database = TestDatabase::create().await;
    let folder = database.folder();
    let url = format!("sqlite://{}", folder.join("kept/deep/books.db").display());
    let file = folder.join("kept/deep/books.db");
    let beside = |end: &str| folder.join(format!("kept/deep/books.db{end}"));
    let start = async || {
        let settings = [("DATABASE_URL", &*url)];
        let server = ServerProcess::start_with(&database, &["serve"], &settings).await;
        server.http().sign_up("ann").await;
        server
    };
    let server = ServerProcess::start_with(&database, &["serve"], &[("DATABASE_URL", &*url)]).await;
    server.http().sign_up("bob").await;
    for path in [&file, &beside("-wal"), &beside("-shm"), &folder.join("data/secret")] {
        assert_eq!(mode(path), 0o600, "{}", path.display());
    }
    for path in ["kept", "kept/deep", "data"] {
        assert_eq!(mode(&folder.join(path)), 0o700, "{path}");
    }
    server.process.send_signal("KILL");
    server.process.wait().await;

    // Files of an older version; the write-ahead log exists too, as nothing closed it.
    for path in [&file, &beside("-wal"), &beside("-shm"), &folder.join("data/secret")] {
        fs::set_permissions(path, Permissions::from_mode(0o644)).unwrap();
    }
    fs::set_permissions(folder.join("kept"), Permissions::from_mode(0o755)).unwrap();
    let server = start().await;
    for path in [&file, &beside("-wal"), &beside("-shm"), &folder.join("data/secret")] {
        assert_eq!(mode(path), 0o600, "{}", path.display());
    }
    assert_eq!(mode(&folder.join("kept")), 0o755, "the mode of an existing folder stays");
    let log = server.terminate().await.stderr;
    assert!(log.contains("a file that others could read"), "{log}");
}

/// Malformed URLs, each with an unencoded password.
const MALFORMED: [&str; 9] = [
    "postgres://ann:p@ss:hunter2@host:notaport/db",
    "postgres://ann:hunter2/db",
    "postgres://ann:1?hunter2@127.0.0.1:1/db",
    "postgres://ann:1#hunter2@127.0.0.1:1/db",
    "postgres://ann:1/hunter2@127.0.0.1:1/db",
    "postgres://127.0.0.1:1/db?passwrod=hunter2",
    "postgres://ann:%hunter2%ff@127.0.0.1:1/db",
    "postgre//ann:hunter2@db/books",
    "sqlite://ann:hunter2@db/books",
];

#[tokio::test]
async fn the_password_of_a_malformed_url_is_never_printed() {
    let folder = tempfile::tempdir().unwrap();
    for url in MALFORMED {
        let settings =
            [("DATABASE_URL", url), ("IMPORT_FROM", url), ("PORT", "0"), ("RUST_LOG", "trace")];
        for command in [
            &["serve"][..],
            &["migrate", "status"],
            &["doctor"],
            &["doctor", "--json"],
            &["user", "set-role", "ann@example.com", "user"],
            &["import", "better-auth"],
        ] {
            let ProcessOutput { status, stdout, stderr } =
                run_bookplate(folder.path(), command, &settings).await;
            assert_eq!(status.code(), Some(1), "{url} {command:?}");
            let printed = stdout + &stderr;
            assert!(!printed.contains("hunter2"), "{url} {command:?}: {printed}");
            assert!(printed.contains("DATABASE_URL"), "{printed}");
        }
        let settings = [("DATABASE_URL", "sqlite://own.db"), ("RUST_LOG", "trace")];
        run_bookplate(folder.path(), &["migrate", "up"], &settings).await.expect_success();
        let import = ["import", "better-auth", "--from", url];
        let ProcessOutput { status, stdout, stderr } =
            run_bookplate(folder.path(), &import, &settings).await;
        let printed = stdout + &stderr;
        assert_eq!(status.code(), Some(1), "{url}");
        assert!(!printed.contains("hunter2") && printed.contains("--from"), "{url}: {printed}");
        for typo in [&["serve", url][..], &["import", "better-auth", url], &[url], &["--prot", url]]
        {
            let ProcessOutput { status, stdout, stderr } =
                run_bookplate(folder.path(), typo, &settings).await;
            assert_eq!(status.code(), Some(2), "{typo:?}");
            assert!(!(stdout + &stderr).contains("hunter2"), "{typo:?}: {stderr}");
        }
    }
}
