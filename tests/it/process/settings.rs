//! Validation of settings: all errors at once, strict in production, and `.env` files.

use std::fs;

use server::config::{Kind, Setting, table};
use tempfile::TempDir;

use crate::it::support::{SECRET, ServerProcess, TestDatabase, run_bookplate};

/// Invalid values of text settings with validation.
const INVALID_TEXTS: [(&str, &str); 46] = [
    ("HOST", "here"),
    ("PORT", "70000"),
    ("DATABASE_URL", "mysql://root:hunter2@db"),
    ("DATABASE_POOLER_URL", "sqlite://pooler.db"),
    ("BETTER_AUTH_URL", "books"),
    ("BETTER_AUTH_TRUSTED_ORIGINS", "https://good.example.com,not an origin"),
    ("RUST_LOG", "info,a=b=c"),
    ("SMTP_PORT", "smtp"),
    ("SMTP_FROM", "nobody"),
    ("MAIL_COLOR", "green"),
    ("AUTH_BASE_PATH", "auth"),
    ("BETTER_AUTH_SECRETS", "hunter2"),
    ("AUTH_COOKIE_DOMAIN", "co.uk"),
    ("AUTH_COOKIE_PREFIX", "a b"),
    ("AUTH_TRUSTED_PROXIES", "10.0.0.0/8,0.0.0.0/0"),
    ("REDIS_URL", "cache://:hunter2@cache"),
    ("REDIS_KEY_PREFIX", "two words"),
    ("AUTH_DISABLED_PATHS", "/sign-nowhere"),
    ("MAIL_PRODUCT_NAME", "a name that is so long that no mail could have it as its product's"),
    ("SMTP_USER", "ann"),
    ("SMTP_PASSWORD", "hunter2"),
    ("AUTH_PROVIDERS_FILE", "/nowhere/providers.toml"),
    ("AUTH_PLUGINS", "oauth-popup,two-factors"),
    ("AUTH_ACCOUNT_LINKING_TRUSTED_PROVIDERS", "github,gogle"),
    ("AUTH_OAUTH_PROXY_PRODUCTION_URL", "books"),
    ("AUTH_TWO_FACTOR_ISSUER", "Books: all"),
    ("AUTH_TWO_FACTOR_PAGE", "second factor"),
    ("AUTH_PASSKEY_RP_ID", "https://books.example.com"),
    ("AUTH_PASSKEY_ORIGIN", "https://books.example.com,books"),
    ("AUTH_PHONE_NUMBER_TEMP_EMAIL", "nobody@example.com"),
    ("AUTH_PHONE_NUMBER_TEMP_NAME", "\u{2800}"),
    ("AUTH_PHONE_NUMBER_VALIDATOR", "[0-9"),
    ("AUTH_USERNAME_VALIDATOR", "[a-z"),
    ("AUTH_USERNAME_DISPLAY_VALIDATOR", "(a"),
    ("AUTH_ANONYMOUS_GENERATE_NAME", "\u{2800}"),
    ("AUTH_ANONYMOUS_EMAIL_DOMAIN_NAME", "guests@example.com"),
    ("AUTH_LAST_LOGIN_METHOD_COOKIE_NAME", "last method"),
    ("AUTH_DEVICE_AUTHORIZATION_VERIFICATION_URI", "device"),
    ("AUTH_SIWE_DOMAIN", "books.example.com:many"),
    ("AUTH_SIWE_EMAIL_DOMAIN_NAME", "an address"),
    ("AUTH_PASSWORD_BREACH_CHECK_URL", "http://breaches.example.com"),
    ("AUTH_CAPTCHA_SITE_VERIFY_URL", "verify"),
    ("AUTH_CAPTCHA_ENDPOINTS", "/sign-up/email,/sign-in/emial"),
    ("AUTH_CAPTCHA_MIN_SCORE", "1.5"),
    ("AUTH_SMS_WEBHOOK", "hunter2"),
    ("AUTH_SMS_WEBHOOK_SECRET", "hunter2"),
];

/// Settings whose error messages omit the value.
const HIDDEN_VALUES: [&str; 8] = [
    "DATABASE_URL",
    "DATABASE_POOLER_URL",
    "BETTER_AUTH_SECRETS",
    "REDIS_URL",
    "SMTP_USER",
    "SMTP_PASSWORD",
    "AUTH_SMS_WEBHOOK",
    "AUTH_SMS_WEBHOOK_SECRET",
];

/// Text settings that accept any value, or that another test covers.
const ANY_TEXTS: [&str; 12] = [
    "AUTH_CAPTCHA_ALLOWED_HOSTNAMES",
    "AUTH_CAPTCHA_EXPECTED_ACTION",
    "AUTH_CAPTCHA_SECRET_KEY",
    "AUTH_CAPTCHA_SITE_KEY",
    "AUTH_COOKIE_CACHE_VERSION",
    "AUTH_DEVICE_AUTHORIZATION_CLIENT_IDS",
    "AUTH_OAUTH_PROXY_SECRET",
    "AUTH_PASSKEY_RP_NAME",
    "AUTH_SECRET",
    "BETTER_AUTH_SECRET",
    "GRAPHQL_TRUSTED_DOCUMENTS",
    "SMTP_HOST",
];

