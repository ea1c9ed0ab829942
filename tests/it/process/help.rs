//! What the binary says about itself, and what the repository says about its settings.

use std::{collections::BTreeSet, fs};

use crate::it::support::{repository, run};

/// Each setting's variable, and the start of its default.
const SETTINGS: [(&str, &str); 108] = [
    ("HOST", "127.0.0.1"),
    ("PORT", "3000"),
    ("APP_ENV", "development"),
    ("DATABASE_URL", "sqlite://data/bookplate.db"),
    ("DATABASE_POOLER_URL", "none"),
    ("GRAPHQL_INTROSPECTION", "true in development"),
    ("LOG_FORMAT", "text in development, json in production"),
    ("RUST_LOG", "info"),
    ("BETTER_AUTH_URL", "http://localhost:PORT"),
    ("AUTH_BASE_PATH", "/api/auth"),
    ("AUTH_DISABLED_PATHS", "none"),
    ("AUTH_SKIP_TRAILING_SLASHES", "false"),
    ("BETTER_AUTH_SECRET", "in development one is kept in data/secret"),
    ("BETTER_AUTH_SECRETS", "none"),
    ("AUTH_SECRET", "none"),
    ("BETTER_AUTH_TRUSTED_ORIGINS", "none"),
    ("AUTH_DISABLE_SIGN_UP", "false"),
    ("AUTH_AUTO_SIGN_IN", "true"),
    ("AUTH_REQUIRE_EMAIL_VERIFICATION", "false"),
    ("AUTH_SEND_VERIFICATION_ON_SIGN_UP", "as `AUTH_REQUIRE_EMAIL_VERIFICATION`"),
    ("AUTH_SEND_VERIFICATION_ON_SIGN_IN", "false"),
    ("AUTH_AUTO_SIGN_IN_AFTER_VERIFICATION", "false"),
    ("AUTH_VERIFICATION_EXPIRES_IN", "3600"),
    ("AUTH_RESET_EXPIRES_IN", "3600"),
    ("AUTH_REVOKE_SESSIONS_ON_RESET", "true"),
    ("AUTH_PASSWORD_HASH", "argon2id"),
    ("AUTH_PASSWORD_MIN_LENGTH", "8"),
    ("AUTH_PASSWORD_MAX_LENGTH", "128"),
    ("AUTH_PASSWORD_MIN_SCORE", "0"),
    ("AUTH_CHANGE_EMAIL", "true"),
    ("AUTH_CHANGE_UNVERIFIED_EMAIL", "false"),
    ("AUTH_DELETE_USER", "true"),
    ("AUTH_DELETE_USER_VERIFICATION", "false"),
    ("AUTH_DELETE_USER_EXPIRES_IN", "86400"),
    ("AUTH_UNLINK_LAST_ACCOUNT", "false"),
    ("AUTH_SESSION_EXPIRES_IN", "604800"),
    ("AUTH_SESSION_UPDATE_AGE", "86400"),
    ("AUTH_SESSION_FRESH_AGE", "86400"),
    ("AUTH_DISABLE_SESSION_REFRESH", "false"),
    ("AUTH_MAX_SESSIONS", "100"),
    ("RETENTION_AUDIT_DAYS", "365"),
    ("RETENTION_MAIL_DAYS", "30"),
    ("RETENTION_FAILED_MAIL_DAYS", "90"),
    ("RETENTION_EXPIRED_DAYS", "1"),
    ("AUTH_COOKIE_CACHE", "off"),
    ("AUTH_COOKIE_CACHE_MAX_AGE", "300"),
    ("AUTH_COOKIE_CACHE_VERSION", "1"),
    ("AUTH_BEARER_REQUIRE_SIGNATURE", "true"),
    ("AUTH_COOKIE_PREFIX", "better-auth"),
    ("AUTH_SECURE_COOKIES", "true when `BETTER_AUTH_URL` is https"),
    ("AUTH_COOKIE_DOMAIN", "none, the server's own host"),
    ("AUTH_COOKIE_SAME_SITE", "lax"),
    ("AUTH_RATE_LIMIT", "true in production"),
    ("SMTP_HOST", "none; in development mails are shown at /dev/mail"),
    ("SMTP_PORT", "587, or 465 or 25 by `SMTP_TLS`"),
    ("SMTP_USER", "nobody"),
    ("SMTP_PASSWORD", "none"),
    ("SMTP_FROM", "none"),
    ("SMTP_TLS", "starttls"),
    ("MAIL_PRODUCT_NAME", "Bookplate"),
    ("MAIL_COLOR", "that dark green"),
    ("MAIL_WELCOME", "true"),
    ("MAIL_PASSWORD_CHANGED", "true"),
    ("AUTH_TRUSTED_PROXIES", "none"),
    ("AUTH_RATE_LIMIT_STORAGE", "redis with `REDIS_URL`, otherwise memory"),
    ("AUTH_RATE_LIMIT_WINDOW", "10"),
    ("AUTH_RATE_LIMIT_MAX", "100"),
    ("REDIS_URL", "none, the database has them"),
    ("REDIS_KEY_PREFIX", "better-auth:"),
    ("GRAPHQL_CACHE_MAX_AGE", "0"),
    ("GRAPHQL_PERSISTED_QUERIES_BYTES", "4194304"),
    ("GRAPHQL_TRUSTED_DOCUMENTS", "none"),
    ("GRAPHQL_TRUSTED_DOCUMENTS_ONLY", "false"),
    ("GRAPHQL_BATCH_LIMIT", "10"),
    ("GRAPHQL_UPLOAD_FILES", "5"),
    ("GRAPHQL_UPLOAD_FILE_BYTES", "5242880"),
    ("GRAPHQL_UPLOAD_TOTAL_BYTES", "67108864"),
    ("GRAPHQL_MAX_BODY_BYTES", "1048576"),
    ("GRAPHQL_MAX_DOCUMENT_BYTES", "65536"),
    ("GRAPHQL_MAX_TOKENS", "2000"),
    ("GRAPHQL_MAX_OPERATIONS", "50"),
    ("GRAPHQL_MAX_DEPTH", "10"),
    ("GRAPHQL_MAX_INTROSPECTION_DEPTH", "16"),
    ("GRAPHQL_MAX_INTROSPECTION_COMPLEXITY", "50000"),
    ("GRAPHQL_MAX_ALIASES", "30"),
    ("GRAPHQL_MAX_ROOT_FIELDS", "30"),
    ("GRAPHQL_MAX_DIRECTIVES", "50"),
    ("GRAPHQL_MAX_FIELDS", "1000"),
    ("GRAPHQL_MAX_COMPLEXITY", "10000"),
    ("GRAPHQL_MAX_LIST_LENGTH", "1000"),
    ("GRAPHQL_MAX_VARIABLES_BYTES", "262144"),
    ("GRAPHQL_MAX_RESPONSE_BYTES", "4194304"),
    ("GRAPHQL_TIMEOUT_MS", "10000"),
    ("GRAPHQL_MAX_CONCURRENT", "100"),
    ("GRAPHQL_RATE_LIMIT", "true in production"),
    ("GRAPHQL_RATE_LIMIT_COST", "500000"),
    ("GRAPHQL_RATE_LIMIT_WINDOW", "60"),
    ("GRAPHQL_SUBSCRIPTIONS_PER_USER", "20"),
    ("GRAPHQL_SUBSCRIPTIONS_PER_ADDRESS", "100"),
    ("GRAPHQL_SUBSCRIPTIONS_PER_SOCKET", "20"),
    ("GRAPHQL_SUBSCRIPTIONS_INIT_TIMEOUT", "3"),
    ("GRAPHQL_SUBSCRIPTIONS_KEEP_ALIVE", "12"),
    ("HTTP_MAX_CONNECTIONS", "4096"),
    ("HTTP_MAX_CONNECTIONS_PER_ADDRESS", "an eighth of `HTTP_MAX_CONNECTIONS`"),
    ("HTTP_HEAD_TIMEOUT", "10"),
    ("HTTP_KEEP_ALIVE_TIMEOUT", "75"),
    ("HTTP_BODY_TIMEOUT", "20"),
    ("HTTP_SEND_TIMEOUT", "30"),
];

