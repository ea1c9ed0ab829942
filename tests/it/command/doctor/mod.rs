//! `doctor`: names what is wrong and the setting that mends it, and shows no secret.

mod exposure;
mod mail;

use serde_json::Value;

use crate::it::support::{Backend, ProcessOutput, SECRET, ServerProcess, TestDatabase};

const PRODUCTION: [(&str, &str); 3] = [
    ("APP_ENV", "production"),
    ("BETTER_AUTH_SECRET", SECRET),
    ("BETTER_AUTH_URL", "https://books.example.com"),
];

async fn migrated() -> TestDatabase {
    let database = TestDatabase::create().await;
    database.bookplate(&["migrate", "up"]).await.expect_success();
    database
}

/// What `doctor --json` answers under these settings, and the status it ends with.
async fn examined(database: &TestDatabase, settings: &[(&str, &str)]) -> (Value, Option<i32>) {
    let ended = database.bookplate_with(&["doctor", "--json"], settings).await;
    (serde_json::from_str(&ended.stdout).unwrap(), ended.exit_code())
}

/// `state: message; advice` of every finding about `setting`.
fn about(report: &Value, setting: &str) -> Vec<String> {
    let checks = report["checks"].as_array().unwrap().iter();
    let line = |check: &Value| {
        let [state, message, advice] =
            ["state", "message", "advice"].map(|key| check[key].as_str().unwrap_or("").to_owned());
        format!("{state}: {message}; {advice}")
    };
    checks.filter(|check| check["setting"] == setting).map(line).collect()
}

#[track_caller]
fn assert_found(report: &Value, setting: &str, state: &str, words: &str) {
    let found = about(report, setting);
    let fits = |line: &&String| line.starts_with(&format!("{state}: ")) && line.contains(words);
    assert!(found.iter().any(|line| fits(&line)), "{setting} {state} {words}: {report:#}");
}

#[tokio::test]
async fn a_well_run_service_has_nothing_wrong() {
    let database = migrated().await;
    let (report, status) = examined(&database, &PRODUCTION).await;

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
async fn it_says_the_same_to_people_beside_a_running_server() {
    let database = migrated().await;
    let server = ServerProcess::start(&database).await;

    let said = database.bookplate_with(&["doctor"], &PRODUCTION).await.expect_success();

    assert!(said.contains("ok       BETTER_AUTH_SECRET is strong\n"), "{said}");
    assert!(said.contains("0 wrong, 1 warning, "), "{said}");
    server.terminate().await;
}

#[tokio::test]
async fn a_large_write_ahead_log_is_told() {
    if Backend::current() == Backend::Postgres {
        return;
    }
    let database = migrated().await;
    // What stands in it stays, and nothing counts that comes behind.
    let log = database.folder().join("bookplate.db-wal");
    let log = std::fs::OpenOptions::new().create(true).append(true).open(log).unwrap();
    log.set_len(300 << 20).unwrap();

    let (report, status) = examined(&database, &PRODUCTION).await;

    assert_eq!(status, Some(0), "{report:#}");
    assert_found(&report, "DATABASE_URL", "warning", "write-ahead log of 300 MB");
    assert_found(&report, "DATABASE_URL", "ok", "takes reads and writes");
}

#[tokio::test]
async fn a_database_that_takes_no_writes_is_told_by_part() {
    let database = migrated().await;
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

    let (report, status) = examined(&database, &PRODUCTION).await;

    assert_eq!(status, Some(1), "{report:#}");
    assert_found(&report, "DATABASE_URL", "wrong", "fails (database.write): ");
    assert_found(&report, "DATABASE_URL", "wrong", "free space on the disk of the database");
}

#[tokio::test]
async fn cookies_that_browsers_refuse_are_found() {
    let database = migrated().await;
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
            "nobody stays signed in",
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
        let (report, status) = examined(&database, &[&PRODUCTION, settings].concat()).await;
        assert_found(&report, setting, state, words);
        assert_eq!(status, Some(i32::from(state == "wrong")), "{settings:?}");
    }
}

#[tokio::test]
async fn secrets_are_judged_and_never_shown() {
    let database = migrated().await;
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
        assert!(!database.folder().join("data").exists(), "it made a secret");
    }
}

