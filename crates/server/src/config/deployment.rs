//! Where the service is, whom it trusts, and its secrets.

use std::{collections::HashSet, fmt};

use auth::{TrustedOrigin, TrustedProxy};
use clap::Args;
use crypto::Secrets;
use secrecy::SecretString;
use url::Url;

use super::{
    check::{Check, present, shown},
    secret::{SECRET_ADVICE, WeakSecret},
};
use crate::paths::PROTECTED;

/// Settings as given; an empty value counts as absent.
#[derive(Args, Clone, Default)]
#[command(next_help_heading = "Place and trust")]
pub struct PlaceSettings {
    /// Where browsers find the server, which may differ from where it listens
    /// [default: http://localhost:PORT]
    #[arg(long, env = "BETTER_AUTH_URL", global = true)]
    pub better_auth_url: Option<String>,
    /// Path under which the authentication's routes stand [default: /api/auth]
    #[arg(long, env = "AUTH_BASE_PATH", global = true)]
    pub auth_base_path: Option<String>,
    /// Routes that answer 404, e.g. /sign-up/email,/delete-user [default: none]
    #[arg(long, env = "AUTH_DISABLED_PATHS", global = true)]
    pub auth_disabled_paths: Option<String>,
    /// Whether a slash at the end of such a route's path is overlooked instead of answered
    /// with 404 [default: false]
    #[arg(long, env = "AUTH_SKIP_TRAILING_SLASHES", global = true)]
    pub auth_skip_trailing_slashes: Option<String>,
    /// Key that signs session cookies, 32 characters or more; `bookplate secret`
    /// prints one [default: in development one is kept in data/secret]
    #[arg(long, env = "BETTER_AUTH_SECRET", global = true, hide_env_values = true)]
    pub better_auth_secret: Option<String>,
    /// Keys with versions, the current one first: 2:NEW,1:OLD; old ones count until
    /// they are removed [default: none]
    #[arg(long, env = "BETTER_AUTH_SECRETS", global = true, hide_env_values = true)]
    pub better_auth_secrets: Option<String>,
    /// Read when `BETTER_AUTH_SECRET` is not set [default: none]
    #[arg(long, env = "AUTH_SECRET", global = true, hide_env_values = true)]
    pub auth_secret: Option<String>,
    /// Further origins whose pages may sign in, separated by commas; * is a
    /// wildcard for subdomains, myapp:// a native app's scheme [default: none]
    #[arg(long, env = "BETTER_AUTH_TRUSTED_ORIGINS", global = true)]
    pub better_auth_trusted_origins: Option<String>,
    /// Proxies that say for whom they ask, by X-Forwarded-For: addresses or networks
    /// such as 10.0.0.0/8, separated by commas [default: none]
    #[arg(long, env = "AUTH_TRUSTED_PROXIES", global = true)]
    pub auth_trusted_proxies: Option<String>,
}

/// Without values.
impl fmt::Debug for PlaceSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PlaceSettings")
    }
}

/// The checked settings.
#[derive(Clone, Debug)]
pub struct Place {
    /// Where browsers find the server; `http://localhost:PORT` when absent.
    pub base_url: Option<Url>,
    /// The path of the authentication's routes, without a slash at the end.
    pub base_path: String,
    /// Routes below it that are closed.
    pub disabled_paths: Vec<String>,
    /// Whether a slash at the end of their paths means nothing.
    pub skip_trailing_slashes: bool,
    /// What signs and encrypts; absent only in development.
    pub secrets: Option<Secrets>,
    /// Those of them that are weak, old ones too.
    pub weak_secrets: Vec<WeakSecret>,
    /// Further origins whose pages may sign in.
    pub trusted_origins: Vec<TrustedOrigin>,
    /// Proxies that are believed.
    pub trusted_proxies: Vec<TrustedProxy>,
}

impl PlaceSettings {
    pub(super) fn check(self, check: &mut Check, production: bool) -> Place {
        let (secrets, weak_secrets) = secrets(
            check,
            self.better_auth_secrets,
            [("BETTER_AUTH_SECRET", self.better_auth_secret), ("AUTH_SECRET", self.auth_secret)],
            production,
        );
        Place {
            base_url: base_url(check, self.better_auth_url),
            base_path: base_path(check, self.auth_base_path),
            disabled_paths: disabled_paths(check, self.auth_disabled_paths),
            skip_trailing_slashes: check.switch(
                "AUTH_SKIP_TRAILING_SLASHES",
                self.auth_skip_trailing_slashes,
                false,
            ),
            secrets,
            weak_secrets,
            trusted_origins: trusted_origins(check, self.better_auth_trusted_origins),
            trusted_proxies: check.list(
                "AUTH_TRUSTED_PROXIES",
                self.auth_trusted_proxies,
                "10.0.0.0/8",
            ),
        }
    }
}

fn base_url(check: &mut Check, value: Option<String>) -> Option<Url> {
    const EXAMPLE: &str = "https://books.example.com";
    let value = present(value)?;
    let url = Url::parse(&value).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    let Some(url) = url else {
        let what = format!("is {}, which is no http URL", shown(&value));
        check.fail("BETTER_AUTH_URL", &what, EXAMPLE);
        return None;
    };
    if !url.username().is_empty() || url.password().is_some() {
        check.fail("BETTER_AUTH_URL", "has a login, which mails and pages would show", EXAMPLE);
        return None;
    }
    Some(url)
}

