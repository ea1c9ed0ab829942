//! Names that nobody knows: of variables, of routes, of this machine.

use crate::it::support::{SECRET, ServerProcess, TestDatabase, run_bookplate};

const UNKNOWN: [(&str, &str); 4] = [
    ("SESSION_EXPIRES_IN", "AUTH_SESSION_EXPIRES_IN is one"),
    ("GRAPHQL_MAX_DEPHT", "GRAPHQL_MAX_DEPTH is one"),
    ("SMTP_PASS", "SMTP_PASSWORD is one"),
    ("DATABSE_URL", "DATABASE_URL is one"),
];

#[tokio::test]
async fn variables_that_look_like_settings_are_named_at_the_start_and_by_doctor() {
    let database = TestDatabase::create().await;
    let mut settings = UNKNOWN.map(|(name, _)| (name, "hunter2")).to_vec();
    settings.extend([("SMTP_SERVICE_HOST", "10.0.0.1"), ("HOME", "/"), ("HTTP_PROXY", "x")]);
    for format in ["text", "json"] {
        let settings = [&settings[..], &[("LOG_FORMAT", format)]].concat();
        let server = ServerProcess::start_with(&database, &["serve"], &settings).await;
        let ended = server.terminate().await;
        let said = ended.stdout + &ended.stderr;
        for (name, meant) in UNKNOWN {
            let line = said.lines().find(|line| line.contains(&format!("{name} is no setting")));
            assert!(line.unwrap_or_default().contains(meant), "{name}: {said}");
        }
        assert_eq!(said.matches("is no setting").count(), UNKNOWN.len(), "{said}");
        assert!(!said.contains("hunter2"), "{said}");
    }

    let doctor = database.bookplate_with(&["doctor"], &settings).await.expect_success();
    for (name, meant) in UNKNOWN {
        let start = format!("warning  {name} is no setting; {meant}");
        assert!(doctor.lines().any(|line| line.starts_with(&start)), "{name}: {doctor}");
    }
    assert!(!doctor.contains("hunter2"), "{doctor}");
}

#[tokio::test]
async fn a_closed_path_that_is_no_route_stops_the_start_with_the_nearest_one() {
    let folder = tempfile::tempdir().unwrap();
    for (path, nearest) in [
        ("/sign-up/emial", "/sign-up/email"),
        ("/sign-out,/delete-usr", "/delete-user"),
        ("sign-up/email", "/sign-up/email"),
        ("/reset-password/:token", "/reset-password/{token}"),
    ] {
        let said = run_bookplate(folder.path(), &["serve"], &[("AUTH_DISABLED_PATHS", path)])
            .await
            .expect_failure();
        let wrong = path.rsplit(',').next().unwrap();
        let expected = format!(
            "AUTH_DISABLED_PATHS has {wrong:?}, which is no route, e.g. AUTH_DISABLED_PATHS={nearest}"
        );
        assert!(said.contains(&expected), "{said}");
    }
    let database = TestDatabase::create().await;
    let right = [("AUTH_DISABLED_PATHS", "/sign-up/email/, /delete-user,/reset-password/{token}")];
    let server = ServerProcess::start_with(&database, &["serve"], &right).await;
    assert_eq!(server.http().get("/api/auth/reset-password/x").await.status, 404);
}

#[tokio::test]
async fn a_server_listens_at_localhost_and_at_addresses_in_brackets() {
    let database = TestDatabase::create().await;
    for host in ["localhost", "LocalHost", "[::1]"] {
        if host.starts_with('[') {
            // Only its name is asked here: not every machine has the address.
            let wrong = [("HOST", host), ("PORT", "many")];
            let said = database.bookplate_with(&["serve"], &wrong).await.expect_failure();
            assert!(!said.contains("HOST is"), "{said}");
            continue;
        }
        let server = ServerProcess::start_with(&database, &["serve"], &[("HOST", host)]).await;
        assert_eq!(server.http().get("/healthz").await.status, 200);
        // It is this machine's alone.
        assert!(!server.process.stdout().contains("others reach"), "{}", server.process.stdout());
    }
    let said =
        database.bookplate_with(&["serve"], &[("HOST", "books.invalid")]).await.expect_failure();
    assert!(said.contains("must be an IP address or localhost"), "{said}");
}

/// What the complaint of a missing address gives as an example is no address of anybody.
#[tokio::test]
async fn production_takes_no_example_as_the_sender_of_mails() {
    let folder = tempfile::tempdir().unwrap();
    let settings = |from: &'static str| {
        [
            ("APP_ENV", "production"),
            ("BETTER_AUTH_SECRET", SECRET),
            ("SMTP_HOST", "127.0.0.1"),
            ("SMTP_FROM", from),
        ]
    };
    let said = run_bookplate(folder.path(), &["serve"], &settings("")).await.expect_failure();
    let (_, example) = said.split_once("e.g. SMTP_FROM=").unwrap();
    let example = example.lines().next().unwrap().trim_matches('"').to_owned();
    for from in [&*example.leak(), "Books <no-reply@your-domain.org>", "you@mail.example.org"] {
        let said = run_bookplate(folder.path(), &["serve"], &settings(from)).await.expect_failure();
        assert!(said.contains("SMTP_FROM is") && said.contains("a placeholder"), "{from}: {said}");
    }
}
