//! The public URL, trusted origins and proxies, and secrets.

use std::collections::HashSet;

use auth::{TrustedOrigin, TrustedProxy};
use crypto::Secrets;
use secrecy::SecretString;
use url::Url;

use super::{
    check::{Check, shown},
    secret::{SECRET_ADVICE, WeakSecret},
    setting::{Setting, settings},
};
use crate::paths::PROTECTED;

settings! {
    "Deployment", "The public URL, trusted origins and proxies, and secrets.";
    URL = Setting::text(
        "BETTER_AUTH_URL",
        "URL at which browsers reach the server, which may differ from the address it listens on",
    )
    .computed("http://localhost:PORT")
    .example("https://books.example.com")
    .details("With https, cookies are `Secure`.");
    BASE_PATH = Setting::text("AUTH_BASE_PATH", "Path of the authentication's routes")
        .default("/api/auth");
    DISABLED_PATHS = Setting::text(
        "AUTH_DISABLED_PATHS",
        "Routes below `AUTH_BASE_PATH` that answer 404, e.g. /sign-up/email,/delete-user",
    )
    .example("/delete-user")
    .details("A path that is not a route stops the start.");
    SKIP_TRAILING_SLASHES = Setting::switch(
        "AUTH_SKIP_TRAILING_SLASHES",
        false,
        "Whether a trailing slash of such a path is ignored; otherwise the path answers 404",
    )
    .details("Trailing slashes of all other paths are always ignored.");
    SECRET = Setting::text(
        "BETTER_AUTH_SECRET",
        "Key that signs session cookies, 32 characters or more; `bookplate secret` prints one",
    )
    .computed("in development, one is generated and stored in data/secret")
    .secret();
    SECRETS = Setting::text(
        "BETTER_AUTH_SECRETS",
        "Keys with versions, the current one first: 2:NEW,1:OLD",
    )
    .example("2:NEW,1:OLD")
    .details(
        "To change the secret without signing users out, put a new key first: signatures of \
         older keys, and of `BETTER_AUTH_SECRET`, are valid until the key is removed. Production \
         refuses weak keys, also old ones.",
    )
    .secret();
    OTHER_SECRET = Setting::text("AUTH_SECRET", "Used if `BETTER_AUTH_SECRET` is not set").secret();
    TRUSTED_ORIGINS = Setting::text(
        "BETTER_AUTH_TRUSTED_ORIGINS",
        "Further origins whose pages may sign in, separated by commas; * is a wildcard for \
         subdomains, myapp:// a native app's scheme",
    )
    .example("https://app.example.com")
    .details(
        "`https://*.example.com` matches every subdomain, `http://192.168.*.*` every address of \
         a private network. A pattern that matches sites of others stops the start. `myapp://`, \
         `myapp://host/path` and `exp://192.168.*.*:*` are native apps, which may also be targets \
         of mailed links.",
    );
    TRUSTED_PROXIES = Setting::text(
        "AUTH_TRUSTED_PROXIES",
        "Reverse proxies whose X-Forwarded-For is trusted: addresses or networks such as \
         10.0.0.0/8, separated by commas",
    )
    .example("10.0.0.0/8")
    .details(
        "From other clients the header is ignored. Other forwarded headers (`-Proto`, `-Host`, \
         `-Prefix`) are always ignored: the public URL is `BETTER_AUTH_URL`.",
    );
}

/// The checked settings.
#[derive(Clone, Debug)]
pub struct PublicSettings {
    /// The URL at which browsers reach the server; `http://localhost:PORT` if absent.
    pub base_url: Option<Url>,
    /// The path of the authentication's routes, without a trailing slash.
    pub base_path: String,
    /// Routes below it that answer 404.
    pub disabled_paths: Vec<String>,
    /// Whether a trailing slash of their paths is ignored.
    pub skip_trailing_slashes: bool,
    /// The keys that sign and encrypt; absent only in development.
    pub secrets: Option<Secrets>,
    /// The weak ones among them, old ones included.
    pub weak_secrets: Vec<WeakSecret>,
    /// Further origins whose pages may sign in.
    pub trusted_origins: Vec<TrustedOrigin>,
    /// Proxies whose forwarded addresses are trusted.
    pub trusted_proxies: Vec<TrustedProxy>,
}

