//! How a mail leaves.

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
use crate::{Config, Smtp, Transport, config::Sender, plain::scrubbed, render::Rendered};

/// How long a mere greeting may take.
const ANSWER: Duration = Duration::from_secs(10);
/// How long a whole conversation about one mail may take; shorter than a lease.
const PATIENCE: Duration = Duration::from_mins(1);
/// How long saying goodbye may take.
const FAREWELL: Duration = Duration::from_secs(2);
/// Answers that concern our login, not the mail: others do as well once it is mended.
const ABOUT_THE_LOGIN: [u16; 4] = [530, 534, 535, 538];

/// What became of a mail.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The server took it.
    Sent,
    /// It stays for the development mailbox.
    Kept,
    /// Perhaps later; why not now.
    Delayed(String),
    /// Never; why.
    Refused(String),
}

/// The way out.
pub(crate) enum Exit {
    Smtp(Connections),
    Inbox,
    Off,
}

impl Exit {
    /// Asks nobody anything yet.
    pub(crate) fn new(transport: &Transport) -> Result<Self> {
        match transport {
            Transport::Smtp(smtp) => Ok(Self::Smtp(Connections::new(smtp)?)),
            Transport::Inbox => Ok(Self::Inbox),
            Transport::Off => Ok(Self::Off),
        }
    }
}

/// A mail and where it goes.
pub(crate) struct Letter<'a> {
    pub(crate) id: &'a str,
    pub(crate) to: &'a str,
    pub(crate) date: DateTime<Utc>,
    pub(crate) content: &'a Rendered,
}

impl Exit {
    /// Sends a letter, once.
    pub(crate) async fn send(&self, letter: &Letter<'_>, config: &Config) -> Outcome {
        let connections = match self {
            Self::Smtp(connections) => connections,
            Self::Inbox => return Outcome::Kept,
            Self::Off => return Outcome::Delayed("there is no mail server".to_owned()),
        };
        let Ok(address) = letter.to.parse() else {
            return Outcome::Refused("the address is not valid".to_owned());
        };
        let message = match letter.message(address, &config.from) {
            Ok(message) => message,
            Err(error) => return Outcome::Refused(scrubbed(&error.to_string())),
        };
        match timeout(PATIENCE, connections.send(&message)).await {
            Ok(Ok(())) => Outcome::Sent,
            Ok(Err(error)) => {
                let why = scrubbed(&error.to_string());
                let code = error.status().map(u16::from);
                let ours = code.is_some_and(|code| ABOUT_THE_LOGIN.contains(&code));
                if error.is_permanent() && !ours {
                    Outcome::Refused(why)
                } else {
                    Outcome::Delayed(why)
                }
            }
            Err(_) => Outcome::Delayed("the mail server took too long".to_owned()),
        }
    }
}

impl Exit {
    /// Called now and then, when there is nothing to send.
    pub(crate) async fn rest(&self) {
        if let Self::Smtp(connections) = self {
            // Not asked about: it only saves the server a guess.
            _ = timeout(FAREWELL, connections.close_idle()).await;
        }
    }
}

/// Greets the mail server and signs in, without sending anything. The reason of a
/// failure has no addresses.
pub(crate) async fn check(smtp: &Smtp) -> std::result::Result<(), String> {
    let connections = Connections::new(smtp).map_err(|error| scrubbed(&error.to_string()))?;
    match timeout(ANSWER, connections.check()).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => {
            let cause = error.source().map(ToString::to_string).unwrap_or_default();
            Err(scrubbed(&format!("{error} {cause}")))
        }
        Err(_) => Err("the mail server took too long".to_owned()),
    }
}

impl Letter<'_> {
    /// The same each time: who gets it twice can tell by the `Message-ID`.
    fn message(
        &self,
        to: Address,
        from: &Sender,
    ) -> std::result::Result<lettre::Message, lettre::error::Error> {
        let Rendered { subject, text, html } = self.content;
        // RFC 3834: no out-of-office notes, please.
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

impl fmt::Debug for Exit {
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
        let letter = Letter {
            id: "1",
            to: "ann@example.com",
            date: DateTime::UNIX_EPOCH,
            content: &content,
        };
        let to = letter.to.parse().unwrap();
        let message = letter.message(to, &Sender::default()).unwrap().formatted();
        let text = String::from_utf8(message).unwrap();
        assert!(text.lines().all(|line| !line.starts_with("Bcc")), "{text}");
    }
}