/// Returns all settings that can be invalid, with invalid values.
fn invalid_settings() -> Vec<(&'static str, String)> {
    let mut invalid_settings = Vec::new();
    for Setting { name, kind, .. } in table::settings() {
        match kind {
            Kind::Switch | Kind::Choice(_) => invalid_settings.push((*name, "perhaps".to_owned())),
            Kind::Integer(0, _) => invalid_settings.push((*name, "-1".to_owned())),
            Kind::Integer(min, _) => invalid_settings.push((*name, (min - 1).to_string())),
            Kind::Text => {
                let value = INVALID_TEXTS.iter().find(|(known, _)| known == name);
                assert_eq!(value.is_none(), ANY_TEXTS.contains(name), "{name}");
                invalid_settings.extend(value.map(|(_, value)| (*name, (*value).to_owned())));
            }
        }
    }
    invalid_settings
}

/// Values that are no integer or exceed the maximum.
#[tokio::test]
async fn a_number_out_of_its_bounds_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let numbers = || {
        table::settings().filter_map(|setting| match setting.kind {
            Kind::Integer(min, max) => Some((setting.name, min, max)),
            _ => None,
        })
    };
    for bad in ["week", "1.5", "1e3", "10s", "4 GB", "99999999999"] {
        let given: Vec<_> = numbers().map(|(name, ..)| (name, bad)).collect();
        let refused =
            run_bookplate(folder.path(), &["migrate", "up"], &given).await.expect_failure();
        for (name, ..) in numbers() {
            let line = format!("{name} is \"{bad}\", which is not valid, e.g. {name}=");
            assert!(refused.contains(&line), "{line} is missing in {refused}");
        }
    }
    let above: Vec<_> = numbers().map(|(name, _, max)| (name, (max + 1).to_string())).collect();
    let above: Vec<_> = above.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let refused = run_bookplate(folder.path(), &["migrate", "up"], &above).await.expect_failure();
    for (name, min, max) in numbers() {
        let line = format!("{name} is {}, but must be between {min} and {max}, e.g.", max + 1);
        assert!(refused.contains(&line), "{line} is missing in {refused}");
    }
}