pub(super) fn check(check: &mut Check, production: bool) -> PublicSettings {
    let (secrets, weak_secrets) = secrets(check, production);
    PublicSettings {
        base_url: base_url(check),
        base_path: base_path(check),
        disabled_paths: disabled_paths(check),
        skip_trailing_slashes: check.switch(&SKIP_TRAILING_SLASHES),
        secrets,
        weak_secrets,
        trusted_origins: trusted_origins(check),
        trusted_proxies: check.list(&TRUSTED_PROXIES),
    }
}

fn base_url(check: &mut Check) -> Option<Url> {
    let value = check.text(&URL)?;
    let url = Url::parse(&value).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    let Some(url) = url else {
        check.fail(&URL, &format!("is {}, which is not an http URL", shown(&value)));
        return None;
    };
    if !url.username().is_empty() || url.password().is_some() {
        check.fail(&URL, "has a login, which mails and pages would show");
        return None;
    }
    Some(url)
}

fn trusted_origins(check: &mut Check) -> Vec<TrustedOrigin> {
    let items = check.items(&TRUSTED_ORIGINS);
    let origins = items.iter().filter_map(|item| match item.parse() {
        Ok(origin) => Some(origin),
        Err(what) => {
            check.fail(&TRUSTED_ORIGINS, &format!("has {}, which {what}", shown(item)));
            None
        }
    });
    origins.collect()
}

/// Refuses a path that is not a route: a misspelled one would leave the route open.
fn disabled_paths(check: &mut Check) -> Vec<String> {
    let paths = check.items(&DISABLED_PATHS);
    for path in &paths {
        if auth::PATHS.contains(&path.trim_end_matches('/')) {
            continue;
        }
        let what = format!("has {}, which is no route", shown(path));
        check.fail_with_example(&DISABLED_PATHS, &what, nearest_path(path));
    }
    paths
}

/// The route whose name is most like `path`.
pub(super) fn nearest_path(path: &str) -> &'static str {
    let distance = |known: &&&str| strsim::damerau_levenshtein(path, known);
    auth::PATHS.iter().min_by_key(distance).copied().unwrap_or_default()
}

fn base_path(check: &mut Check) -> String {
    let value = check.text_or_default(&BASE_PATH);
    let path = value.trim().trim_end_matches('/');
    let plain = |c: char| c.is_ascii_alphanumeric() || "/-_.".contains(c);
    if !path.starts_with('/') || path.contains("//") || !path.chars().all(plain) {
        let what = format!("is {}, but must be a path of letters, digits and /-_.", shown(&value));
        check.fail(&BASE_PATH, &what);
    } else if path == PROTECTED || path.starts_with(&format!("{PROTECTED}/")) {
        let what = format!("is {}, the path of the protected routes", shown(&value));
        check.fail(&BASE_PATH, &what);
    }
    path.to_owned()
}

/// The secrets, and the weak ones among them, any of which could be used to forge sessions.
fn secrets(check: &mut Check, production: bool) -> (Option<Secrets>, Vec<WeakSecret>) {
    let versions = check.text(&SECRETS);
    let plain = [&SECRET, &OTHER_SECRET].map(|setting| Some((setting.name, check.text(setting)?)));
    let plain = plain.into_iter().flatten().next();
    let plain = plain.map(|(name, secret)| (name, SecretString::from(secret)));
    let Some(versions) = versions else {
        let Some((variable, secret)) = plain else {
            if production {
                check.fail_with_advice(SECRET.name, "must be set in production", SECRET_ADVICE);
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
        check.fail(&SECRETS, "has a version twice");
    }
    let versions = [&first].into_iter().chain(&older);
    let weak = versions
        .filter_map(|(version, secret)| WeakSecret::of(SECRETS.name, Some(*version), secret));
    let unversioned = plain.as_ref().and_then(|(name, secret)| WeakSecret::of(name, None, secret));
    let weak: Vec<_> = weak.chain(unversioned).collect();
    refuse(check, &weak, production);
    (Some(Secrets::versioned(first, older, plain.map(|(_, secret)| secret))), weak)
}

/// Adds a problem for each weak secret in production.
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
        check.fail(&SECRETS, "has an entry that is not VERSION:SECRET");
    }
    parsed
}
