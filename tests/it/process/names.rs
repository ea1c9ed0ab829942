//! Unknown names of variables, routes and hosts.

use crate::it::support::{SECRET, ServerProcess, TestDatabase, run_bookplate};

const UNKNOWN: [(&str, &str); 4] = [
    ("SESSION_EXPIRES_IN", "AUTH_SESSION_EXPIRES_IN is one"),
    ("GRAPHQL_MAX_DEPHT", "GRAPHQL_MAX_DEPTH is one"),
    ("SMTP_PASS", "SMTP_PASSWORD is one"),
    ("DATABSE_URL", "DATABASE_URL is one"),
];

#[tokio::test]
async fn unknown_variables_like_settings_are_reported_at_the_start_and_by_doctor() {
    let database = TestDatabase::create().await;
    let mut settings = UNKNOWN.map(|(name, _)| (name, "hunter2")).to_vec();
    settings.extend([("SMTP_SERVICE_HOST", "10.0.0.1"), ("HOME", "/"), ("HTTP_PROXY", "x")]);
    for format in ["text", "json"] {
        let settings = [&settings[..], &[("LOG_FORMAT", format)]].concat();
        let server = ServerProcess::start_with(&database, &["serve"], &settings).await;
        let ended = server.terminate().await;
        let message = ended.stdout + &ended.stderr;
        for (name, meant) in UNKNOWN {
            let line = message.lines().find(|line| line.contains(&format!("{name} is no setting")));
            assert!(line.unwrap_or_default().contains(meant), "{name}: {message}");
        }
        assert_eq!(message.matches("is no setting").count(), UNKNOWN.len(), "{message}");
        assert!(!message.contains("hunter2"), "{message}");
    }

    let doctor = database.bookplate_with(&["doctor"], &settings).await.expect_success();
    for (name, meant) in UNKNOWN {
        let start = format!("warning  {name} is no setting; {meant}");
        assert!(doctor.lines().any(|line| line.starts_with(&start)), "{name}: {doctor}");
    }
    assert!(!doctor.contains("hunter2"), "{doctor}");
}

#[tokio::test]
async fn an_unknown_path_in_a_setting_stops_the_start_with_a_suggestion() {
    let folder = tempfile::tempdir().unwrap();
    for (path, nearest) in [
        ("/sign-up/emial", "/sign-up/email"),
        ("/sign-out,/delete-usr", "/delete-user"),
        ("sign-up/email", "/sign-up/email"),
        ("/reset-password/:token", "/reset-password/{token}"),
    ] {
        let message = run_bookplate(folder.path(), &["serve"], &[("AUTH_DISABLED_PATHS", path)])
            .await
            .expect_failure();
        let wrong = path.rsplit(',').next().unwrap();
        let expected = format!(
            "AUTH_DISABLED_PATHS has {wrong:?}, which is no route, e.g. AUTH_DISABLED_PATHS={nearest}"
        );
        assert!(message.contains(&expected), "{message}");
    }
    let database = TestDatabase::create().await;
    let typo = [("AUTH_CAPTCHA_ENDPOINTS", "/sign-up/*,/callback/google,/sign-in/emial")];
    let message = database.bookplate_with(&["serve"], &typo).await.expect_failure();
    let expected = "AUTH_CAPTCHA_ENDPOINTS has \"/sign-in/emial\", which matches no route, e.g. \
                    AUTH_CAPTCHA_ENDPOINTS=/sign-in/email";
    assert!(message.contains(expected), "{message}");
    let right = [("AUTH_DISABLED_PATHS", "/sign-up/email/, /delete-user,/reset-password/{token}")];
    let server = ServerProcess::start_with(&database, &["serve"], &right).await;
    assert_eq!(server.http().get("/api/auth/reset-password/x").await.status, 404);
}

#[tokio::test]
async fn a_server_listens_at_localhost_and_at_addresses_in_brackets() {
    let database = TestDatabase::create().await;
    for host in ["localhost", "LocalHost", "[::1]"] {
        if host.starts_with('[') {
            // Only the name is resolved, as not every machine has this address.
            let wrong = [("HOST", host), ("PORT", "many")];
            let message = database.bookplate_with(&["serve"], &wrong).await.expect_failure();
            assert!(!message.contains("HOST is"), "{message}");
            continue;
        }
        let server = ServerProcess::start_with(&database, &["serve"], &[("HOST", host)]).await;
        assert_eq!(server.http().get("/healthz").await.status, 200);
        // The server listens on this machine only.
        assert!(!server.process.stdout().contains("others reach"), "{}", server.process.stdout());
    }
    let message =
        database.bookplate_with(&["serve"], &[("HOST", "books.invalid")]).await.expect_failure();
    assert!(message.contains("must be an IP address or localhost"), "{message}");
}

/// The error message about a missing sender has an example address that is not valid as a setting.
#[tokio::test]
async fn production_refuses_the_example_sender_of_mails() {
    let folder = tempfile::tempdir().unwrap();
    let settings = |from: &'static str| {
        [
            ("APP_ENV", "production"),
            ("BETTER_AUTH_SECRET", SECRET),
            ("SMTP_HOST", "127.0.0.1"),
            ("SMTP_FROM", from),
        ]
    };
    let message = run_bookplate(folder.path(), &["serve"], &settings("")).await.expect_failure();
    let (_, example) = message.split_once("e.g. SMTP_FROM=").unwrap();
    let example = example.lines().next().unwrap().trim_matches('"').to_owned();
    for from in [&*example.leak(), "Books <no-reply@your-domain.org>", "you@mail.example.org"] {
        let message =
            run_bookplate(folder.path(), &["serve"], &settings(from)).await.expect_failure();
        assert!(
            message.contains("SMTP_FROM is") && message.contains("a placeholder"),
            "{from}: {message}"
        );
    }
}