#[tokio::test]
async fn all_invalid_settings_are_named() {
    let folder = tempfile::tempdir().unwrap();

    let invalid_settings = invalid_settings();
    let invalid_settings: Vec<_> =
        invalid_settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
    for command in [&["serve"][..], &["migrate", "up"], &["seed"]] {
        let refused =
            run_bookplate(folder.path(), command, &invalid_settings).await.expect_failure();

        for &(variable, value) in &invalid_settings {
            let start = format!("{variable} ");
            let line = refused.lines().find(|line| line.trim_start().starts_with(&start));
            let line = line.unwrap_or_else(|| panic!("{variable} is missing in {refused}"));
            assert!(line.contains(&format!("e.g. {variable}=")), "{line}");
            assert!(
                HIDDEN_VALUES.contains(&variable)
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
            let refused =
                run_bookplate(folder.path(), &["serve"], &settings).await.expect_failure();
            assert!(refused.contains(variable), "{refused}");
            assert!(secret == "short" || !refused.contains(secret), "{refused}");
        }
    }
    let settings = [("APP_ENV", "production"), ("PORT", "0")];
    let refused = run_bookplate(folder.path(), &["serve"], &settings).await.expect_failure();
    assert!(refused.contains("BETTER_AUTH_SECRET must be set in production"), "{refused}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn auth_secret_is_read_if_better_auth_secret_is_missing() {
    let database = TestDatabase::create().await;
    for settings in [
        &[("APP_ENV", "production"), ("AUTH_SECRET", SECRET)][..],
        &[("APP_ENV", "production"), ("BETTER_AUTH_SECRET", SECRET), ("AUTH_SECRET", "short")],
        &[("APP_ENV", "production"), ("BETTER_AUTH_SECRET", ""), ("AUTH_SECRET", SECRET)],
    ] {
        ServerProcess::start_with(&database, &["serve"], settings)
            .await
            .terminate()
            .await
            .expect_success();
    }
}

#[tokio::test]
async fn an_empty_setting_is_treated_as_absent() {
    let database = TestDatabase::create().await;
    let empty: Vec<_> = table::settings().map(|setting| (setting.name, "")).collect();
    let empty: Vec<_> =
        empty.into_iter().filter(|(name, _)| !["PORT", "DATABASE_URL"].contains(name)).collect();

    let server = ServerProcess::start_with(&database, &["serve"], &empty).await;

    assert!(server.process.stdout().contains("development"));
    let folder = tempfile::tempdir().unwrap();
    let settings = [("PORT", ""), ("DATABASE_URL", "")];
    run_bookplate(folder.path(), &["migrate", "up"], &settings).await.expect_success();
    assert!(folder.path().join("data/bookplate.db").exists());
}

/// Creates a folder with an `.env` file.
fn folder_with_env(content: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(".env"), content).unwrap();
    folder
}

#[tokio::test]
async fn the_env_file_is_read_and_the_environment_takes_precedence() {
    let folder =
        folder_with_env("# a comment\nDATABASE_URL=sqlite://by-env.db\nHOST=\"nowhere\"\n");

    let refused = run_bookplate(folder.path(), &["migrate", "up"], &[]).await.expect_failure();
    assert!(refused.contains("HOST is \"nowhere\""), "{refused}");

    run_bookplate(folder.path(), &["migrate", "up"], &[("HOST", "127.0.0.1")])
        .await
        .expect_success();
    assert!(folder.path().join("by-env.db").exists());

    let settings = [("HOST", "127.0.0.1"), ("DATABASE_URL", "sqlite://by-environment.db")];
    run_bookplate(folder.path(), &["migrate", "up"], &settings).await.expect_success();
    assert!(folder.path().join("by-environment.db").exists());

    let flags = ["migrate", "up", "--host", "::1", "--database-url", "sqlite://by-flag.db"];
    run_bookplate(folder.path(), &flags, &settings).await.expect_success();
    assert!(folder.path().join("by-flag.db").exists());
    assert!(!folder.path().join("data").exists());
}

/// An invalid setting shows how a value of the file was parsed.
#[tokio::test]
async fn values_of_the_env_file_are_parsed_like_dotenv() {
    for (line, value) in [
        ("HOST=a$b", "a$b"),
        ("HOST=\"${HOME} $PATH\"", "${HOME} $PATH"),
        ("HOST=My Books", "My Books"),
        ("\u{feff}export HOST = 'a#b' # c\r\n", "a#b"),
        ("HOST=first\nHOST=last#comment", "last"),
        ("HOST: a\\ b", "a\\\\ b"),
    ] {
        let folder = folder_with_env(line);
        let refused =
            run_bookplate(folder.path(), &["migrate", "status"], &[]).await.expect_failure();
        assert!(refused.contains(&format!("HOST is \"{value}\"")), "{line:?}: {refused}");
    }
}

#[tokio::test]
async fn errors_of_the_env_file_name_lines_without_secrets() {
    let text =
        "DATABASE_URL=sqlite://x.db\n\nBETTER_AUTH_SECRET='hunter2\nMY SECRET=hunter2\nhunter2\n";
    let folder = folder_with_env(text);

    let refused = run_bookplate(folder.path(), &["migrate", "status"], &[]).await.expect_failure();

    for line in [
        ".env line 3: BETTER_AUTH_SECRET begins with a quote that has no end",
        ".env line 4 needs the form NAME=VALUE",
        ".env line 5 needs the form NAME=VALUE",
    ] {
        assert!(refused.contains(line), "{refused}");
    }
    assert!(!refused.contains("hunter2"), "{refused}");
    assert!(!folder.path().join("x.db").exists());

    let doctor = run_bookplate(folder.path(), &["doctor"], &[]).await;
    assert_eq!(doctor.exit_code(), Some(1));
    assert!(
        doctor.stdout.contains("wrong    .env line 3: BETTER_AUTH_SECRET"),
        "{}",
        doctor.stdout
    );
    assert!(doctor.stdout.contains("DATABASE_URL is sqlite x.db"), "{}", doctor.stdout);
    assert!(!doctor.stdout.contains("hunter2"), "{}", doctor.stdout);

    fs::remove_file(folder.path().join(".env")).unwrap();
    fs::create_dir(folder.path().join(".env")).unwrap();
    let refused = run_bookplate(folder.path(), &["migrate", "status"], &[]).await.expect_failure();
    assert!(refused.contains(".env cannot be read: "), "{refused}");
}

#[tokio::test]
async fn the_env_file_applies_to_every_command_without_showing_secrets() {
    let secret = "DATABASE_URL=sqlite://by-env.db\nREDIS_URL=redis://:hunter2@localhost\nSMTP_PASS=x\n\
                  IMPORT_FROM=sqlite://old-by-env.db\n";
    let folder = folder_with_env(secret);
    let help = run_bookplate(folder.path(), &["--help"], &[]).await.expect_success();
    assert!(!help.contains("hunter2"), "{help}");
    run_bookplate(folder.path(), &["migrate", "up", "--redis-url", ""], &[]).await.expect_success();

    let old = run_bookplate(folder.path(), &["import", "better-auth"], &[("REDIS_URL", "")])
        .await
        .expect_failure();
    assert!(old.contains("old-by-env.db"), "{old}");

    let doctor = run_bookplate(folder.path(), &["doctor"], &[("REDIS_URL", "")]).await.stdout;
    assert!(doctor.contains("warning  SMTP_PASS is no setting"), "{doctor}");
}
