//! `bookplate doctor`: checks the settings and everything they name, with advice.
//!
//! Works beside a running server or without one. Writes one row and one key of its own, sends no
//! mail, and shows no secret. Each check is in the file of its subject.

mod clock;
mod cookie;
mod database;
mod environment;
mod files;
mod mail;
mod origin;
mod providers;
mod redis;
mod report;
mod secret;

use self::report::{Finding, Report};
use crate::{
    config::{Config, Problems, Settings, env_file},
    failure::Failure,
    output, telemetry,
};

pub(super) async fn run(settings: Settings, json: bool) -> Result<(), Failure> {
    let (config, problems) = Config::checked(settings);
    telemetry::start(&config);
    let mut findings = complaints(&problems);
    let wrong: Vec<_> = findings.iter().map(|finding| finding.setting.clone()).collect();
    findings.extend(unknown(&config));
    findings.extend(
        config
            .env_file
            .cut_values()
            .map(|what| Finding::warning(env_file::NAME, what, env_file::QUOTE_ADVICE)),
    );
    findings.extend(examine(&config, &wrong).await);
    let report = Report(findings);
    if json {
        output::print(format_args!("{}\n", report.json()))?;
    } else {
        output::print(&report)?;
    }
    match report.wrong() {
        0 => Ok(()),
        1 => Err(Failure("1 check found something wrong".to_owned())),
        wrong => Err(Failure(format!("{wrong} checks found something wrong"))),
    }
}

/// Runs every check that needs none of the `wrong` settings, instead of which the configuration
/// has defaults.
async fn examine(config: &Config, wrong: &[String]) -> Vec<Finding> {
    let right = |settings: &[&str]| {
        !wrong.iter().any(|wrong| settings.iter().any(|start| wrong.starts_with(start)))
    };
    let mut findings = Vec::new();
    if right(&["APP_ENV", "HOST", "BETTER_AUTH_URL"]) {
        findings.push(environment::check(config));
    }
    if right(&["AUTH_SECRET", "BETTER_AUTH_SECRET"]) {
        findings.extend(secret::check(config));
    }
    if right(&["APP_ENV", "AUTH_COOKIE", "AUTH_SECURE_COOKIES", "BETTER_AUTH_URL"]) {
        findings.extend(cookie::check(config));
    }
    if right(&["APP_ENV", "BETTER_AUTH_TRUSTED_ORIGINS", "BETTER_AUTH_URL"]) {
        findings.extend(origin::check(config));
    }
    if right(&["APP_ENV", "SMTP_", "BETTER_AUTH_URL"]) {
        findings.extend(mail::check(config).await);
    }
    if right(&["APP_ENV", "HOST", "BETTER_AUTH_URL", "AUTH_BASE_PATH"]) {
        findings.extend(providers::check(config, wrong).await);
    }
    findings.extend(clock::check(config));
    // Before the database is opened, which creates files.
    findings.extend(files::check(config));
    if right(&["DATABASE_URL"]) {
        findings.extend(database::check(config).await);
    }
    if right(&["REDIS_"]) {
        findings.extend(redis::check(config).await);
    }
    findings
}

/// Variables that look like settings, but are none.
fn unknown(config: &Config) -> impl Iterator<Item = Finding> + use<'_> {
    config
        .unknown
        .iter()
        .map(|it| Finding::warning(&it.name, it.message(), "rename it, or remove it"))
}

/// Wrong settings, which stop every other command.
fn complaints(problems: &Problems) -> Vec<Finding> {
    let complaint = |line: &String| {
        let (setting, what) = line.split_once(' ').unwrap_or((line, ""));
        match what.rsplit_once(", e.g. ") {
            Some((what, example)) => Finding::wrong(setting, what, format!("e.g. {example}")),
            None => Finding { advice: None, ..Finding::wrong(setting, what, "") },
        }
    };
    problems.lines().iter().map(complaint).collect()
}
