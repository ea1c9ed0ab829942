//! Settings: all wrong ones named at once, production strict, `.env` read.

use std::fs;

use tempfile::TempDir;

use crate::it::support::{SECRET, Server, TestDatabase, run};

/// Every setting wrong, with what its complaint must say.
const WRONG: [(&str, &str); 79] = [
    ("HOST", "here"),
    ("PORT", "70000"),
    ("APP_ENV", "staging"),
    ("DATABASE_URL", "mysql://root:hunter2@db"),
    ("DATABASE_POOLER_URL", "sqlite://pooler.db"),
    ("BETTER_AUTH_URL", "books"),
    ("BETTER_AUTH_TRUSTED_ORIGINS", "https://good.example.com,not an origin"),
    ("AUTH_RATE_LIMIT", "perhaps"),
    ("AUTH_PASSWORD_HASH", "md5"),
    ("AUTH_SESSION_EXPIRES_IN", "week"),
    ("AUTH_SESSION_UPDATE_AGE", "day"),
    ("AUTH_MAX_SESSIONS", "0"),
    ("RETENTION_AUDIT_DAYS", "0"),
    ("RETENTION_MAIL_DAYS", "month"),
    ("RETENTION_FAILED_MAIL_DAYS", "1.5"),
    ("RETENTION_EXPIRED_DAYS", "-1"),
    ("GRAPHQL_INTROSPECTION", "maybe"),
    ("LOG_FORMAT", "xml"),
    ("RUST_LOG", "info,a=b=c"),
    ("SMTP_PORT", "smtp"),
    ("SMTP_TLS", "perhaps"),
    ("SMTP_FROM", "nobody"),
    ("MAIL_COLOR", "green"),
    ("MAIL_WELCOME", "never"),
    ("MAIL_PASSWORD_CHANGED", "never"),
    ("AUTH_BASE_PATH", "auth"),
    ("BETTER_AUTH_SECRETS", "hunter2"),
    ("AUTH_COOKIE_DOMAIN", "co.uk"),
    ("AUTH_COOKIE_SAME_SITE", "never"),
    ("AUTH_COOKIE_PREFIX", "a b"),
    ("AUTH_COOKIE_CACHE", "redis"),
    ("AUTH_REQUIRE_EMAIL_VERIFICATION", "sometimes"),
    ("AUTH_PASSWORD_MIN_LENGTH", "0"),
    ("AUTH_PASSWORD_MIN_SCORE", "5"),
    ("AUTH_RESET_EXPIRES_IN", "soon"),
    ("AUTH_TRUSTED_PROXIES", "10.0.0.0/8,0.0.0.0/0"),
    ("AUTH_RATE_LIMIT_STORAGE", "paper"),
    ("AUTH_RATE_LIMIT_WINDOW", "0"),
    ("AUTH_RATE_LIMIT_MAX", "many"),
    ("REDIS_URL", "cache://:hunter2@cache"),
    ("REDIS_KEY_PREFIX", "two words"),
    ("GRAPHQL_CACHE_MAX_AGE", "ever"),
    ("GRAPHQL_PERSISTED_QUERIES_BYTES", "-1"),
    ("GRAPHQL_TRUSTED_DOCUMENTS_ONLY", "mostly"),
    ("GRAPHQL_BATCH_LIMIT", "1001"),
    ("GRAPHQL_UPLOAD_FILES", "some"),
    ("GRAPHQL_UPLOAD_FILE_BYTES", "0"),
    ("GRAPHQL_UPLOAD_TOTAL_BYTES", "all"),
    ("GRAPHQL_MAX_BODY_BYTES", "1 MB"),
    ("GRAPHQL_MAX_DOCUMENT_BYTES", "0"),
    ("GRAPHQL_MAX_TOKENS", "-1"),
    ("GRAPHQL_MAX_OPERATIONS", "several"),
    ("GRAPHQL_MAX_DEPTH", "0"),
    ("GRAPHQL_MAX_INTROSPECTION_DEPTH", "deep"),
    ("GRAPHQL_MAX_INTROSPECTION_COMPLEXITY", "all"),
    ("GRAPHQL_MAX_ALIASES", "1e3"),
    ("GRAPHQL_MAX_ROOT_FIELDS", "0"),
    ("GRAPHQL_MAX_DIRECTIVES", "none"),
    ("GRAPHQL_MAX_FIELDS", "0"),
    ("GRAPHQL_MAX_COMPLEXITY", "99999999999"),
    ("GRAPHQL_MAX_LIST_LENGTH", "0"),
    ("GRAPHQL_MAX_VARIABLES_BYTES", "4 GB"),
    ("GRAPHQL_MAX_RESPONSE_BYTES", "2000000000"),
    ("GRAPHQL_TIMEOUT_MS", "10s"),
    ("GRAPHQL_MAX_CONCURRENT", "0"),
    ("GRAPHQL_RATE_LIMIT", "often"),
    ("GRAPHQL_RATE_LIMIT_COST", "0"),
    ("GRAPHQL_RATE_LIMIT_WINDOW", "90000"),
    ("GRAPHQL_SUBSCRIPTIONS_PER_USER", "0"),
    ("GRAPHQL_SUBSCRIPTIONS_PER_ADDRESS", "many"),
    ("GRAPHQL_SUBSCRIPTIONS_PER_SOCKET", "-3"),
    ("GRAPHQL_SUBSCRIPTIONS_INIT_TIMEOUT", "61"),
    ("GRAPHQL_SUBSCRIPTIONS_KEEP_ALIVE", "12s"),
    ("HTTP_MAX_CONNECTIONS", "0"),
    ("HTTP_MAX_CONNECTIONS_PER_ADDRESS", "-1"),
    ("HTTP_HEAD_TIMEOUT", "0"),
    ("HTTP_KEEP_ALIVE_TIMEOUT", "75s"),
    ("HTTP_BODY_TIMEOUT", "4000"),
    ("HTTP_SEND_TIMEOUT", "never"),
];

