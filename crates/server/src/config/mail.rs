//! The settings of mails.

use std::{fmt, net::IpAddr};

use clap::Args;
use mailer::{Sender, Smtp, Tls, TransportConfig};
use secrecy::SecretString;

use super::{
    Config,
    check::{Check, present, shown},
};

/// Settings of mails as given.
#[derive(Args, Clone, Default)]
#[command(next_help_heading = "Mail")]
pub struct MailSettings {
    /// Server that sends mails [default: none; in development mails are shown at
    /// /dev/mail]
    #[arg(long, env = "SMTP_HOST", global = true)]
    pub smtp_host: Option<String>,
    /// Its port [default: 587, or 465 or 25 by `SMTP_TLS`]
    #[arg(long, env = "SMTP_PORT", global = true)]
    pub smtp_port: Option<String>,
    /// Who signs in there [default: nobody]
    #[arg(long, env = "SMTP_USER", global = true, hide_env_values = true)]
    pub smtp_user: Option<String>,
    /// Their password [default: none]
    #[arg(long, env = "SMTP_PASSWORD", global = true, hide_env_values = true)]
    pub smtp_password: Option<String>,
    /// Whom mails are from, as `NAME <ADDRESS>`; needed with `SMTP_HOST` [default: none]
    #[arg(long, env = "SMTP_FROM", global = true)]
    pub smtp_from: Option<String>,
    /// starttls, tls or none [default: starttls]
    #[arg(long, env = "SMTP_TLS", global = true)]
    pub smtp_tls: Option<String>,
    /// What the service is called in mails [default: Bookplate]
    #[arg(long, env = "MAIL_PRODUCT_NAME", global = true)]
    pub mail_product_name: Option<String>,
    /// Colour of buttons in mails, e.g. `#1f6f54` [default: that dark green]
    #[arg(long, env = "MAIL_COLOR", global = true)]
    pub mail_color: Option<String>,
    /// Whether whoever signed up gets a mail that welcomes them [default: true]
    #[arg(long, env = "MAIL_WELCOME", global = true)]
    pub mail_welcome: Option<String>,
    /// Whether users get a mail when their password was changed [default: true]
    #[arg(long, env = "MAIL_PASSWORD_CHANGED", global = true)]
    pub mail_password_changed: Option<String>,
}

/// Without values.
impl fmt::Debug for MailSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MailSettings")
    }
}

impl MailSettings {
    /// Without a mail server, mails stay in the mailbox, if there may be one.
    pub(super) fn check(
        self,
        check: &mut Check,
        production: bool,
        mailbox: bool,
    ) -> mailer::Config {
        let without = if mailbox { TransportConfig::Inbox } else { TransportConfig::Off };
        let mut config = mailer::Config::new(without);
        if let Some(name) = product_name(check, self.mail_product_name.clone()) {
            config.product_name = name;
        }
        if let Some(color) = present(self.mail_color.clone()) {
            config.color = check.parse("MAIL_COLOR", &color, "#1f6f54").unwrap_or_default();
        }
        let (welcome, password_changed) = (&self.mail_welcome, &self.mail_password_changed);
        config.welcome = check.switch("MAIL_WELCOME", welcome.clone(), true);
        config.password_changed =
            check.switch("MAIL_PASSWORD_CHANGED", password_changed.clone(), true);
        self.check_server(check, production, &mut config);
        config
    }

    fn check_server(self, check: &mut Check, production: bool, config: &mut mailer::Config) {
        let tls = tls(check, self.smtp_tls.clone());
        let port = port(check, self.smtp_port.clone(), tls);
        let from = present(self.smtp_from);
        if let Some(from) = &from {
            config.from = sender(check, from, production);
        }
        if let Some(host) = present(self.smtp_host) {
            if from.is_none() {
                check.fail("SMTP_FROM", "must be set with SMTP_HOST", SENDER);
            }
            let login = login(check, self.smtp_user, self.smtp_password);
            let host = server_name(check, &host);
            config.transport = TransportConfig::Smtp(Smtp { host, port, login, tls });
            return;
        }
        for (variable, value, example) in [
            ("SMTP_PORT", self.smtp_port, "587"),
            ("SMTP_USER", self.smtp_user, "bookplate"),
            ("SMTP_PASSWORD", self.smtp_password, PASSWORD),
            ("SMTP_FROM", from, SENDER),
            ("SMTP_TLS", self.smtp_tls, "starttls"),
        ] {
            if present(value).is_some() {
                check.fail(variable, "is set, but SMTP_HOST is not; set both or none", example);
            }
        }
    }
}

