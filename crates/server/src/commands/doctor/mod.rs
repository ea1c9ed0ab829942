//! `bookplate doctor`: looks for what is wrong, and says which setting mends it.
//!
//! Works beside a running server or without one, writes nothing but a row and a key of its
//! own, sends nothing and shows no secret. Each check stands in the file of what it looks at.

mod clock;
mod cookie;
mod database;
mod environment;
mod files;
mod mail;
mod origin;
mod redis;
mod report;
mod secret;

use self::report::{Finding, Report};
use super::Failure;
use crate::{
    cli::Settings,
    config::{Config, Problems},
    output, telemetry,
};

pub(super) async fn run(settings: Settings, json: bool) -> Result<(), Failure> {
    let report = match Config::new(settings) {
        Ok(config) => {
            telemetry::start(&config);
            examine(&config).await
        }
        Err(problems) => Report(complaints(&problems)),
    };
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

async fn examine(config: &Config) -> Report {
    let mut findings = vec![environment::check(config)];
    findings.extend(secret::check(config));
    findings.extend(cookie::check(config));
    findings.extend(origin::check(config));
    findings.extend(mail::check(config).await);
    findings.extend(clock::check(config));
    // Before the database is opened, which makes files.
    findings.extend(files::check(config));
    findings.extend(database::check(config).await);
    findings.extend(redis::check(config).await);
    Report(findings)
}

/// Settings that stop every command. The other checks need right ones.
fn complaints(problems: &Problems) -> Vec<Finding> {
    let complaint = |line: &String| {
        let (setting, what) = line.split_once(' ').unwrap_or((line, ""));
        let (what, example) = what.rsplit_once(", e.g. ").unwrap_or((what, ""));
        Finding::wrong(setting, what, format!("e.g. {example}"))
    };
    problems.lines().iter().map(complaint).collect()
}
