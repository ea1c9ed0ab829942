//! Mails: the mail server, the sender, and which mails are sent.

use std::net::IpAddr;

use mailer::{Sender, Smtp, Tls, TransportConfig};
use secrecy::SecretString;

use super::{
    check::{Check, shown},
    setting::{Setting, settings},
};

settings! {
    "Mail", "The mail server, the sender, and which mails are sent.";
    HOST = Setting::text("SMTP_HOST", "Server that sends mails")
        .computed("none; in development mails are shown at /dev/mail")
        .example("smtp.example.com")
        .details("Without one, production, or a public `BETTER_AUTH_URL`, sends no mails.");
    PORT = Setting::text("SMTP_PORT", "Port of `SMTP_HOST`")
        .computed("587, or 465 or 25 by `SMTP_TLS`")
        .example("587");
    USER = Setting::text("SMTP_USER", "User name at `SMTP_HOST`").example("bookplate").secret();
    PASSWORD = Setting::text("SMTP_PASSWORD", "Password of `SMTP_USER`")
        .example("the-password-of-SMTP_USER")
        .secret();
    FROM = Setting::text(
        "SMTP_FROM", "Sender of mails, as `NAME <ADDRESS>`; required with `SMTP_HOST`",
    )
    .example("\"Bookplate <no-reply@books.example.com>\"");
    TLS = Setting::choice("SMTP_TLS", "starttls", &["starttls", "tls", "none"], "starttls, tls or none")
        .details(
            "`tls` encrypts from the first byte on. With `none`, anyone on the network path can \
             read mails and the password.",
        );
    PRODUCT_NAME = Setting::text("MAIL_PRODUCT_NAME", "Name of the service in mails")
        .default("Bookplate");
    COLOR = Setting::text("MAIL_COLOR", "Color of buttons in mails").default("#1f6f54");
    WELCOME = Setting::switch("MAIL_WELCOME", true, "Whether a new user gets a welcome mail")
        .details("better-auth sends none.");
    PASSWORD_CHANGED = Setting::switch(
        "MAIL_PASSWORD_CHANGED", true, "Whether users get a mail when their password was changed",
    )
    .details("better-auth sends none.");
}

/// Without a mail server, the development mailbox shows mails if `mailbox` is true.
pub(super) fn check(check: &mut Check, production: bool, mailbox: bool) -> mailer::Config {
    let without = if mailbox { TransportConfig::Inbox } else { TransportConfig::Off };
    let mut config = mailer::Config::new(without);
    config.product_name = product_name(check);
    if check.text(&COLOR).is_some() {
        config.color = check.parsed(&COLOR).unwrap_or_default();
    }
    config.welcome = check.switch(&WELCOME);
    config.password_changed = check.switch(&PASSWORD_CHANGED);
    check_server(check, production, &mut config);
    config
}

fn check_server(check: &mut Check, production: bool, config: &mut mailer::Config) {
    let tls = check.choice(&TLS, [Tls::StartTls, Tls::Tls, Tls::None]).unwrap_or(Tls::StartTls);
    let port = port(check, tls);
    let from = check.text(&FROM);
    if let Some(from) = &from {
        config.from = sender(check, from, production);
    }
    let (user, password) = (check.text(&USER), check.text(&PASSWORD));
    if let Some(host) = check.text(&HOST) {
        if from.is_none() {
            check.fail(&FROM, "must be set with SMTP_HOST");
        }
        let login = login(check, user, password);
        let host = server_name(check, &host);
        config.transport = TransportConfig::Smtp(Smtp { host, port, login, tls });
        return;
    }
    for setting in [&PORT, &USER, &PASSWORD, &FROM, &TLS] {
        if check.text(setting).is_some() {
            check.fail(setting, "is set, but SMTP_HOST is not; set both or none");
        }
    }
}

/// A name or address; a whole URL may contain a password and is not shown.
fn server_name(check: &mut Check, value: &str) -> String {
    let name = value.trim();
    let is_address = name.parse::<IpAddr>().is_ok();
    if !is_address && name.contains(|c: char| c.is_whitespace() || "/:@?#[]".contains(c)) {
        check.fail(&HOST, "must be the server's name alone");
    }
    name.to_owned()
}

fn port(check: &mut Check, tls: Tls) -> u16 {
    let Some(value) = check.text(&PORT) else { return tls.default_port() };
    let port = value.trim().parse().ok().filter(|port| *port > 0);
    if port.is_none() {
        check.fail(&PORT, &format!("is {}, which is not valid", shown(&value)));
    }
    port.unwrap_or_else(|| tls.default_port())
}

/// An address, in production one that can receive replies.
fn sender(check: &mut Check, value: &str, production: bool) -> Sender {
    let Some(sender) = check.parsed::<Sender>(&FROM) else { return Sender::default() };
    if production && sender.is_placeholder() {
        let what = format!("is {}, a placeholder, but must be an address of yours", shown(value));
        check.fail(&FROM, &what);
    }
    sender
}