const SENDER: &str = "\"Bookplate <no-reply@books.example.com>\"";
const PASSWORD: &str = "the-password-of-SMTP_USER";

fn tls(check: &mut Check, value: Option<String>) -> Tls {
    let known = [("starttls", Tls::StartTls), ("tls", Tls::Tls), ("none", Tls::None)];
    let value = present(value).and_then(|value| check.one_of("SMTP_TLS", &value, &known));
    value.unwrap_or(Tls::StartTls)
}

/// A name or address; a whole URL may hold a password and is not shown.
fn server_name(check: &mut Check, value: &str) -> String {
    let name = value.trim();
    let is_address = name.parse::<IpAddr>().is_ok();
    if !is_address && name.contains(|c: char| c.is_whitespace() || "/:@?#[]".contains(c)) {
        check.fail("SMTP_HOST", "must be the server's name alone", "smtp.example.com");
    }
    name.to_owned()
}

fn port(check: &mut Check, value: Option<String>, tls: Tls) -> u16 {
    let Some(value) = present(value) else { return tls.default_port() };
    let port = value.trim().parse().ok().filter(|port| *port > 0);
    if port.is_none() {
        check.fail("SMTP_PORT", &format!("is {}, which is not valid", shown(&value)), "587");
    }
    port.unwrap_or_else(|| tls.default_port())
}

/// An address, in production one that can be answered.
fn sender(check: &mut Check, value: &str, production: bool) -> Sender {
    let Some(sender) = check.parse::<Sender>("SMTP_FROM", value, SENDER) else {
        return Sender::default();
    };
    if production && sender.is_placeholder() {
        let what = format!("is {}, a placeholder, but must be an address of yours", shown(value));
        check.fail("SMTP_FROM", &what, SENDER);
    }
    sender
}

fn login(
    check: &mut Check,
    user: Option<String>,
    password: Option<String>,
) -> Option<(String, SecretString)> {
    match (present(user), present(password)) {
        (Some(user), Some(password)) => Some((user, password.into())),
        (None, None) => None,
        (Some(_), None) => {
            check.fail("SMTP_PASSWORD", "must be set with SMTP_USER", PASSWORD);
            None
        }
        (None, Some(_)) => {
            check.fail("SMTP_USER", "must be set with SMTP_PASSWORD", "bookplate");
            None
        }
    }
}

/// A short name on one line.
fn product_name(check: &mut Check, value: Option<String>) -> Option<String> {
    let name = present(value)?.trim().to_owned();
    if name.chars().count() > 60 || name.chars().any(char::is_control) {
        let what = format!("is {}, but must be one line of 60 characters at most", shown(&name));
        check.fail("MAIL_PRODUCT_NAME", &what, "Bookplate");
    }
    Some(name)
}

impl Config {
    /// Whether mails stay here and are shown.
    pub(crate) fn has_mailbox(&self) -> bool {
        matches!(self.mail.transport, TransportConfig::Inbox)
    }

    /// Whether mails are sent, or at least shown.
    pub(crate) fn has_mails(&self) -> bool {
        !matches!(self.mail.transport, TransportConfig::Off)
    }

