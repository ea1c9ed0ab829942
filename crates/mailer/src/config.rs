//! The configuration of mails.

use std::{fmt, str::FromStr};

use lettre::message::Mailbox;
use secrecy::SecretString;

use crate::{message::Message, sanitize::one_line, sms::SmsConfig};

/// The sender, appearance, kinds and transport of mails, and the transport of SMS.
#[derive(Clone, Debug)]
pub struct Config {
    /// How mails are sent.
    pub transport: TransportConfig,
    /// The sender. (`SMTP_FROM`)
    pub from: Sender,
    /// The name of the service. (`MAIL_PRODUCT_NAME`)
    pub product_name: String,
    /// The color of buttons and of the name. (`MAIL_COLOR`)
    pub color: Color,
    /// Whether a new user gets a welcome mail. (`MAIL_WELCOME`)
    pub welcome: bool,
    /// Whether a user gets a mail after a password change. (`MAIL_PASSWORD_CHANGED`)
    pub password_changed: bool,
    /// How messages by SMS are sent.
    pub sms: SmsConfig,
}

impl Config {
    /// The defaults, with this transport of mails, and without SMS.
    #[must_use]
    pub fn new(transport: TransportConfig) -> Self {
        Self {
            transport,
            from: Sender::default(),
            product_name: "Bookplate".to_owned(),
            color: Color::default(),
            welcome: true,
            password_changed: true,
            sms: SmsConfig::Off,
        }
    }

    /// Whether mails of this kind are sent.
    pub(crate) fn sends(&self, message: &Message) -> bool {
        match message {
            Message::Welcome { .. } => self.welcome,
            Message::PasswordChanged { .. } => self.password_changed,
            _ => true,
        }
    }
}

/// How mails are sent.
#[derive(Clone, Debug)]
pub enum TransportConfig {
    /// By an SMTP server.
    Smtp(Smtp),
    /// Not sent: the development mailbox shows them.
    Inbox,
    /// Not sent, and not stored.
    Off,
}

/// An SMTP server that relays mails.
#[derive(Clone)]
pub struct Smtp {
    /// The host name, which the certificate must contain. (`SMTP_HOST`)
    pub host: String,
    /// The port. (`SMTP_PORT`)
    pub port: u16,
    /// User name and password, if the server requires them. (`SMTP_USER`, `SMTP_PASSWORD`)
    pub login: Option<(String, SecretString)>,
    /// The encryption of the connection. (`SMTP_TLS`)
    pub tls: Tls,
}

impl Smtp {
    /// A server on this machine, without login and encryption: for development.
    #[must_use]
    pub fn local(port: u16) -> Self {
        Self { host: "localhost".to_owned(), port, login: None, tls: Tls::None }
    }
}

/// Without the login.
impl fmt::Debug for Smtp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, port, login: _, tls } = self;
        f.debug_struct("Smtp")
            .field("host", host)
            .field("port", port)
            .field("tls", tls)
            .finish_non_exhaustive()
    }
}

/// The encryption of the connection to the mail server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tls {
    /// The connection starts unencrypted, and must be upgraded before anything is sent.
    StartTls,
    /// Encrypted from the first byte on.
    Tls,
    /// Not encrypted: anyone on the network path can read and change everything.
    None,
}

impl Tls {
    /// The usual port.
    #[must_use]
    pub fn default_port(self) -> u16 {
        match self {
            Self::StartTls => 587,
            Self::Tls => 465,
            Self::None => 25,
        }
    }
}

/// The sender of mails: `Name <address>` or an address.
#[derive(Clone, PartialEq, Eq)]
pub struct Sender(pub(crate) Mailbox);

impl Sender {
    /// Whether no mail can be sent from this address: its domain is one of documentation, or
    /// is reserved.
    #[must_use]
    pub fn is_placeholder(&self) -> bool {
        let domain = self.0.email.domain().to_ascii_lowercase();
        let ends = |end: &str| domain == end || domain.ends_with(&format!(".{end}"));
        let taken = ["example.com", "example.net", "example.org"];
        let reserved = ["example", "invalid", "localhost", "local", "localdomain", "test"];
        let yours = ["your-domain", "yourdomain"];
        let is_yours = domain.split('.').any(|label| yours.contains(&label));
        !domain.contains('.') || is_yours || taken.into_iter().chain(reserved).any(ends)
    }

