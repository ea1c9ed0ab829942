//! Checks the secrets. Weak ones in production are among the wrong settings.

use std::path::Path;

use super::report::Finding;
use crate::config::{Config, KEPT_SECRET, SECRET_ADVICE};

const SINGLE: &str = "BETTER_AUTH_SECRET";
const VERSIONED: &str = "BETTER_AUTH_SECRETS";

pub(super) fn check(config: &Config) -> Vec<Finding> {
    let Some(secrets) = &config.deployment.secrets else {
        let kept = if Path::new(KEPT_SECRET).exists() { "is kept" } else { "will be made" };
        return vec![Finding::warning(
            SINGLE,
            format!("is not set: one {kept} in {KEPT_SECRET}, for development alone"),
            format!("for production {SECRET_ADVICE}"),
        )];
    };
    let versions: Vec<u32> = secrets.versions().collect();
    let setting = if versions.is_empty() { SINGLE } else { VERSIONED };
    let weak = config.deployment.weak_secrets.iter().map(|weak| {
        Finding::warning(
            weak.variable,
            format!("{weak}: production will not start with it"),
            match weak.version {
                Some(version) => {
                    format!("remove version {version}: it is valid as long as it is listed")
                }
                None => SECRET_ADVICE.to_owned(),
            },
        )
    });
    let mut findings: Vec<_> = weak.collect();
    if findings.is_empty() {
        findings.push(Finding::ok(setting, "is strong"));
    }
    findings.extend(order(&versions));
    findings
}

/// Checks that the first version, which is the current one, is the newest.
fn order(versions: &[u32]) -> Option<Finding> {
    let (first, newest) = (versions.first()?, versions.iter().max()?);
    if first == newest {
        let message = format!("has {} versions, of which {first} is current", versions.len());
        return Some(Finding::ok(VERSIONED, message));
    }
    Some(Finding::warning(
        VERSIONED,
        format!(
            "begins with version {first}, which is therefore current, though {newest} is newer"
        ),
        format!("put {newest}:… first, and keep old versions until their sessions have ended"),
    ))
}
