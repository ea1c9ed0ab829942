//! The command `doctor`: it names problems and the settings that solve them, and shows no secret.

mod exposure;
mod mail;
mod providers;

use serde_json::Value;

use crate::it::support::{Backend, ProcessOutput, SECRET, ServerProcess, TestDatabase};

const PRODUCTION: [(&str, &str); 3] = [
    ("APP_ENV", "production"),
    ("BETTER_AUTH_SECRET", SECRET),
    ("BETTER_AUTH_URL", "https://books.example.com"),
];

/// Returns the JSON report of `doctor` with these settings, and the exit code.
async fn run_doctor(database: &TestDatabase, settings: &[(&str, &str)]) -> (Value, Option<i32>) {
    let ended = database.bookplate_with(&["doctor", "--json"], settings).await;
    (serde_json::from_str(&ended.stdout).unwrap(), ended.exit_code())
}

/// Returns `state: message; advice` of every finding about `setting`.
fn findings_about(report: &Value, setting: &str) -> Vec<String> {
    let checks = report["checks"].as_array().unwrap().iter();
    let line = |check: &Value| {
        let [state, message, advice] =
            ["state", "message", "advice"].map(|key| check[key].as_str().unwrap_or("").to_owned());
        format!("{state}: {message}; {advice}")
    };
    checks.filter(|check| check["setting"] == setting).map(line).collect()
}

/// Asserts a finding about `setting` with this state and text.
#[track_caller]
fn assert_found(report: &Value, setting: &str, state: &str, words: &str) {
    let found = findings_about(report, setting);
    let fits = |line: &&String| line.starts_with(&format!("{state}: ")) && line.contains(words);
    assert!(found.iter().any(|line| fits(&line)), "{setting} {state} {words}: {report:#}");
}

#[tokio::test]
async fn a_valid_configuration_has_no_problems() {
    let database = TestDatabase::migrated().await;
    let (report, status) = run_doctor(&database, &PRODUCTION).await;

    assert_eq!((report["ok"].as_bool(), status), (Some(true), Some(0)), "{report:#}");
    for (setting, words) in [
        ("BETTER_AUTH_SECRET", "strong"),
        ("BETTER_AUTH_URL", "https://books.example.com"),
        ("AUTH_SECURE_COOKIES", "is true"),
        ("AUTH_COOKIE_DOMAIN", "is not set"),
        ("BETTER_AUTH_TRUSTED_ORIGINS", "no further origin"),
        ("DATABASE_URL", "answers"),
        ("schema", "is complete"),
        ("outbox", "no mail that failed"),
        ("table session", "0 expired"),
        ("clock", ""),
    ] {
        assert_found(&report, setting, "ok", words);
    }
    assert_found(&report, "SMTP_HOST", "warning", "password");
}

#[tokio::test]
async fn doctor_prints_the_findings_beside_a_running_server() {
    let database = TestDatabase::migrated().await;
    let server = ServerProcess::start(&database).await;

    let text = database.bookplate_with(&["doctor"], &PRODUCTION).await.expect_success();

    assert!(text.contains("ok       BETTER_AUTH_SECRET is strong\n"), "{text}");
    assert!(text.contains("0 wrong, 1 warning, "), "{text}");
    server.terminate().await;
}

#[tokio::test]
async fn a_large_write_ahead_log_is_found() {
    if Backend::current() == Backend::Postgres {
        return;
    }
    let database = TestDatabase::migrated().await;
    // Existing pages of the log stay, and those appended are ignored.
    let log = database.folder().join("bookplate.db-wal");
    let log = std::fs::OpenOptions::new().create(true).append(true).open(log).unwrap();
    log.set_len(300 << 20).unwrap();

    let (report, status) = run_doctor(&database, &PRODUCTION).await;

    assert_eq!(status, Some(0), "{report:#}");
    assert_found(&report, "DATABASE_URL", "warning", "write-ahead log of 300 MB");
    assert_found(&report, "DATABASE_URL", "ok", "accepts reads and writes");
}

#[tokio::test]
async fn a_database_that_refuses_writes_is_found() {
    let database = TestDatabase::migrated().await;
    let refusal = match Backend::current() {
        Backend::Sqlite => {
            r#"create trigger "full" before insert on "healthProbe"
                begin select raise(abort, 'database or disk is full'); end"#
        }
        Backend::Postgres => {
            r#"create function refuse() returns trigger language plpgsql as
                $$ begin raise 'could not extend file: no space left on device'; end $$;
                create trigger "full" before insert on "healthProbe" execute function refuse()"#
        }
    };
    database.execute(refusal).await;

    let (report, status) = run_doctor(&database, &PRODUCTION).await;

    assert_eq!(status, Some(1), "{report:#}");
    assert_found(&report, "DATABASE_URL", "wrong", "fails (database.write): ");
    assert_found(&report, "DATABASE_URL", "wrong", "free space on the disk of the database");
}

