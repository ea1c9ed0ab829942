//! Warnings about the settings, and what they allow.

use mailer::{Smtp, Tls, TransportConfig};

use super::{Config, env_file};

impl Config {
    /// Whether the development mailbox shows mails.
    pub(crate) fn has_mailbox(&self) -> bool {
        matches!(self.mail.transport, TransportConfig::Inbox)
    }

    /// Whether mails are sent, or shown by the development mailbox.
    pub(crate) fn has_mails(&self) -> bool {
        !matches!(self.mail.transport, TransportConfig::Off)
    }

    /// A warning about these settings, if any.
    pub(crate) fn mail_notice(&self) -> Option<String> {
        if !self.has_mails() {
            return Some(
                "SMTP_HOST is not set: no mails are sent, and users cannot reset forgotten \
                 passwords or verify addresses"
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
                "SMTP_TLS is none: the password and all mails can be read on the network path to {host}"
            )
        })
    }

    /// Warnings: variables that look like settings but are ignored, and values in `.env` that
    /// a `#` cuts.
    pub(crate) fn setting_notices(&self) -> Vec<String> {
        let unknown = self.unknown.iter().map(|it| format!("{} {}", it.name, it.message()));
        let cut = self.env_file.cut_values();
        let cut = cut.map(|what| format!("{} {what}; {}", env_file::NAME, env_file::QUOTE_ADVICE));
        unknown.chain(cut).collect()
    }
}
