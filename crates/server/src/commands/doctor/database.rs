//! Checks the database: connection, schema, reads and writes, and rows that accumulate.

use auth::Plugins;
use chrono::{DateTime, TimeDelta, Utc};
use database::{
    Database, internal,
    requirement::{self, UnmetRequirement},
};
use domain::{AuditAction, Result};
use mailer::Outbox;
use sea_orm::{ConnectionTrait, DbBackend, Statement};

use super::{clock::compare, report::Finding};
use crate::{
    commands::clock::clock,
    config::Config,
    database_setup::{is_missing, setting},
    failure::Failure,
    health::{Failed, LARGE_LOG, failed_parts},
    isbn_check, plugin_check,
    row_check::{self, Broken},
    schema_check::{ADVICE, SchemaCheck},
};

const URL: &str = "DATABASE_URL";
const SCHEMA: &str = "schema";
const ROWS: &str = "rows";
/// The number of expired rows from which on they are reported.
const MANY_EXPIRED: i64 = 10_000;
/// The age of audit events that are reported.
const RECENT: TimeDelta = TimeDelta::days(7);

pub(super) async fn check(config: &Config) -> Vec<Finding> {
    if is_missing(config) {
        let message = format!("is {}, a file that is not there yet", config.database_url);
        let advice = "`bookplate serve` or `bookplate migrate up` creates it";
        return vec![Finding::warning(URL, message, advice)];
    }
    let pooler = config.database_pooler_url.as_ref();
    let unmet = requirement::unmet(&config.database_url, pooler).await;
    if !unmet.is_empty() {
        let wrong = |UnmetRequirement { target, what, advice }| {
            Finding::wrong(setting(target), what, advice)
        };
        return unmet.into_iter().map(wrong).collect();
    }
    let db = match Database::connect(&config.database_url).await {
        Ok(db) => db,
        Err(error) => {
            let Failure(reason) = error.into();
            let advice = advice(&reason).unwrap_or(
                "start the database, and compare DATABASE_URL with its address and login",
            );
            return vec![Finding::wrong(URL, format!("does not answer: {reason}"), advice)];
        }
    };
    let mut findings = vec![Finding::ok(URL, format!("is {}, which answers", config.database_url))];
    match examine(&db, &config.plugins).await {
        Ok(found) => findings.extend(found),
        Err(Failure(reason)) => {
            let advice = advice(&reason).unwrap_or("see the log");
            findings.push(Finding::wrong(URL, format!("fails to answer: {reason}"), advice));
        }
    }
    findings
}

async fn examine(db: &Database, plugins: &Plugins) -> std::result::Result<Vec<Finding>, Failure> {
    let SchemaCheck { pending, drift } = SchemaCheck::of(db).await?;
    let mut findings = Vec::new();
    for drift in &drift {
        let find = if drift.is_missing() { Finding::wrong } else { Finding::warning };
        findings.push(find(SCHEMA, format!("differs: {drift}"), ADVICE.to_owned()));
    }
    if pending > 0 {
        let message = format!("lacks {pending} migrations");
        findings.push(Finding::warning(SCHEMA, message, "run `bookplate migrate up`"));
    }
    findings.extend(now(db).await?.map(compare));
    if findings.iter().any(|finding| finding.setting == SCHEMA) {
        // The following checks need the tables.
        return Ok(findings);
    }
    findings.push(Finding::ok(SCHEMA, "is complete"));
    // Before the first write, which may shrink the log.
    findings.extend(log(db));
    findings.extend(parts(db).await);
    findings.extend(rows(db).await?);
    findings.extend(second_factors(db, plugins).await?);
    findings.extend(shared_isbns(db).await?);
    findings.push(failed_mails(db).await?);
    for table in ["session", "verification"] {
        findings.push(expired(db, table).await?);
    }
    findings.push(proxies(db).await?);
    Ok(findings)
}

/// Checks reads and writes.
async fn parts(db: &Database) -> Vec<Finding> {
    let failed = failed_parts(db).await;
    if failed.is_empty() {
        return vec![Finding::ok(URL, "accepts reads and writes")];
    }
    let wrong = |Failed { part, cause }| {
        let advice = advice(&cause).unwrap_or("see the log");
        Finding::wrong(URL, format!("fails ({part}): {cause}"), advice)
    };
    failed.into_iter().map(wrong).collect()
}

