//! Settings of the plugin.

use auth::passkey::{Attachment, Config, Requirement};
use url::Url;

use crate::config::{
    check::{Check, shown},
    setting::{Setting, settings},
};

settings! {
    "Passkeys", "The plugin passkey.";
    RP_ID = Setting::text(
        "AUTH_PASSKEY_RP_ID",
        "Host for which passkeys are made: the one of `BETTER_AUTH_URL`, or a domain above it",
    )
    .computed("the host of `BETTER_AUTH_URL`")
    .example("example.com")
    .details("Passkeys of another host are lost.");
    RP_NAME = Setting::text("AUTH_PASSKEY_RP_NAME", "Name of the service in the browser's dialog")
        .default("Bookplate");
    ORIGIN = Setting::text(
        "AUTH_PASSKEY_ORIGIN",
        "Origins of pages and apps that may use passkeys, separated by commas",
    )
    .computed("the trusted page that sent the request")
    .example("https://example.com,android:apk-key-hash:pNiP5iKyQ8JwgGOaKA1zGPUPJIS-0H1xKCQcfIoGLck")
    .details("Android apps have an origin that begins with android:apk-key-hash:.");
    ATTACHMENT = Setting::choice(
        "AUTH_PASSKEY_AUTHENTICATOR_ATTACHMENT",
        "platform",
        &["platform", "cross-platform"],
        "Which authenticators browsers offer for new passkeys: platform (the device itself) or \
         cross-platform (security keys and other devices)",
    )
    .computed("both")
    .example("platform");
    RESIDENT_KEY = Setting::choice(
        "AUTH_PASSKEY_RESIDENT_KEY",
        "preferred",
        REQUIREMENTS,
        "Whether new passkeys work without a user name: required, preferred or discouraged",
    );
    USER_VERIFICATION = Setting::choice(
        "AUTH_PASSKEY_USER_VERIFICATION",
        "preferred",
        REQUIREMENTS,
        "Whether authenticators verify their user, e.g. by a PIN: required, preferred or \
         discouraged",
    )
    .details(
        "With required, a passkey without it can neither be registered nor sign in. A verified \
         passkey replaces the second factor of a user who has one.",
    );
}

const REQUIREMENTS: &[&str] = &["required", "preferred", "discouraged"];

pub(super) fn check(check: &mut Check) -> Config {
    let requirements = [Requirement::Required, Requirement::Preferred, Requirement::Discouraged];
    Config {
        rp_id: rp_id(check),
        rp_name: check.text_or_default(&RP_NAME),
        origins: origins(check),
        attachment: check.choice(&ATTACHMENT, [Attachment::Platform, Attachment::CrossPlatform]),
        resident_key: check.choice(&RESIDENT_KEY, requirements).unwrap_or(Requirement::Preferred),
        user_verification: check
            .choice(&USER_VERIFICATION, requirements)
            .unwrap_or(Requirement::Preferred),
    }
}

/// Fails if browsers refuse passkeys for the host on the service's own pages: it must be their host
/// or a domain above, and no public suffix. Without origins in the settings, these are the pages.
pub(crate) fn check_rp_id(check: &mut Check, config: &Config, base_url: Option<&Url>) {
    let (Some(rp_id), Some(base_url)) = (&config.rp_id, base_url) else { return };
    let pages = config.origins.iter().filter_map(|origin| Url::parse(origin).ok());
    let is_allowed = |page: &Url| {
        page.host_str().is_some_and(|host| {
            host == rp_id
                || host.strip_suffix(rp_id.as_str()).is_some_and(|rest| rest.ends_with('.'))
        })
    };
    if !pages.chain([base_url.clone()]).any(|page| is_allowed(&page)) {
        let what = format!("is {rp_id}, but must be the host of BETTER_AUTH_URL or a domain above");
        check.fail(&RP_ID, &what);
    } else if rp_id != "localhost" && psl::suffix_str(rp_id) == Some(rp_id.as_str()) {
        let what = format!("is {rp_id}, a public suffix, which browsers refuse");
        check.fail(&RP_ID, &what);
    }
}

fn rp_id(check: &mut Check) -> Option<String> {
    let host = check.text(&RP_ID)?.trim().to_ascii_lowercase();
    let plain = |c: char| c.is_ascii_alphanumeric() || "-.".contains(c);
    if host.is_empty() || !host.chars().all(plain) {
        let what = format!("is {}, which is not a host", shown(&host));
        check.fail(&RP_ID, &what);
    }
    Some(host)
}

fn origins(check: &mut Check) -> Vec<String> {
    let mut origins = Vec::new();
    for text in check.items(&ORIGIN) {
        if let Some(origin) = origin(&text) {
            origins.push(origin);
        } else {
            let what = format!("has {}, which is neither https://host nor an app", shown(&text));
            check.fail(&ORIGIN, &what);
        }
    }
    origins
}

/// An origin as browsers write it. Those of apps stay as they are.
fn origin(text: &str) -> Option<String> {
    let is_page = ["http://", "https://"].iter().any(|scheme| text.starts_with(scheme));
    if !is_page {
        let (scheme, rest) = text.split_once(':')?;
        return (!scheme.is_empty() && !rest.is_empty()).then(|| text.to_owned());
    }
    let url: Url = text.parse().ok()?;
    (url.path() == "/" && url.query().is_none()).then(|| url.origin().ascii_serialization())
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use crate::{cli::Cli, config::Config};

    fn problems(base_url: &str, rp_id: &str) -> String {
        let flags =
            [format!("--better-auth-url={base_url}"), format!("--auth-passkey-rp-id={rp_id}")];
        let args = ["bookplate".to_owned()].into_iter().chain(flags);
        let settings = Cli::try_parse_from(args).unwrap().settings;
        Config::new(settings).map_or_else(|problems| problems.to_string(), |_| String::new())
    }

    #[test]
    fn the_host_of_passkeys_is_that_of_the_pages_or_above() {
        for rp_id in ["app.example.com", "example.com"] {
            let problems = problems("https://app.example.com", rp_id);
            assert!(!problems.contains("RP_ID"), "{problems}");
        }
        for rp_id in ["com", "ample.com", "books.example.com", "x.app.example.com"] {
            let problems = problems("https://app.example.com", rp_id);
            assert!(problems.contains("AUTH_PASSKEY_RP_ID is"), "{rp_id} {problems}");
        }
        assert!(problems("https://app.example.co.uk", "co.uk").contains("a public suffix"));
    }
}
