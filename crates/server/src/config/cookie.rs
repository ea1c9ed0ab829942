//! The names and attributes of cookies.

use auth::cookie::{self, SameSite};

use super::{
    check::{Check, shown},
    setting::{Setting, settings},
};

settings! {
    "Cookies", "The names and attributes of cookies.";
    PREFIX = Setting::text("AUTH_COOKIE_PREFIX", "Prefix of the cookies' names")
        .default("better-auth")
        .details("Another prefix signs all users out.");
    SECURE = Setting::switch(
        "AUTH_SECURE_COOKIES", true, "Whether browsers send the cookies over https only",
    )
    .computed("true when `BETTER_AUTH_URL` is https");
    DOMAIN = Setting::text(
        "AUTH_COOKIE_DOMAIN", "Domain whose subdomains share the cookies, e.g. example.com",
    )
    .computed("none, the server's own host")
    .example("example.com");
    SAME_SITE = Setting::choice(
        "AUTH_COOKIE_SAME_SITE",
        "lax",
        &["lax", "strict", "none"],
        "SameSite attribute of the cookies: lax, strict, or none (https only)",
    );
}

/// `https` is whether browsers reach the server over https.
pub(super) fn check(check: &mut Check, https: bool) -> cookie::Config {
    let same_site = check.choice(&SAME_SITE, [SameSite::Lax, SameSite::Strict, SameSite::None]);
    let same_site = same_site.unwrap_or_default();
    let secure = check.switch_or(&SECURE, https);
    if same_site == SameSite::None && !secure {
        check.fail(&SAME_SITE, "is none, which browsers accept with https only");
    }
    cookie::Config { prefix: prefix(check), secure, domain: domain(check), same_site }
}

fn prefix(check: &mut Check) -> String {
    let prefix = check.text_or_default(&PREFIX);
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if !prefix.chars().all(plain) {
        let what = format!("is {}, but must be letters, digits and -_.", shown(&prefix));
        check.fail(&PREFIX, &what);
    }
    prefix
}

fn domain(check: &mut Check) -> Option<String> {
    let domain = check.text(&DOMAIN)?.trim().trim_start_matches('.').to_ascii_lowercase();
    let plain = |c: char| c.is_ascii_alphanumeric() || "-.".contains(c);
    if !domain.chars().all(plain) {
        let what = format!("is {}, which is not a domain", shown(&domain));
        check.fail(&DOMAIN, &what);
    } else if psl::suffix_str(&domain) == Some(domain.as_str()) {
        let what = format!("is {domain}, a public suffix, which browsers refuse");
        check.fail_with_example(&DOMAIN, &what, "books.example.com");
    }
    Some(domain)
}
