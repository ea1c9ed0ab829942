//! The help texts of the binary, and the documents of its settings.

use std::fs;

use server::config::table;

use crate::it::support::{SECRET, repository_root, run_bookplate};

/// Returns one line of help text per setting.
async fn settings(arguments: &[&str]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let help = run_bookplate(folder.path(), arguments, &[]).await.expect_success();
    let (_, settings) = help.split_once("Server:").unwrap();
    let words: Vec<_> = settings.split_whitespace().collect();
    format!(" {}", words.join(" ")).split(" --").skip(1).map(str::to_owned).collect()
}

/// Returns the name in `[env: NAME=value]` or `[env: NAME]`.
fn variable(setting: &str) -> Option<&str> {
    setting.split_once("[env: ")?.1.split([']', '=']).next()
}

#[tokio::test]
async fn help_names_every_setting_with_its_variable_and_default() {
    for arguments in
        [&["--help"][..], &["help"], &["serve", "--help"], &["migrate", "up", "--help"]]
    {
        let described = settings(arguments).await;

        for setting in table::settings() {
            let (name, default) = (setting.name, setting.default);
            let text = described.iter().find(|text| variable(text) == Some(name));
            let text = text.unwrap_or_else(|| panic!("{name} is missing in {described:#?}"));
            assert!(text.contains(&format!("[default: {default}]")), "{text}");
            assert!(text.starts_with(&name.to_lowercase().replace('_', "-")), "{text}");
        }
        assert_eq!(described.len(), table::settings().count());
    }
}

#[tokio::test]
async fn help_describes_bookplate_and_shows_no_secret() {
    let folder = tempfile::tempdir().unwrap();
    let secrets = [
        ("BETTER_AUTH_SECRET", "hunter2"),
        ("AUTH_SECRET", "hunter2"),
        ("DATABASE_URL", "hunter2"),
        ("DATABASE_POOLER_URL", "hunter2"),
        ("SMTP_USER", "hunter2"),
        ("SMTP_PASSWORD", "hunter2"),
        ("REDIS_URL", "redis://:hunter2@cache"),
        ("AUTH_OAUTH_PROXY_SECRET", "hunter2"),
        ("AUTH_GITHUB_CLIENT_SECRET", "hunter2"),
        ("IMPORT_FROM", "postgres://ann:hunter2@db/auth"),
    ];
    let import = run_bookplate(folder.path(), &["import", "better-auth", "--help"], &secrets)
        .await
        .expect_success();
    assert!(import.contains("IMPORT_FROM]") && !import.contains("hunter2"), "{import}");
    let help = run_bookplate(folder.path(), &["--help"], &secrets).await.expect_success();

    assert!(help.starts_with("GraphQL API for books, authors and users"), "{help}");
    assert!(!help.contains("hunter2"), "{help}");
    let serve = help.lines().find(|line| line.trim_start().starts_with("serve "));
    assert!(serve.is_some_and(|line| line.contains("without a command")), "{help}");
    for command in [
        "serve",
        "migrate",
        "seed",
        "schema",
        "secret",
        "user",
        "mail",
        "openapi",
        "doctor",
        "import",
        "repair",
        "settings",
        "providers",
    ] {
        assert!(help.lines().any(|line| line.trim_start().starts_with(command)), "{command}");
    }
}

#[tokio::test]
async fn the_version_is_that_of_the_package() {
    let folder = tempfile::tempdir().unwrap();
    let version = run_bookplate(folder.path(), &["--version"], &[]).await.expect_success();
    // All packages of the workspace have one version.
    assert_eq!(version, format!("bookplate {}\n", env!("CARGO_PKG_VERSION")));
}

#[tokio::test]
async fn unknown_arguments_are_refused_with_status_2() {
    let folder = tempfile::tempdir().unwrap();
    for arguments in [&["fly"][..], &["serve", "--fast"], &["migrate"], &["seed", "--books", "-1"]]
    {
        let ended = run_bookplate(folder.path(), arguments, &[]).await;
        assert_eq!(ended.exit_code(), Some(2), "{arguments:?}");
        assert!(
            ended.stderr.contains("Usage:") || ended.stderr.contains("--help"),
            "{}",
            ended.stderr
        );
    }
}

#[tokio::test]
async fn the_documents_of_the_settings_are_generated_from_the_table() {
    let folder = tempfile::tempdir().unwrap();
    for (format, path) in [("env", ".env.example"), ("markdown", "docs/configuration.md")] {
        let made = run_bookplate(folder.path(), &["settings", "--format", format], &[])
            .await
            .expect_success();
        let committed = fs::read_to_string(repository_root().join(path)).unwrap();
        assert_eq!(made, committed, "{path} is out of date: run `just docs`");
        for setting in table::settings().chain(table::COMMANDS.settings) {
            let written = match format {
                "env" => format!("\n#{}=", setting.name),
                _ => format!("\n| `{}` | ", setting.name),
            };
            assert_eq!(committed.matches(&written).count(), 1, "{} in {path}", setting.name);
        }
    }
}

#[tokio::test]
async fn the_example_env_file_sets_nothing_and_has_no_secret() {
    let example = fs::read_to_string(repository_root().join(".env.example")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(".env"), &example).unwrap();
    run_bookplate(folder.path(), &["migrate", "status"], &[]).await.expect_success();
    for name in ["BETTER_AUTH_SECRET", "AUTH_SECRET"] {
        let line =
            example.lines().find(|line| line.trim_start_matches(['#', ' ']).starts_with(name));
        assert!(line.unwrap().ends_with('='), "{line:?}");
    }
}

/// Every line is a valid setting once uncommented.
#[tokio::test]
async fn the_values_of_the_example_env_file_are_valid() {
    let example = fs::read_to_string(repository_root().join(".env.example")).unwrap();
    let assigned = example.lines().filter_map(|line| {
        let line = line.strip_prefix('#')?;
        let (name, value) = line.split_once('=')?;
        // These settings need a pooler, a Redis server or a file.
        let needs_more = [
            "AUTH_PROVIDERS_FILE",
            "DATABASE_POOLER_URL",
            "REDIS_URL",
            "GRAPHQL_TRUSTED_DOCUMENTS",
        ];
        (!name.contains(' ') && !value.is_empty() && !needs_more.contains(&name)).then_some(line)
    });
    let lines: Vec<_> = assigned.collect();
    assert!(lines.len() > 80, "{lines:?}");
    let folder = tempfile::tempdir().unwrap();
    let login = "SMTP_PASSWORD=x\nSMTP_USER=ann\nAUTH_GITHUB_CLIENT_SECRET=x\n\
                 AUTH_SMS_WEBHOOK_SECRET=4iVb2uS9qTzWmXc7NpRdKhLfGyJeAo31\n";
    let secret = format!("BETTER_AUTH_SECRET={SECRET}\n");
    let text = format!("{}\n{login}{secret}", lines.join("\n"));
    fs::write(folder.path().join(".env"), text).unwrap();
    run_bookplate(folder.path(), &["migrate", "status"], &[]).await.expect_success();
}