    /// What deserves a second look.
    pub(crate) fn mail_notice(&self) -> Option<String> {
        if !self.has_mails() {
            return Some(
                "SMTP_HOST is not set: no mail is sent, so no forgotten password can be reset and \
                 no address be proved"
                    .to_owned(),
            );
        }
        let TransportConfig::Smtp(Smtp { login: Some(_), tls: Tls::None, host, .. }) =
            &self.mail.transport
        else {
            return None;
        };
        self.is_production().then(|| {
            format!(
                "SMTP_TLS is none: the password and every mail can be read on the way to {host}"
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::cli::Cli;

    fn config(flags: &[&str]) -> Result<Config, String> {
        let args = ["bookplate"].iter().chain(flags);
        let settings = Cli::try_parse_from(args).unwrap().settings;
        Config::new(settings).map_err(|problems| problems.to_string())
    }

    const PRODUCTION: [&str; 2] =
        ["--app-env=production", "--better-auth-secret=0123456789abcdefghijklmnopqrstuv"];
    const HOST: &str = "--smtp-host=mx.books.org";
    const FROM: &str = "--smtp-from=Bookplate <no-reply@books.org>";

    #[test]
    fn without_a_server_mails_stay_and_production_has_none() {
        let development = config(&[]).unwrap();
        assert!(development.has_mailbox());
        let production = config(&PRODUCTION).unwrap();
        assert!(
            matches!(production.mail.transport, TransportConfig::Off) && !production.has_mailbox()
        );
        assert!(!config(&[HOST, FROM]).unwrap().has_mailbox());
        let public = config(&["--better-auth-url=https://books.org"]).unwrap();
        assert!(matches!(public.mail.transport, TransportConfig::Off) && !public.has_mailbox());
    }

    #[test]
    fn the_port_follows_the_way_it_is_kept_secret() {
        for (flags, expected) in [
            (&[][..], (587, Tls::StartTls)),
            (&["--smtp-tls=tls"], (465, Tls::Tls)),
            (&["--smtp-tls=NONE"], (25, Tls::None)),
            (&["--smtp-tls=none", "--smtp-port=2525"], (2525, Tls::None)),
        ] {
            let config = config(&[&[HOST, FROM], flags].concat()).unwrap();
            let TransportConfig::Smtp(smtp) = config.mail.transport else { panic!("no server") };
            assert_eq!((smtp.port, smtp.tls), expected);
        }
    }

    #[test]
    fn what_lacks_its_other_half_is_named() {
        for (flags, named) in [
            (&[HOST][..], "SMTP_FROM must be set with SMTP_HOST"),
            (&[HOST, FROM, "--smtp-user=ann"], "SMTP_PASSWORD must be set with SMTP_USER"),
            (&[HOST, FROM, "--smtp-password=hunter2"], "SMTP_USER must be set with SMTP_PASSWORD"),
            (&[FROM], "SMTP_FROM is set, but SMTP_HOST is not"),
            (&["--smtp-port=25"], "SMTP_PORT is set, but SMTP_HOST is not"),
            (&["--smtp-user=ann"], "SMTP_USER is set, but SMTP_HOST is not"),
            (&["--smtp-password=hunter2"], "SMTP_PASSWORD is set, but SMTP_HOST is not"),
            (&["--smtp-tls=tls"], "SMTP_TLS is set, but SMTP_HOST is not"),
            (&["--mail-product-name=a\r\nb"], "MAIL_PRODUCT_NAME"),
            (&["--smtp-host=smtps://ann:hunter2@mx.books.org", FROM], "SMTP_HOST must be"),
        ] {
            let problems = config(flags).unwrap_err();
            assert!(problems.contains(named), "{problems}");
            assert!(problems.contains("e.g. ") && !problems.contains("hunter2"), "{problems}");
        }
    }

    #[test]
    fn production_refuses_a_placeholder_and_says_what_is_not_encrypted() {
        let example = SENDER.trim_matches('"');
        for from in [example, "you@example.com", "noreply@localhost", "no-reply@your-domain.org"] {
            let from = format!("--smtp-from={from}");
            let problems = config(&[&PRODUCTION[..], &[HOST, &from]].concat()).unwrap_err();
            assert!(problems.contains("SMTP_FROM") && problems.contains("placeholder"));
            assert!(config(&[HOST, &from]).is_ok());
        }
        let login = ["--smtp-user=ann", "--smtp-password=hunter2", "--smtp-tls=none"];
        let config = config(&[&PRODUCTION[..], &[HOST, FROM], &login].concat()).unwrap();
        assert!(config.mail_notice().is_some_and(|notice| notice.starts_with("SMTP_TLS is none")));
        assert!(!format!("{config:?}").contains("hunter2"));
    }
}