fn login(
    check: &mut Check,
    user: Option<String>,
    password: Option<String>,
) -> Option<(String, SecretString)> {
    match (user, password) {
        (Some(user), Some(password)) => Some((user, password.into())),
        (None, None) => None,
        (Some(_), None) => {
            check.fail(&PASSWORD, "must be set with SMTP_USER");
            None
        }
        (None, Some(_)) => {
            check.fail(&USER, "must be set with SMTP_PASSWORD");
            None
        }
    }
}

/// A short name on one line.
fn product_name(check: &mut Check) -> String {
    let name = check.text_or_default(&PRODUCT_NAME).trim().to_owned();
    if name.chars().count() > 60 || name.chars().any(char::is_control) {
        let what = format!("is {}, but must be one line of 60 characters at most", shown(&name));
        check.fail(&PRODUCT_NAME, &what);
    }
    name
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::{cli::Cli, config::Config};

    fn config(flags: &[&str]) -> Result<Config, String> {
        let args = ["bookplate"].iter().chain(flags);
        let settings = Cli::try_parse_from(args).unwrap().settings;
        Config::new(settings).map_err(|problems| problems.to_string())
    }

    const PRODUCTION: [&str; 2] =
        ["--app-env=production", "--better-auth-secret=0123456789abcdefghijklmnopqrstuv"];
    const SERVER: &str = "--smtp-host=mx.books.org";
    const SENDER: &str = "--smtp-from=Bookplate <no-reply@books.org>";

    #[test]
    fn without_a_server_mails_are_shown_and_production_sends_none() {
        let development = config(&[]).unwrap();
        assert!(development.has_mailbox());
        let production = config(&PRODUCTION).unwrap();
        assert!(
            matches!(production.mail.transport, TransportConfig::Off) && !production.has_mailbox()
        );
        assert!(!config(&[SERVER, SENDER]).unwrap().has_mailbox());
        let public = config(&["--better-auth-url=https://books.org"]).unwrap();
        assert!(matches!(public.mail.transport, TransportConfig::Off) && !public.has_mailbox());
    }

    #[test]
    fn the_default_port_follows_the_encryption() {
        for (flags, expected) in [
            (&[][..], (587, Tls::StartTls)),
            (&["--smtp-tls=tls"], (465, Tls::Tls)),
            (&["--smtp-tls=NONE"], (25, Tls::None)),
            (&["--smtp-tls=none", "--smtp-port=2525"], (2525, Tls::None)),
        ] {
            let config = config(&[&[SERVER, SENDER], flags].concat()).unwrap();
            let TransportConfig::Smtp(smtp) = config.mail.transport else { panic!("no server") };
            assert_eq!((smtp.port, smtp.tls), expected);
        }
    }

    #[test]
    fn settings_that_require_another_one_are_named() {
        for (flags, named) in [
            (&[SERVER][..], "SMTP_FROM must be set with SMTP_HOST"),
            (&[SERVER, SENDER, "--smtp-user=ann"], "SMTP_PASSWORD must be set with SMTP_USER"),
            (
                &[SERVER, SENDER, "--smtp-password=hunter2"],
                "SMTP_USER must be set with SMTP_PASSWORD",
            ),
            (&[SENDER], "SMTP_FROM is set, but SMTP_HOST is not"),
            (&["--smtp-port=25"], "SMTP_PORT is set, but SMTP_HOST is not"),
            (&["--smtp-user=ann"], "SMTP_USER is set, but SMTP_HOST is not"),
            (&["--smtp-password=hunter2"], "SMTP_PASSWORD is set, but SMTP_HOST is not"),
            (&["--smtp-tls=tls"], "SMTP_TLS is set, but SMTP_HOST is not"),
            (&["--mail-product-name=a\r\nb"], "MAIL_PRODUCT_NAME"),
            (&["--smtp-host=smtps://ann:hunter2@mx.books.org", SENDER], "SMTP_HOST must be"),
        ] {
            let problems = config(flags).unwrap_err();
            assert!(problems.contains(named), "{problems}");
            assert!(problems.contains("e.g. ") && !problems.contains("hunter2"), "{problems}");
        }
    }

    #[test]
    fn production_refuses_a_placeholder_and_warns_of_no_encryption() {
        let example = FROM.valid_value();
        let example = example.trim_matches('"');
        for from in [example, "you@example.com", "noreply@localhost", "no-reply@your-domain.org"] {
            let from = format!("--smtp-from={from}");
            let problems = config(&[&PRODUCTION[..], &[SERVER, &from]].concat()).unwrap_err();
            assert!(problems.contains("SMTP_FROM") && problems.contains("placeholder"));
            assert!(config(&[SERVER, &from]).is_ok());
        }
        let login = ["--smtp-user=ann", "--smtp-password=hunter2", "--smtp-tls=none"];
        let config = config(&[&PRODUCTION[..], &[SERVER, SENDER], &login].concat()).unwrap();
        assert!(config.mail_notice().is_some_and(|notice| notice.starts_with("SMTP_TLS is none")));
        assert!(!format!("{config:?}").contains("hunter2"));
    }
}
