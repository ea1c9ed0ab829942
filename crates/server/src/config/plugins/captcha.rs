//! Settings of the plugin.

use auth::captcha::{Config, Provider, is_endpoint};
use secrecy::SecretString;

use super::service_url::service_url;
use crate::config::{
    check::{Check, shown},
    deployment::nearest_path,
    setting::{Setting, settings},
};

settings! {
    "Captcha", "Tokens of a service that checks for people, which some routes require.";
    PROVIDER = Setting::choice(
        "AUTH_CAPTCHA_PROVIDER",
        "cloudflare-turnstile",
        &["cloudflare-turnstile", "google-recaptcha", "hcaptcha", "captchafox"],
        "Service that made the tokens: cloudflare-turnstile, google-recaptcha, hcaptcha or captchafox",
    );
    SECRET_KEY = Setting::text(
        "AUTH_CAPTCHA_SECRET_KEY", "Secret of this server at the service; required with captcha",
    )
    .example("0x4AAAAAAA-the-secret-of-the-service")
    .secret();
    SITE_VERIFY_URL = Setting::text(
        "AUTH_CAPTCHA_SITE_VERIFY_URL", "URL where tokens are verified, in place of the service's",
    )
    .computed("the service's")
    .example("https://captcha.example.com/siteverify");
    ENDPOINTS = Setting::text(
        "AUTH_CAPTCHA_ENDPOINTS",
        "Routes that require a token, separated by commas; * is any part of a segment",
    )
    .default("/sign-up/email,/sign-in/email,/request-password-reset")
    .details("An entry that matches no route stops the start.");
    MIN_SCORE = Setting::text(
        "AUTH_CAPTCHA_MIN_SCORE", "Minimum score of google-recaptcha, from 0 to 1",
    )
    .default("0.5");
    SITE_KEY = Setting::text(
        "AUTH_CAPTCHA_SITE_KEY",
        "Public key that tokens must belong to, of hcaptcha and captchafox",
    )
    .computed("any of the account")
    .example("10000000-ffff-ffff-ffff-000000000001");
    EXPECTED_ACTION = Setting::text(
        "AUTH_CAPTCHA_EXPECTED_ACTION",
        "Action that tokens must name, of cloudflare-turnstile and google-recaptcha",
    )
    .computed("any")
    .example("sign-in");
    ALLOWED_HOSTNAMES = Setting::text(
        "AUTH_CAPTCHA_ALLOWED_HOSTNAMES",
        "Hosts whose pages may request tokens, separated by commas, of cloudflare-turnstile and \
         google-recaptcha",
    )
    .computed("any")
    .example("books.example.com");
}

pub(super) fn check(check: &mut Check) -> Config {
    let providers = [
        Provider::CloudflareTurnstile,
        Provider::GoogleRecaptcha,
        Provider::Hcaptcha,
        Provider::Captchafox,
    ];
    let defaults = Config::default();
    let endpoints = Some(endpoints(check)).filter(|items| !items.is_empty());
    Config {
        provider: check.choice(&PROVIDER, providers).unwrap_or_default(),
        secret_key: check.text(&SECRET_KEY).map(|key| SecretString::from(key.trim().to_owned())),
        site_verify_url: service_url(check, &SITE_VERIFY_URL),
        endpoints: endpoints.unwrap_or(defaults.endpoints),
        min_score: min_score(check, defaults.min_score),
        site_key: check.text(&SITE_KEY).map(|key| key.trim().to_owned()),
        expected_action: check.text(&EXPECTED_ACTION).map(|action| action.trim().to_owned()),
        allowed_hostnames: check.items(&ALLOWED_HOSTNAMES),
    }
}

/// Refuses an entry that matches no route: a misspelled one would guard nothing.
fn endpoints(check: &mut Check) -> Vec<String> {
    let endpoints = check.items(&ENDPOINTS);
    for endpoint in endpoints.iter().filter(|endpoint| !is_endpoint(endpoint)) {
        let what = format!("has {}, which matches no route", shown(endpoint));
        check.fail_with_example(&ENDPOINTS, &what, nearest_path(endpoint));
    }
    endpoints
}

fn min_score(check: &mut Check, default: f64) -> f64 {
    let Some(score) = check.parsed::<f64>(&MIN_SCORE) else { return default };
    if !(0.0..=1.0).contains(&score) {
        let what = format!("is {}, but must be between 0 and 1", shown(&score.to_string()));
        check.fail(&MIN_SCORE, &what);
    }
    score
}

/// The problem that the plugin is on, but has no secret.
pub(super) fn fail_without_secret(check: &mut Check) {
    check.fail(&SECRET_KEY, "must be set, because AUTH_PLUGINS names captcha");
}