#[tokio::test]
async fn cookies_that_browsers_refuse_are_found() {
    let database = TestDatabase::migrated().await;
    for (settings, setting, state, words) in [
        (
            &[("AUTH_COOKIE_DOMAIN", "example.org")][..],
            "AUTH_COOKIE_DOMAIN",
            "wrong",
            "does not contain the base URL's host books.example.com",
        ),
        (
            &[("AUTH_COOKIE_DOMAIN", "ooks.example.com")],
            "AUTH_COOKIE_DOMAIN",
            "wrong",
            "does not contain",
        ),
        (&[("AUTH_COOKIE_DOMAIN", "com")], "AUTH_COOKIE_DOMAIN", "wrong", "which browsers refuse"),
        (&[("AUTH_COOKIE_DOMAIN", "example.com")], "AUTH_COOKIE_DOMAIN", "ok", "every site"),
        (&[("AUTH_SECURE_COOKIES", "false")], "AUTH_SECURE_COOKIES", "wrong", "https"),
        (&[("AUTH_COOKIE_SAME_SITE", "none")], "AUTH_COOKIE_SAME_SITE", "warning", "every other"),
        (
            &[("BETTER_AUTH_URL", "http://books.example.com"), ("AUTH_SECURE_COOKIES", "true")],
            "AUTH_SECURE_COOKIES",
            "wrong",
            "users do not stay signed in",
        ),
        (&[("BETTER_AUTH_URL", "http://books.example.com")], "BETTER_AUTH_URL", "warning", "https"),
        (&[("BETTER_AUTH_URL", "")], "BETTER_AUTH_URL", "wrong", "is not set"),
        (
            &[("BETTER_AUTH_TRUSTED_ORIGINS", "http://app.example.com")],
            "BETTER_AUTH_TRUSTED_ORIGINS",
            "warning",
            "http://app.example.com",
        ),
        (
            &[("BETTER_AUTH_TRUSTED_ORIGINS", "https://*.com")],
            "BETTER_AUTH_TRUSTED_ORIGINS",
            "wrong",
            "all sites of a public suffix",
        ),
    ] {
        let (report, status) = run_doctor(&database, &[&PRODUCTION, settings].concat()).await;
        assert_found(&report, setting, state, words);
        assert_eq!(status, Some(i32::from(state == "wrong")), "{settings:?}");
    }
}

#[tokio::test]
async fn secrets_are_checked_and_not_shown() {
    let database = TestDatabase::migrated().await;
    let secret = "hunter2hunter2";
    for (settings, setting, state, words) in [
        (&[("BETTER_AUTH_SECRET", secret)][..], "BETTER_AUTH_SECRET", "warning", "fewer than 32"),
        (
            &[("BETTER_AUTH_SECRET", secret), ("APP_ENV", "production")],
            "BETTER_AUTH_SECRET",
            "wrong",
            "fewer than 32",
        ),
        (&[], "BETTER_AUTH_SECRET", "warning", "will be made"),
        (
            &[("BETTER_AUTH_SECRETS", "1:hunter2hunter2abcdefghijklmnopqrst,2:hunter2")],
            "BETTER_AUTH_SECRETS",
            "warning",
            "begins with version 1",
        ),
        (
            &[("BETTER_AUTH_SECRETS", "2:hunter2hunter2abcdefghijklmnopqrst,1:hunter2")],
            "BETTER_AUTH_SECRETS",
            "ok",
            "of which 2 is current",
        ),
    ] {
        let ended = database.bookplate_with(&["doctor", "--json"], settings).await;
        let ProcessOutput { stdout, stderr, .. } = &ended;
        assert!(!stdout.contains("hunter2") && !stderr.contains("hunter2"), "{stdout}{stderr}");
        assert_found(&serde_json::from_str(stdout).unwrap(), setting, state, words);
        assert!(!database.folder().join("data").exists(), "doctor created a secret");
    }
}

#[tokio::test]
async fn invalid_settings_are_findings() {
    let database = TestDatabase::create().await;
    let (report, status) = run_doctor(&database, &[("PORT", "70000"), ("LOG_FORMAT", "xml")]).await;

    assert_eq!((report["wrong"].as_u64(), status), (Some(2), Some(1)));
    assert_found(&report, "PORT", "wrong", "PORT=3000");
    assert_found(&report, "LOG_FORMAT", "wrong", "xml");
}