    pub(crate) fn domain(&self) -> &str {
        self.0.email.domain()
    }
}

impl FromStr for Sender {
    type Err = lettre::address::AddressError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut mailbox: Mailbox = text.trim().parse()?;
        mailbox.name = mailbox.name.map(|name| one_line(&name, 100));
        Ok(Self(mailbox))
    }
}

/// A placeholder.
impl Default for Sender {
    fn default() -> Self {
        #[expect(clippy::expect_used, reason = "a constant, and a test makes it")]
        let address = lettre::Address::new("bookplate", "localhost").expect("an address");
        Self(Mailbox::new(None, address))
    }
}

/// Without the address.
impl fmt::Debug for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sender")
    }
}

/// A color, as `#rrggbb`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Color([u8; 3]);

impl Color {
    /// Black or white, whichever is easier to read on this color.
    pub(crate) fn ink(self) -> Self {
        // The weights of ITU-R BT.601.
        let [red, green, blue] = self.0.map(u32::from);
        let bright = 299 * red + 587 * green + 114 * blue > 150_000;
        Self(if bright { [0; 3] } else { [255; 3] })
    }
}

/// The green of library bindings.
impl Default for Color {
    fn default() -> Self {
        Self([0x1f, 0x6f, 0x54])
    }
}

impl FromStr for Color {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6);
        let digits = digits.filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
        // Without digits, parsing fails with the standard error.
        let [_, red, green, blue] = u32::from_str_radix(digits.unwrap_or(""), 16)?.to_be_bytes();
        Ok(Self([red, green, blue]))
    }
}

impl fmt::Display for Color {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [red, green, blue] = self.0;
        write!(f, "#{red:02x}{green:02x}{blue:02x}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn example_addresses_are_placeholders() {
        for (sender, placeholder) in [
            ("Bookplate <no-reply@books.org>", false),
            ("no-reply@mail.books.org", false),
            ("you@example.com", true),
            ("Bookplate <noreply@mail.Example.org>", true),
            ("noreply@localhost", true),
            ("noreply@books.test", true),
            ("no-reply@your-domain.org", true),
            ("no-reply@mail.yourdomain.com", true),
        ] {
            let sender: Sender = sender.parse().unwrap();
            assert_eq!(sender.is_placeholder(), placeholder, "{}", sender.0);
        }
        assert!(Sender::default().is_placeholder());
        for bad in ["", "books", "a@b@c", "Bookplate <>", "a@b.org\r\nBcc: c@d.org"] {
            assert!(bad.parse::<Sender>().is_err(), "{bad}");
        }
    }

    #[test]
    fn colors_are_six_digits() {
        assert_eq!("#1F6f54".parse::<Color>().unwrap().to_string(), "#1f6f54");
        for bad in ["", "#", "red", "#fff", "1f6f54", "#1f6f5", "#1f6f544", "#+f6f54", "#é6f54"] {
            assert!(bad.parse::<Color>().is_err(), "{bad}");
        }
    }

    #[test]
    fn text_on_a_color_can_be_read() {
        for (color, ink) in [("#000000", "#ffffff"), ("#ffee00", "#000000"), ("#1f6f54", "#ffffff")]
        {
            assert_eq!(color.parse::<Color>().unwrap().ink().to_string(), ink);
        }
    }

    #[test]
    fn a_shown_config_has_no_address_and_no_login() {
        let login = Some(("ann".to_owned(), "hunter2".into()));
        let smtp = Smtp { host: "mx".to_owned(), port: 25, login, tls: Tls::None };
        let mut config = Config::new(TransportConfig::Smtp(smtp));
        config.from = "eve@books.org".parse().unwrap();
        let shown = format!("{config:?}");
        assert!(["ann", "hunter2", "eve"].iter().all(|word| !shown.contains(word)), "{shown}");
    }
}
