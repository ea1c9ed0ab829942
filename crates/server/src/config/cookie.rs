//! The cookies' names and attributes.

use auth::cookie::{self, SameSite};
use clap::Args;

use super::check::{Check, present, shown};

/// Settings as given; an empty value counts as absent.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Cookies")]
pub struct CookieSettings {
    /// What the cookies' names begin with [default: better-auth]
    #[arg(long, env = "AUTH_COOKIE_PREFIX", global = true)]
    pub auth_cookie_prefix: Option<String>,
    /// Whether browsers send the cookies by https alone [default: true when
    /// `BETTER_AUTH_URL` is https]
    #[arg(long, env = "AUTH_SECURE_COOKIES", global = true)]
    pub auth_secure_cookies: Option<String>,
    /// Domain whose subdomains share the cookies, e.g. example.com [default: none,
    /// the server's own host]
    #[arg(long, env = "AUTH_COOKIE_DOMAIN", global = true)]
    pub auth_cookie_domain: Option<String>,
    /// Which other sites' requests carry the cookies: lax, strict, or none (with
    /// https only) [default: lax]
    #[arg(long, env = "AUTH_COOKIE_SAME_SITE", global = true)]
    pub auth_cookie_same_site: Option<String>,
}

impl CookieSettings {
    /// `https` says whether browsers find the server so.
    pub(super) fn check(self, check: &mut Check, https: bool) -> cookie::Config {
        let sites =
            [("lax", SameSite::Lax), ("strict", SameSite::Strict), ("none", SameSite::None)];
        let same_site = check.choice("AUTH_COOKIE_SAME_SITE", self.auth_cookie_same_site, &sites);
        let same_site = same_site.unwrap_or_default();
        let secure = check.switch("AUTH_SECURE_COOKIES", self.auth_secure_cookies, https);
        if same_site == SameSite::None && !secure {
            check.fail(
                "AUTH_COOKIE_SAME_SITE",
                "is none, which browsers take with https only",
                "lax",
            );
        }
        cookie::Config {
            prefix: prefix(check, self.auth_cookie_prefix),
            secure,
            domain: domain(check, self.auth_cookie_domain),
            same_site,
        }
    }
}

fn prefix(check: &mut Check, value: Option<String>) -> String {
    const DEFAULT: &str = "better-auth";
    let prefix = present(value).unwrap_or_else(|| DEFAULT.to_owned());
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if !prefix.chars().all(plain) {
        let what = format!("is {}, but must be letters, digits and -_.", shown(&prefix));
        check.fail("AUTH_COOKIE_PREFIX", &what, DEFAULT);
    }
    prefix
}

fn domain(check: &mut Check, value: Option<String>) -> Option<String> {
    let domain = present(value)?.trim().trim_start_matches('.').to_ascii_lowercase();
    let plain = |c: char| c.is_ascii_alphanumeric() || "-.".contains(c);
    if !domain.chars().all(plain) {
        let what = format!("is {}, which is no domain", shown(&domain));
        check.fail("AUTH_COOKIE_DOMAIN", &what, "example.com");
    } else if psl::suffix_str(&domain) == Some(domain.as_str()) {
        let what = format!("is {domain}, under which anybody can have a site; browsers refuse it");
        check.fail("AUTH_COOKIE_DOMAIN", &what, "books.example.com");
    }
    Some(domain)
}