#[tokio::test]
async fn every_wrong_setting_is_named_at_once() {
    let folder = tempfile::tempdir().unwrap();

    for command in [&["serve"][..], &["migrate", "up"], &["seed"]] {
        let refused = run(folder.path(), command, &WRONG).await.failure();

        for (variable, value) in WRONG {
            let line = refused.lines().find(|line| line.trim_start().starts_with(variable));
            let line = line.unwrap_or_else(|| panic!("{variable} is missing in {refused}"));
            assert!(line.contains(&format!("e.g. {variable}=")), "{line}");
            assert!(
                ["DATABASE_URL", "DATABASE_POOLER_URL", "BETTER_AUTH_SECRETS", "REDIS_URL"]
                    .contains(&variable)
                    || line.contains(value.split(',').next_back().unwrap())
            );
        }
        assert!(!refused.contains("hunter2"), "{refused}");
        assert!(!refused.contains("panicked"), "{refused}");
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn production_starts_only_with_a_strong_secret() {
    let folder = tempfile::tempdir().unwrap();
    let weak =
        ["short", &"a".repeat(64), &"ab12".repeat(16), "better-auth-secret-12345678901234567890"];
    for variable in ["BETTER_AUTH_SECRET", "AUTH_SECRET"] {
        for secret in weak {
            let settings = [("APP_ENV", "production"), ("PORT", "0"), (variable, secret)];
            let refused = run(folder.path(), &["serve"], &settings).await.failure();
            assert!(refused.contains(variable), "{refused}");
            assert!(secret == "short" || !refused.contains(secret), "{refused}");
        }
    }
    let settings = [("APP_ENV", "production"), ("PORT", "0")];
    let refused = run(folder.path(), &["serve"], &settings).await.failure();
    assert!(refused.contains("BETTER_AUTH_SECRET must be set in production"), "{refused}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn the_second_variable_of_the_secret_counts_when_the_first_is_missing() {
    let database = TestDatabase::create().await;
    for settings in [
        &[("APP_ENV", "production"), ("AUTH_SECRET", SECRET)][..],
        &[("APP_ENV", "production"), ("BETTER_AUTH_SECRET", SECRET), ("AUTH_SECRET", "short")],
        &[("APP_ENV", "production"), ("BETTER_AUTH_SECRET", ""), ("AUTH_SECRET", SECRET)],
    ] {
        Server::start_with(&database, &["serve"], settings).await.terminate().await.ok();
    }
}

#[tokio::test]
async fn an_empty_setting_counts_as_absent() {
    let database = TestDatabase::create().await;
    let empty = WRONG.map(|(variable, _)| (variable, ""));
    let empty: Vec<_> =
        empty.into_iter().filter(|(name, _)| !["PORT", "DATABASE_URL"].contains(name)).collect();

    let server = Server::start_with(&database, &["serve"], &empty).await;

    assert!(server.process.stdout().contains("development"));
    let folder = tempfile::tempdir().unwrap();
    let settings = [("PORT", ""), ("DATABASE_URL", "")];
    run(folder.path(), &["migrate", "up"], &settings).await.ok();
    assert!(folder.path().join("data/bookplate.db").exists());
}

fn folder_with_env(content: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(".env"), content).unwrap();
    folder
}

#[tokio::test]
async fn the_file_env_is_read_and_the_environment_wins() {
    let folder =
        folder_with_env("# a comment\nDATABASE_URL=sqlite://by-env.db\nHOST=\"nowhere\"\n");

    let refused = run(folder.path(), &["migrate", "up"], &[]).await.failure();
    assert!(refused.contains("HOST is \"nowhere\""), "{refused}");

    run(folder.path(), &["migrate", "up"], &[("HOST", "127.0.0.1")]).await.ok();
    assert!(folder.path().join("by-env.db").exists());

    let settings = [("HOST", "127.0.0.1"), ("DATABASE_URL", "sqlite://by-environment.db")];
    run(folder.path(), &["migrate", "up"], &settings).await.ok();
    assert!(folder.path().join("by-environment.db").exists());

    let flags = ["migrate", "up", "--host", "::1", "--database-url", "sqlite://by-flag.db"];
    run(folder.path(), &flags, &settings).await.ok();
    assert!(folder.path().join("by-flag.db").exists());
    assert!(!folder.path().join("data").exists());
}

/// What the values of a file are is told by a setting that is wrong.
#[tokio::test]
async fn values_of_the_file_env_are_what_dotenv_makes_of_them() {
    for (line, value) in [
        ("HOST=a$b", "a$b"),
        ("HOST=\"${HOME} $PATH\"", "${HOME} $PATH"),
        ("HOST=My Books", "My Books"),
        ("\u{feff}export HOST = 'a#b' # c\r\n", "a#b"),
        ("HOST=first\nHOST=last#comment", "last"),
        ("HOST: a\\ b", "a\\\\ b"),
    ] {
        let folder = folder_with_env(line);
        let refused = run(folder.path(), &["migrate", "status"], &[]).await.failure();
        assert!(refused.contains(&format!("HOST is \"{value}\"")), "{line:?}: {refused}");
    }
}

#[tokio::test]
async fn a_broken_file_env_is_named_by_lines_without_its_secrets() {
    let text =
        "DATABASE_URL=sqlite://x.db\n\nBETTER_AUTH_SECRET='hunter2\nMY SECRET=hunter2\nhunter2\n";
    let folder = folder_with_env(text);

    let refused = run(folder.path(), &["migrate", "status"], &[]).await.failure();

    for line in [
        ".env line 3: BETTER_AUTH_SECRET begins with a quote that has no end",
        ".env line 4 needs the form NAME=VALUE",
        ".env line 5 needs the form NAME=VALUE",
    ] {
        assert!(refused.contains(line), "{refused}");
    }
    assert!(!refused.contains("hunter2"), "{refused}");
    assert!(!folder.path().join("x.db").exists());

    let doctor = run(folder.path(), &["doctor"], &[]).await;
    assert_eq!(doctor.code(), Some(1));
    assert!(
        doctor.stdout.contains("wrong    .env line 3: BETTER_AUTH_SECRET"),
        "{}",
        doctor.stdout
    );
    assert!(doctor.stdout.contains("DATABASE_URL is sqlite x.db"), "{}", doctor.stdout);
    assert!(!doctor.stdout.contains("hunter2"), "{}", doctor.stdout);

    fs::remove_file(folder.path().join(".env")).unwrap();
    fs::create_dir(folder.path().join(".env")).unwrap();
    let refused = run(folder.path(), &["migrate", "status"], &[]).await.failure();
    assert!(refused.contains(".env cannot be read: "), "{refused}");
}

#[tokio::test]
async fn the_file_env_counts_for_every_command_and_its_secrets_are_not_shown() {
    let secret = "DATABASE_URL=sqlite://by-env.db\nREDIS_URL=redis://:hunter2@localhost\nSMTP_PASS=x\n\
                  IMPORT_FROM=sqlite://old-by-env.db\n";
    let folder = folder_with_env(secret);
    let help = run(folder.path(), &["--help"], &[]).await.ok();
    assert!(!help.contains("hunter2"), "{help}");
    run(folder.path(), &["migrate", "up", "--redis-url", ""], &[]).await.ok();

    let old = run(folder.path(), &["import", "better-auth"], &[("REDIS_URL", "")]).await.failure();
    assert!(old.contains("old-by-env.db"), "{old}");

    let doctor = run(folder.path(), &["doctor"], &[("REDIS_URL", "")]).await.stdout;
    assert!(doctor.contains("warning  SMTP_PASS is no setting"), "{doctor}");
}
