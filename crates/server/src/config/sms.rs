//! Messages by SMS: the webhook that sends them.

use auth::{oauth::is_loopback, secret_weakness};
use mailer::{SmsConfig, Webhook};
use url::Url;

use super::{
    check::Check,
    setting::{Setting, settings},
};

settings! {
    "SMS", "The webhook that sends messages by SMS.";
    WEBHOOK = Setting::text("AUTH_SMS_WEBHOOK", "URL to which messages by SMS are posted")
        .computed("none; in development SMS are shown at /dev/mail")
        .example("https://sms.example.com/send")
        .secret()
        .details(
            "An https URL, or an http URL on this machine. Each request has the JSON `id`, `to`, \
             `text`, `kind`, and the header `Bookplate-Signature: t=TIME,v1=SIGNATURE` with the \
             hexadecimal HMAC-SHA-256 of `TIME.BODY`. Requests are repeated with the same `id` \
             until one succeeds, the code expires, or the response is 4xx, except 408 and 429.",
        );
    SECRET = Setting::text(
        "AUTH_SMS_WEBHOOK_SECRET", "Key that signs the requests to `AUTH_SMS_WEBHOOK`",
    )
    .example("the-key-of-AUTH_SMS_WEBHOOK-in-32-characters")
    .secret()
    .details("Required with it; 32 characters or more.");
}

/// Without a webhook, the development mailbox shows SMS if `mailbox` is true.
pub(super) fn check(check: &mut Check, mailbox: bool) -> SmsConfig {
    let (url, secret) = (check.text(&WEBHOOK), check.text(&SECRET));
    match (url, secret) {
        (Some(given), Some(secret)) => {
            if let Some(weakness) = secret_weakness(&secret) {
                check.fail(&SECRET, &format!("is weak: {weakness}"));
            }
            match parsed(&given) {
                Some(url) => return SmsConfig::Webhook(Webhook { url, secret: secret.into() }),
                None => {
                    check.fail(&WEBHOOK, "must be an https URL, or an http URL on this machine");
                }
            }
        }
        (Some(_), None) => check.fail(&SECRET, "must be set with AUTH_SMS_WEBHOOK"),
        (None, Some(_)) => check.fail(&WEBHOOK, "must be set with AUTH_SMS_WEBHOOK_SECRET"),
        (None, None) => {}
    }
    if mailbox { SmsConfig::Inbox } else { SmsConfig::Off }
}

/// A URL without a login, which requests would not send.
fn parsed(given: &str) -> Option<Url> {
    let url = Url::parse(given.trim()).ok()?;
    let is_allowed = match url.scheme() {
        "https" => url.has_host(),
        "http" => url.host().is_some_and(|host| is_loopback(&host)),
        _ => false,
    };
    let has_login = !url.username().is_empty() || url.password().is_some();
    (is_allowed && !has_login).then_some(url)
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::{cli::Cli, config::Config};

    const KEY: &str = "--auth-sms-webhook-secret=0123456789abcdefghijklmnopqrstuv";

    fn config(flags: &[&str]) -> Result<Config, String> {
        let args = ["bookplate"].iter().chain(flags);
        let settings = Cli::try_parse_from(args).unwrap().settings;
        Config::new(settings).map_err(|problems| problems.to_string())
    }

    #[test]
    fn a_webhook_needs_https_and_a_secret() {
        for url in ["https://sms.books.org/x?key=s3cret", "http://localhost:9000/", "http://[::1]/"]
        {
            let config = config(&[&format!("--auth-sms-webhook={url}"), KEY]).unwrap();
            assert!(matches!(config.mail.sms, SmsConfig::Webhook(_)), "{url}");
            assert!(!format!("{config:?}").contains("s3cret"));
        }
        for (flags, named) in [
            (
                &["--auth-sms-webhook=http://sms.books.org/s3cret", KEY][..],
                "AUTH_SMS_WEBHOOK must be",
            ),
            (
                &["--auth-sms-webhook=https://ann:s3cret@sms.books.org", KEY],
                "AUTH_SMS_WEBHOOK must be",
            ),
            (&["--auth-sms-webhook=s3cret", KEY], "AUTH_SMS_WEBHOOK must be"),
            (
                &["--auth-sms-webhook=https://sms.books.org/s3cret"],
                "AUTH_SMS_WEBHOOK_SECRET must be",
            ),
            (&[KEY], "AUTH_SMS_WEBHOOK must be set"),
            (
                &["--auth-sms-webhook=https://sms.books.org", "--auth-sms-webhook-secret=s3cret"],
                "AUTH_SMS_WEBHOOK_SECRET is weak",
            ),
        ] {
            let problems = config(flags).unwrap_err();
            assert!(problems.contains(named) && !problems.contains("s3cret"), "{problems}");
        }
    }

    #[test]
    fn without_a_webhook_development_shows_sms_and_production_sends_none() {
        let development = config(&["--auth-plugins=phone-number"]).unwrap();
        assert!(matches!(development.mail.sms, SmsConfig::Inbox));
        let production = config(&[
            "--app-env=production",
            "--better-auth-secret=0123456789abcdefghijklmnopqrstuv",
            "--auth-plugins=phone-number",
        ])
        .unwrap();
        assert!(matches!(production.mail.sms, SmsConfig::Off));
        assert!(production.sms_notice().is_some());
    }
}