#[tokio::test]
async fn wrong_settings_are_findings_too() {
    let database = TestDatabase::create().await;
    let (report, status) = examined(&database, &[("PORT", "70000"), ("LOG_FORMAT", "xml")]).await;

    assert_eq!((report["wrong"].as_u64(), status), (Some(2), Some(1)));
    assert_found(&report, "PORT", "wrong", "PORT=3000");
    assert_found(&report, "LOG_FORMAT", "wrong", "xml");
}

/// The rest is looked at all the same, but for what a wrong setting is about: nothing is
/// said of the default that stands in its place.
#[tokio::test]
async fn wrong_settings_do_not_keep_it_from_the_rest() {
    let database = migrated().await;
    let wrong = [
        ("APP_ENV", "production"),
        ("AUTH_MAX_SESSIONS", "0"),
        ("BETTER_AUTH_SECRET", "short"),
        ("SMTP_HOST", "127.0.0.1"),
        ("SMTP_FROM", "books@books.org"),
        ("SMTP_PORT", "mail"),
    ];
    let (report, status) = examined(&database, &wrong).await;
    for (setting, words) in [
        ("AUTH_MAX_SESSIONS", "between 1"),
        ("BETTER_AUTH_SECRET", "fewer than 32"),
        ("SMTP_PORT", "587"),
    ] {
        assert_eq!(about(&report, setting).len(), 1, "{report:#}");
        assert_found(&report, setting, "wrong", words);
    }
    assert_found(&report, "DATABASE_URL", "ok", "answers");
    assert_found(&report, "schema", "ok", "is complete");
    assert_found(&report, "BETTER_AUTH_URL", "wrong", "is not set");
    assert_eq!(about(&report, "SMTP_HOST"), [""; 0]);
    assert_eq!(status, Some(1));

    let (report, _) = examined(&database, &[("DATABASE_URL", "mysql://ann:hunter2@db")]).await;
    assert_eq!(about(&report, "DATABASE_URL").len(), 1, "{report:#}");
    assert_found(&report, "clock", "ok", "");
    assert_eq!(about(&report, "schema"), [""; 0]);
    assert!(!report.to_string().contains("hunter2"));
}

#[tokio::test]
async fn a_database_that_is_not_there_is_no_more_there_afterwards() {
    let database = TestDatabase::create().await;
    let (report, status) = examined(&database, &[]).await;
    match Backend::current() {
        Backend::Sqlite => assert_found(&report, "DATABASE_URL", "warning", "not there yet"),
        Backend::Postgres => assert_found(&report, "schema", "warning", "migrations"),
    }
    assert_eq!(status, Some(0));
    assert!(!database.folder().join("bookplate.db").exists());

    let gone = [("DATABASE_URL", "postgres://ann:hunter2@127.0.0.1:1/books")];
    let ended = database.bookplate_with(&["doctor"], &gone).await;
    assert_eq!(ended.exit_code(), Some(1));
    let cause = "wrong    DATABASE_URL does not answer: nothing listens there: ";
    assert!(ended.stdout.contains(cause), "{}", ended.stdout);
    assert!(!(ended.stdout + &ended.stderr).contains("hunter2"));
}

#[tokio::test]
async fn what_the_database_lacks_and_what_piles_up_is_found() {
    let database = migrated().await;
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

    let (report, status) = examined(&database, &PRODUCTION).await;

    assert_found(&report, "table verification", "warning", "10001 expired rows");
    assert_found(&report, "outbox", "warning", "1 mails that failed");
    assert_found(&report, "AUTH_TRUSTED_PROXIES", "warning", "10.1.2.3");
    assert!(!report.to_string().contains("secret@example.com"));
    assert_eq!(status, Some(0));

    database.execute(r#"alter table "user" drop column "image""#).await;
    let (report, status) = examined(&database, &PRODUCTION).await;
    assert_found(&report, "schema", "wrong", "column user.image is missing");
    assert_eq!(status, Some(1));
}

#[tokio::test]
async fn a_clock_that_was_turned_back_is_found() {
    if Backend::current() == Backend::Postgres {
        return; // Its file is another machine's.
    }
    let database = migrated().await;
    let path = database.folder().join("bookplate.db");
    let file = std::fs::File::options().write(true).open(path).unwrap();
    #[expect(clippy::disallowed_methods, reason = "a file's time is the machine's")]
    let tomorrow = std::time::SystemTime::now() + std::time::Duration::from_hours(24);
    file.set_modified(tomorrow).unwrap();

    let (report, status) = examined(&database, &PRODUCTION).await;

    assert_found(&report, "clock", "wrong", "the database was written at");
    assert_eq!(status, Some(1));
}