/// The help's text on one line, one setting a piece.
async fn settings(arguments: &[&str]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let help = run(folder.path(), arguments, &[]).await.ok();
    let (_, settings) = help.split_once("Settings:").unwrap();
    let words: Vec<_> = settings.split_whitespace().collect();
    format!(" {}", words.join(" ")).split(" --").skip(1).map(str::to_owned).collect()
}

/// `[env: NAME=value]` or `[env: NAME]`
fn variable(setting: &str) -> Option<&str> {
    setting.split_once("[env: ")?.1.split([']', '=']).next()
}

#[tokio::test]
async fn help_names_every_setting_with_its_variable_and_default() {
    for arguments in
        [&["--help"][..], &["help"], &["serve", "--help"], &["migrate", "up", "--help"]]
    {
        let described = settings(arguments).await;

        for (name, default) in SETTINGS {
            let setting = described.iter().find(|setting| variable(setting) == Some(name));
            let setting = setting.unwrap_or_else(|| panic!("{name} is missing in {described:#?}"));
            assert!(setting.contains(&format!("[default: {default}]")), "{setting}");
            assert!(setting.starts_with(&name.to_lowercase().replace('_', "-")), "{setting}");
        }
        let named: Vec<_> = described.iter().filter_map(|setting| variable(setting)).collect();
        assert_eq!(named.len(), SETTINGS.len(), "a setting is missing here: {named:?}");
    }
}