/// Advice for a failure, by the database's message.
fn advice(cause: &str) -> Option<&'static str> {
    let cause = cause.to_ascii_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| cause.contains(word));
    if has(&["is full", "no space", "disk full", "could not extend"]) {
        Some("free space on the disk of the database")
    } else if has(&["readonly", "read-only", "read only"]) {
        Some(
            "it can only be read: for SQLite, let this user write to the file and its folder; for \
             PostgreSQL, name the primary, and check default_transaction_read_only",
        )
    } else if has(&["disk i/o error", "not a database", "malformed", "truncated", "overwritten"]) {
        Some("stop the server, check the disk, and restore the database from a backup")
    } else if has(&["at its path"]) {
        Some("put the file back, and restart the server: what it writes now is lost")
    } else if has(&["locked", "no answer in time"]) {
        Some("find the program that writes to the database or holds its locks")
    } else {
        None
    }
}

/// Checks the size of SQLite's write-ahead log.
fn log(db: &Database) -> Option<Finding> {
    let bytes = db.wal_bytes();
    (bytes > LARGE_LOG).then(|| {
        let message = format!("has a write-ahead log of {} MB", bytes >> 20);
        let advice = "end what reads the database for long, as a backup or a shell: a running \
                      server empties the log then";
        Finding::warning(URL, message, advice)
    })
}

/// Checks rows that another server wrote.
async fn rows(db: &Database) -> Result<Vec<Finding>> {
    let broken = row_check::broken(db).await?;
    if broken.is_empty() {
        return Ok(vec![Finding::ok(ROWS, "are as they should be")]);
    }
    let warnings = broken.into_iter().map(|Broken { what, advice }| {
        Finding::warning(ROWS, format!("of another server: {what}"), advice)
    });
    Ok(warnings.collect())
}

/// Checks for second factors that are not asked for.
async fn second_factors(db: &Database, plugins: &Plugins) -> Result<Option<Finding>> {
    let unasked = plugin_check::unasked_second_factors(db, plugins).await?;
    Ok(unasked.map(|missing| {
        let what = missing.warning();
        Finding::warning(plugin_check::SETTING, what, plugin_check::advice(plugins, &[missing]))
    }))
}

/// Checks for books that share an ISBN.
async fn shared_isbns(db: &Database) -> Result<Option<Finding>> {
    let shared = isbn_check::shared(db).await?;
    Ok(shared.map(|what| Finding::warning(ROWS, what, isbn_check::ADVICE)))
}

/// The clock of a database on another machine.
async fn now(db: &Database) -> Result<Option<DateTime<Utc>>> {
    if db.reader().get_database_backend() != DbBackend::Postgres {
        return Ok(None);
    }
    let select = Statement::from_string(DbBackend::Postgres, "select clock_timestamp() as now");
    let row = db.reader().query_one_raw(select).await.map_err(internal)?;
    row.map(|row| row.try_get("", "now")).transpose().map_err(internal)
}

async fn failed_mails(db: &Database) -> Result<Finding> {
    let failed = Outbox::new(db.clone(), clock()).stats().await?.failed;
    Ok(if failed == 0 {
        Finding::ok("outbox", "has no mail that failed")
    } else {
        let message = format!("has {failed} mails that failed");
        let advice = "`bookplate mail list --failed` shows why, `bookplate mail retry --all` sends \
                      them again";
        Finding::warning("outbox", message, advice)
    })
}

async fn expired(db: &Database, table: &str) -> Result<Finding> {
    let backend = db.reader().get_database_backend();
    let sql = format!(r#"select count(*) as "count" from "{table}" where "expiresAt" < $1"#);
    let select = Statement::from_sql_and_values(backend, sql, [clock().now().into()]);
    let row = db.reader().query_one_raw(select).await.map_err(internal)?;
    let count: Option<i64> =
        row.map(|row| row.try_get("", "count")).transpose().map_err(internal)?;
    let count = count.unwrap_or_default();
    let place = format!("table {table}");
    let message = format!("has {count} expired rows");
    Ok(if count > MANY_EXPIRED {
        let advice = format!(r#"delete from "{table}" those whose "expiresAt" has passed"#);
        Finding::warning(&place, message, advice)
    } else {
        Finding::ok(&place, message)
    })
}

/// Checks for a proxy that forwards requests without being trusted: its clients share one rate
/// limit.
async fn proxies(db: &Database) -> Result<Finding> {
    let latest = db.audit().list(Some(AuditAction::UntrustedProxy), 1).await?;
    let since = clock().now() - RECENT;
    Ok(match latest.into_iter().find(|event| event.at >= since) {
        Some(event) => Finding::warning(
            "AUTH_TRUSTED_PROXIES",
            format!("does not name {}, which sent forwarded headers at {}", event.ip, event.at),
            "name it, if it is your proxy: until then its clients share one address",
        ),
        None => Finding::ok("proxies", "sent no headers lately that were not trusted"),
    })
}
