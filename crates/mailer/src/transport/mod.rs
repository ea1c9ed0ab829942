//! Transports: how a mail is sent.

mod connection;

use std::{
    error::Error as _,
    fmt,
    time::{Duration, SystemTime},
};

use chrono::{DateTime, Utc};
use domain::Result;
use lettre::{
    Address,
    message::{
        Mailbox, MultiPart,
        header::{HeaderName, HeaderValue},
    },
};
use tokio::time::timeout;

use self::connection::Connections;
use crate::{Config, Smtp, TransportConfig, config::Sender, render::Rendered, sanitize::redact};

/// The time limit of a check.
const CHECK_TIMEOUT: Duration = Duration::from_secs(10);
/// The time limit of sending one mail; shorter than a lease.
const SEND_TIMEOUT: Duration = Duration::from_mins(1);
/// The time limit of closing idle connections.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);
/// Reply codes about the login, not about the mail: sending succeeds once the settings are
/// corrected.
const LOGIN_CODES: [u16; 4] = [530, 534, 535, 538];

/// The outcome of one attempt to send a mail.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The server accepted the mail.
    Sent,
    /// The development mailbox shows the mail.
    Delivered,
    /// The attempt failed for this reason. Another one may succeed.
    Delayed(String),
    /// No attempt will succeed, for this reason.
    Refused(String),
}

/// Sends mails.
pub(crate) enum Transport {
    Smtp(Connections),
    Inbox,
    Off,
}

impl Transport {
    /// Does not connect yet.
    pub(crate) fn new(config: &TransportConfig) -> Result<Self> {
        match config {
            TransportConfig::Smtp(smtp) => Ok(Self::Smtp(Connections::new(smtp)?)),
            TransportConfig::Inbox => Ok(Self::Inbox),
            TransportConfig::Off => Ok(Self::Off),
        }
    }
}

/// A mail to one address.
pub(crate) struct Envelope<'a> {
    pub(crate) id: &'a str,
    pub(crate) to: &'a str,
    pub(crate) date: DateTime<Utc>,
    pub(crate) content: &'a Rendered,
}

impl Transport {
    /// Makes one attempt to send a mail.
    pub(crate) async fn send(&self, envelope: &Envelope<'_>, config: &Config) -> Outcome {
        let connections = match self {
            Self::Smtp(connections) => connections,
            Self::Inbox => return Outcome::Delivered,
            Self::Off => return Outcome::Delayed("there is no mail server".to_owned()),
        };
        let Ok(address) = envelope.to.parse() else {
            return Outcome::Refused("the address is not valid".to_owned());
        };
        let message = match envelope.message(address, &config.from) {
            Ok(message) => message,
            Err(error) => return Outcome::Refused(redact(&error.to_string())),
        };
        match timeout(SEND_TIMEOUT, connections.send(&message)).await {
            Ok(Ok(())) => Outcome::Sent,
            Ok(Err(error)) => {
                let reason = redact(&error.to_string());
                let code = error.status().map(u16::from);
                let is_login = code.is_some_and(|code| LOGIN_CODES.contains(&code));
                if error.is_permanent() && !is_login {
                    Outcome::Refused(reason)
                } else {
                    Outcome::Delayed(reason)
                }
            }
            Err(_) => Outcome::Delayed("the mail server took too long".to_owned()),
        }
    }
}

impl Transport {
    /// Closes idle connections. Called when there is nothing to send.
    pub(crate) async fn close_idle(&self) {
        if let Self::Smtp(connections) = self {
            // Errors do not matter: the server closes idle connections itself.
            _ = timeout(CLOSE_TIMEOUT, connections.close_idle()).await;
        }
    }
}

/// Connects to the mail server and signs in, without sending a mail. The error contains no
/// addresses.
pub(crate) async fn check(smtp: &Smtp) -> std::result::Result<(), String> {
    let connections = Connections::new(smtp).map_err(|error| redact(&error.to_string()))?;
    match timeout(CHECK_TIMEOUT, connections.check()).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => {
            let cause = error.source().map(ToString::to_string).unwrap_or_default();
            Err(redact(&format!("{error} {cause}")))
        }
        Err(_) => Err("the mail server took too long".to_owned()),
    }
}

impl Envelope<'_> {
    /// Builds the same message for each attempt, with the same `Message-ID`: a client recognizes
    /// a mail that was sent twice.
    fn message(
        &self,
        to: Address,
        from: &Sender,
    ) -> std::result::Result<lettre::Message, lettre::error::Error> {
        let Rendered { subject, text, html } = self.content;
        // RFC 3834: mail servers send no automatic replies.
        let automatic = HeaderValue::new(
            HeaderName::new_from_ascii_str("Auto-Submitted"),
            "auto-generated".to_owned(),
        );
        lettre::Message::builder()
            .from(from.0.clone())
            .to(Mailbox::new(None, to))
            .subject(subject.clone())
            .date(SystemTime::from(self.date))
            .message_id(Some(format!("<{}@{}>", self.id, from.domain())))
            .raw_header(automatic)
            .multipart(MultiPart::alternative_plain_html(text.clone(), html.clone()))
    }
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Smtp(_) => "Smtp",
            Self::Inbox => "Inbox",
            Self::Off => "Off",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_of_a_subject_becomes_a_header() {
        let content = Rendered {
            subject: "Hello\r\nBcc: eve@example.com".to_owned(),
            text: String::new(),
            html: String::new(),
        };
        let envelope = Envelope {
            id: "1",
            to: "ann@example.com",
            date: DateTime::UNIX_EPOCH,
            content: &content,
        };
        let to = envelope.to.parse().unwrap();
        let message = envelope.message(to, &Sender::default()).unwrap().formatted();
        let text = String::from_utf8(message).unwrap();
        assert!(text.lines().all(|line| !line.starts_with("Bcc")), "{text}");
    }
}