#[tokio::test]
async fn help_says_what_bookplate_is_and_shows_no_secret() {
    let folder = tempfile::tempdir().unwrap();
    let secrets = [
        ("BETTER_AUTH_SECRET", "hunter2"),
        ("AUTH_SECRET", "hunter2"),
        ("DATABASE_URL", "hunter2"),
        ("DATABASE_POOLER_URL", "hunter2"),
        ("SMTP_USER", "hunter2"),
        ("SMTP_PASSWORD", "hunter2"),
        ("REDIS_URL", "redis://:hunter2@cache"),
        ("IMPORT_FROM", "postgres://ann:hunter2@db/auth"),
    ];
    let import = run(folder.path(), &["import", "better-auth", "--help"], &secrets).await.ok();
    assert!(import.contains("IMPORT_FROM]") && !import.contains("hunter2"), "{import}");
    let help = run(folder.path(), &["--help"], &secrets).await.ok();

    assert!(help.starts_with("GraphQL API for books, authors and users"), "{help}");
    assert!(!help.contains("hunter2"), "{help}");
    let serve = help.lines().find(|line| line.trim_start().starts_with("serve "));
    assert!(serve.is_some_and(|line| line.contains("without a command")), "{help}");
    for command in [
        "serve", "migrate", "seed", "schema", "secret", "user", "mail", "openapi", "doctor",
        "import", "repair",
    ] {
        assert!(help.lines().any(|line| line.trim_start().starts_with(command)), "{command}");
    }
}

#[tokio::test]
async fn the_version_is_the_packages() {
    let folder = tempfile::tempdir().unwrap();
    let version = run(folder.path(), &["--version"], &[]).await.ok();
    // The workspace has one version.
    assert_eq!(version, format!("bookplate {}\n", env!("CARGO_PKG_VERSION")));
}

#[tokio::test]
async fn unknown_arguments_are_refused_with_status_2() {
    let folder = tempfile::tempdir().unwrap();
    for arguments in [&["fly"][..], &["serve", "--fast"], &["migrate"], &["seed", "--books", "-1"]]
    {
        let ended = run(folder.path(), arguments, &[]).await;
        assert_eq!(ended.code(), Some(2), "{arguments:?}");
        assert!(
            ended.stderr.contains("Usage:") || ended.stderr.contains("--help"),
            "{}",
            ended.stderr
        );
    }
}

#[tokio::test]
async fn the_example_of_a_file_env_documents_every_setting() {
    let example = fs::read_to_string(repository().join(".env.example")).unwrap();
    let assigned =
        example.lines().filter_map(|line| line.trim_start_matches(['#', ' ']).split_once('='));
    let documented: BTreeSet<_> = assigned.map(|(name, _)| name).collect();

    for setting in settings(&["--help"]).await {
        let name = variable(&setting).unwrap();
        assert!(documented.contains(name), "{name} is missing in .env.example");
    }
    // Copied as it is, it changes nothing and gives no secret away.
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(".env"), &example).unwrap();
    run(folder.path(), &["migrate", "status"], &[]).await.ok();
    for name in ["BETTER_AUTH_SECRET", "AUTH_SECRET"] {
        let line =
            example.lines().find(|line| line.trim_start_matches(['#', ' ']).starts_with(name));
        assert!(line.unwrap().ends_with('='), "{line:?}");
    }
}
