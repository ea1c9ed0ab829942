//! What the binary says about itself, and what the repository says about its settings.

use std::{collections::BTreeSet, fs};

use crate::it::support::{repository, run};

/// Each setting's variable, and the start of its default.
const SETTINGS: [(&str, &str); 23] = [
    ("HOST", "127.0.0.1"),
    ("PORT", "3000"),
    ("APP_ENV", "development"),
    ("DATABASE_URL", "sqlite://data/bookplate.db"),
    ("BETTER_AUTH_URL", "http://localhost:PORT"),
    ("BETTER_AUTH_SECRET", "in development one is kept in data/secret"),
    ("AUTH_SECRET", "none"),
    ("BETTER_AUTH_TRUSTED_ORIGINS", "none"),
    ("AUTH_RATE_LIMIT", "true in production"),
    ("AUTH_PASSWORD_HASH", "argon2id"),
    ("AUTH_SESSION_EXPIRES_IN", "604800"),
    ("AUTH_SESSION_UPDATE_AGE", "86400"),
    ("GRAPHQL_INTROSPECTION", "true in development"),
    ("LOG_FORMAT", "text in development, json in production"),
    ("RUST_LOG", "info"),
    ("SMTP_HOST", "none; in development mails are shown at /dev/mail"),
    ("SMTP_PORT", "587, or 465 or 25 by `SMTP_TLS`"),
    ("SMTP_USER", "nobody"),
    ("SMTP_PASSWORD", "none"),
    ("SMTP_FROM", "none"),
    ("SMTP_TLS", "starttls"),
    ("MAIL_PRODUCT_NAME", "Bookplate"),
    ("MAIL_COLOR", "#1f6f54"),
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
        ("SMTP_USER", "hunter2"),
        ("SMTP_PASSWORD", "hunter2"),
    ];
    let help = run(folder.path(), &["--help"], &secrets).await.ok();

    assert!(help.starts_with("GraphQL API for books, authors and users"), "{help}");
    assert!(!help.contains("hunter2"), "{help}");
    for command in
        ["serve", "migrate", "seed", "schema", "secret", "user", "mail", "doctor", "import"]
    {
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