fn trusted_origins(check: &mut Check, value: Option<String>) -> Vec<TrustedOrigin> {
    const VARIABLE: &str = "BETTER_AUTH_TRUSTED_ORIGINS";
    let value = present(value).unwrap_or_default();
    let items = value.split(',').map(str::trim).filter(|item| !item.is_empty());
    let origins = items.filter_map(|item| match item.parse() {
        Ok(origin) => Some(origin),
        Err(what) => {
            let what = format!("has {}, which {what}", shown(item));
            check.fail(VARIABLE, &what, "https://app.example.com");
            None
        }
    });
    origins.collect()
}

/// Routes that there are. A misspelled one would stay open, and nobody would know.
fn disabled_paths(check: &mut Check, value: Option<String>) -> Vec<String> {
    const VARIABLE: &str = "AUTH_DISABLED_PATHS";
    let paths: Vec<String> = check.list(VARIABLE, value, "/delete-user");
    for path in &paths {
        if auth::PATHS.contains(&path.trim_end_matches('/')) {
            continue;
        }
        let distance = |known: &&&str| strsim::damerau_levenshtein(path, known);
        let nearest = auth::PATHS.iter().min_by_key(distance).copied().unwrap_or_default();
        check.fail(VARIABLE, &format!("has {}, which is no route", shown(path)), nearest);
    }
    paths
}

fn base_path(check: &mut Check, value: Option<String>) -> String {
    const DEFAULT: &str = "/api/auth";
    let Some(value) = present(value) else { return DEFAULT.to_owned() };
    let path = value.trim().trim_end_matches('/');
    let plain = |c: char| c.is_ascii_alphanumeric() || "/-_.".contains(c);
    if !path.starts_with('/') || path.contains("//") || !path.chars().all(plain) {
        let what = format!("is {}, but must be a path of letters, digits and /-_.", shown(&value));
        check.fail("AUTH_BASE_PATH", &what, DEFAULT);
    } else if path == PROTECTED || path.starts_with(&format!("{}/", PROTECTED)) {
        let what = format!("is {}, where the service's protected routes stand", shown(&value));
        check.fail("AUTH_BASE_PATH", &what, DEFAULT);
    }
    path.to_owned()
}

/// The secrets, and the weak ones among them: each of them signs what counts.
fn secrets(
    check: &mut Check,
    versions: Option<String>,
    plain: [(&'static str, Option<String>); 2],
    production: bool,
) -> (Option<Secrets>, Vec<WeakSecret>) {
    let plain = plain.into_iter().find_map(|(name, value)| Some((name, present(value)?)));
    let plain = plain.map(|(name, secret)| (name, SecretString::from(secret)));
    let Some(versions) = present(versions) else {
        let Some((variable, secret)) = plain else {
            if production {
                check.fail_with_advice(
                    "BETTER_AUTH_SECRET",
                    "must be set in production",
                    SECRET_ADVICE,
                );
            }
            return (None, Vec::new());
        };
        let weak = Vec::from_iter(WeakSecret::of(variable, None, &secret));
        refuse(check, &weak, production);
        return (Some(Secrets::single(secret)), weak);
    };
    let versioned: Vec<_> =
        versions.split(',').filter_map(|entry| versioned(check, entry)).collect();
    let mut versioned = versioned.into_iter();
    let Some(first) = versioned.next() else { return (None, Vec::new()) };
    let older: Vec<_> = versioned.collect();
    let mut seen = HashSet::from([first.0]);
    if !older.iter().all(|(version, _)| seen.insert(*version)) {
        check.fail("BETTER_AUTH_SECRETS", "has a version twice", "2:NEW,1:OLD");
    }
    let versions = [&first].into_iter().chain(&older);
    let weak = versions.filter_map(|(version, secret)| {
        WeakSecret::of("BETTER_AUTH_SECRETS", Some(*version), secret)
    });
    let unversioned = plain.as_ref().and_then(|(name, secret)| WeakSecret::of(name, None, secret));
    let weak: Vec<_> = weak.chain(unversioned).collect();
    refuse(check, &weak, production);
    (Some(Secrets::versioned(first, older, plain.map(|(_, secret)| secret))), weak)
}

/// Weak secrets stop a start in production.
fn refuse(check: &mut Check, weak: &[WeakSecret], production: bool) {
    for secret in weak.iter().filter(|_| production) {
        check.fail_with_advice(secret.variable, &secret.to_string(), SECRET_ADVICE);
    }
}

/// `VERSION:SECRET`; the value is a secret and not shown.
fn versioned(check: &mut Check, entry: &str) -> Option<(u32, SecretString)> {
    let parsed = entry.trim().split_once(':').and_then(|(version, secret)| {
        let secret = Some(secret.trim()).filter(|secret| !secret.is_empty())?;
        Some((version.trim().parse().ok()?, SecretString::from(secret)))
    });
    if parsed.is_none() {
        check.fail("BETTER_AUTH_SECRETS", "has an entry that is not VERSION:SECRET", "2:NEW,1:OLD");
    }
    parsed
}