/// Other checks still run, except those of a setting with an error: its default is not judged.
#[tokio::test]
async fn invalid_settings_do_not_prevent_other_checks() {
    let database = TestDatabase::migrated().await;
    let wrong = [
        ("APP_ENV", "production"),
        ("AUTH_MAX_SESSIONS", "0"),
        ("BETTER_AUTH_SECRET", "short"),
        ("SMTP_HOST", "127.0.0.1"),
        ("SMTP_FROM", "books@books.org"),
        ("SMTP_PORT", "mail"),
    ];
    let (report, status) = run_doctor(&database, &wrong).await;
    for (setting, words) in [
        ("AUTH_MAX_SESSIONS", "between 1"),
        ("BETTER_AUTH_SECRET", "fewer than 32"),
        ("SMTP_PORT", "587"),
    ] {
        assert_eq!(findings_about(&report, setting).len(), 1, "{report:#}");
        assert_found(&report, setting, "wrong", words);
    }
    assert_found(&report, "DATABASE_URL", "ok", "answers");
    assert_found(&report, "schema", "ok", "is complete");
    assert_found(&report, "BETTER_AUTH_URL", "wrong", "is not set");
    assert_eq!(findings_about(&report, "SMTP_HOST"), [""; 0]);
    assert_eq!(status, Some(1));

    let (report, _) = run_doctor(&database, &[("DATABASE_URL", "mysql://ann:hunter2@db")]).await;
    assert_eq!(findings_about(&report, "DATABASE_URL").len(), 1, "{report:#}");
    assert_found(&report, "clock", "ok", "");
    assert_eq!(findings_about(&report, "schema"), [""; 0]);
    assert!(!report.to_string().contains("hunter2"));
}

#[tokio::test]
async fn a_missing_database_is_not_created() {
    let database = TestDatabase::create().await;
    let (report, status) = run_doctor(&database, &[]).await;
    match Backend::current() {
        Backend::Sqlite => assert_found(&report, "DATABASE_URL", "warning", "not there yet"),
        Backend::Postgres => assert_found(&report, "schema", "warning", "migrations"),
    }
    assert_eq!(status, Some(0));
    assert!(!database.folder().join("bookplate.db").exists());

    let settings = [("DATABASE_URL", "postgres://ann:hunter2@127.0.0.1:1/books")];
    let ended = database.bookplate_with(&["doctor"], &settings).await;
    assert_eq!(ended.exit_code(), Some(1));
    let cause = "wrong    DATABASE_URL does not answer: nothing listens there: ";
    assert!(ended.stdout.contains(cause), "{}", ended.stdout);
    assert!(!(ended.stdout + &ended.stderr).contains("hunter2"));
}

#[tokio::test]
async fn missing_columns_and_accumulated_rows_are_found() {
    let database = TestDatabase::migrated().await;
    let date = match Backend::current() {
        Backend::Sqlite => "'2026-01-01T00:00:00.000Z'",
        Backend::Postgres => "'2026-01-01T00:00:00.000Z'::timestamptz",
    };
    let numbers = "with recursive n(i) as (select 1 union all select i + 1 from n where i < 10001)";
    database
        .execute(&format!(
            r#"insert into "verification" ("id", "identifier", "value", "expiresAt", "createdAt", "updatedAt")
            {numbers} select cast(i as text), 'x', 'y', {date}, {date}, {date} from n;
            insert into "mail" ("id", "recipient", "kind", "state", "attempts", "createdAt", "nextAttemptAt")
            values ('m', 'secret@example.com', 'reset', 'failed', 9, {date}, {date});
            insert into "auditEvent" ("id", "at", "actor", "action", "ip", "userAgent", "requestId", "outcome")
            values ('e', {}, 'nobody', 'untrusted-proxy', '10.1.2.3', '', '', 'done')"#,
            match Backend::current() {
                Backend::Sqlite => "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')",
                Backend::Postgres => "now()",
            }
        ))
        .await;

    let (report, status) = run_doctor(&database, &PRODUCTION).await;

    assert_found(&report, "table verification", "warning", "10001 expired rows");
    assert_found(&report, "outbox", "warning", "1 mails that failed");
    assert_found(&report, "AUTH_TRUSTED_PROXIES", "warning", "10.1.2.3");
    assert!(!report.to_string().contains("secret@example.com"));
    assert_eq!(status, Some(0));

    database.execute(r#"alter table "user" drop column "image""#).await;
    let (report, status) = run_doctor(&database, &PRODUCTION).await;
    assert_found(&report, "schema", "wrong", "column user.image is missing");
    assert_eq!(status, Some(1));
}

#[tokio::test]
async fn a_clock_set_back_is_found() {
    if Backend::current() == Backend::Postgres {
        return; // Its file is another machine's.
    }
    let database = TestDatabase::migrated().await;
    let path = database.folder().join("bookplate.db");
    let file = std::fs::File::options().write(true).open(path).unwrap();
    #[expect(clippy::disallowed_methods, reason = "a file's time is the machine's")]
    let tomorrow = std::time::SystemTime::now() + std::time::Duration::from_hours(24);
    file.set_modified(tomorrow).unwrap();

    let (report, status) = run_doctor(&database, &PRODUCTION).await;

    assert_found(&report, "clock", "wrong", "the database was written at");
    assert_eq!(status, Some(1));
}
