//! Warnings about the settings, and what they allow.

use auth::Plugin;
use mailer::{SmsConfig, Smtp, Tls, TransportConfig};

use super::{Config, env_file};

impl Config {
    /// Whether the development mailbox shows mails, or SMS of a plugin.
    pub(crate) fn has_mailbox(&self) -> bool {
        let sends_sms =
            self.plugins.has(Plugin::PhoneNumber) || self.plugins.has(Plugin::TwoFactor);
        matches!(self.mail.transport, TransportConfig::Inbox)
            || sends_sms && matches!(self.mail.sms, SmsConfig::Inbox)
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

    /// A warning that SMS are required, but not sent.
    pub(crate) fn sms_notice(&self) -> Option<String> {
        let is_off = matches!(self.mail.sms, SmsConfig::Off);
        (is_off && self.plugins.has(Plugin::PhoneNumber)).then(|| {
            "AUTH_SMS_WEBHOOK is not set: no SMS are sent, and users cannot verify phone numbers"
                .to_owned()
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
