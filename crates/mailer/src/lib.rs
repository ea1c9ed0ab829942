//! Mails and SMS: their content, the outbox, and transports.
//!
//! Callers enqueue a [`Message`] in the transaction of the change that causes it: both are
//! committed, or neither. A worker ([`Mailer::run`], one per process) leases waiting mails, so
//! that several workers on one database do not send a mail twice, and retries for a day when
//! the mail server is down. Mails that were given up stay in the table for the administrator.
//!
//! ```text
//! enqueue ──▶ table "mail" ──lease──▶ render ──▶ SMTP, or the webhook of SMS
//!             (sealed)     ◀──────── sent, delayed, failed
//! ```
//!
//! Threats: a stolen database (links are secrets: messages are sealed by
//! [`crypto::Vault`], and deleted once they were sent), log lines (no address, link or
//! password; responses of servers are redacted), an attacker who signs up with another
//! person's address to write to that person (`sanitize::greeting_name`), response times
//! that reveal whether an address is known ([`Recipient::Simulated`]), an attacker on the network
//! who removes STARTTLS (then nothing is sent).
//!
//! A mail is sent at least once: if the process ends after the server accepted a mail and
//! before this is stored, the mail is sent again, with the same `Message-ID`. The same applies to
//! SMS, whose requests have the same `id`. An SMS is not sent once its code has expired.

mod causes;
mod channel;
mod config;
mod message;
mod outbox;
mod render;
mod sanitize;
mod sms;
mod transport;
mod worker;

use std::{fmt, sync::Arc};

use chrono::{DateTime, Utc};
use crypto::{Secrets, Vault};
use database::Database;
use domain::{Clock, Error, Result};
use sea_orm::ConnectionTrait;
use serde::de::DeserializeOwned;
use tokio::sync::Notify;

pub use crate::{
    channel::Channel,
    config::{Color, Config, Sender, Smtp, Tls, TransportConfig},
    message::Message,
    outbox::{Entry, Outbox, State, Stats},
    sms::{Sms, SmsConfig, Webhook},
};
use crate::{
    outbox::{Model, NewMessage},
    render::{Rendered, Renderer},
    sms::SmsTransport,
    transport::Transport,
};

/// Stores and sends mails and SMS. Clones are cheap, and share everything.
#[derive(Clone)]
pub struct Mailer(Arc<Shared>);

struct Shared {
    config: Config,
    transport: Transport,
    sms: SmsTransport,
    outbox: Outbox,
    renderer: Renderer,
    vault: Vault,
    wakeup: Notify,
}

/// A message in the development mailbox.
#[derive(Clone)]
pub struct Delivered {
    /// 32 letters and digits.
    pub id: String,
    /// How it reaches its recipient.
    pub channel: Channel,
    /// The recipient's address or phone number.
    pub to: String,
    /// The kind, see [`Message::kind`] and [`Sms::kind`].
    pub kind: String,
    /// The subject. An SMS has none.
    pub subject: String,
    /// The message as text.
    pub text: String,
    /// The mail as HTML. An SMS has none.
    pub html: String,
    /// The link of its button, if it has one.
    pub link: Option<String>,
    /// When it was enqueued.
    pub created_at: DateTime<Utc>,
}

/// The recipient of a message, by address or phone number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recipient<'a> {
    /// The message is sent.
    User(&'a str),
    /// Nothing is sent, as no user has the address or must get a message. The work is the same.
    Simulated(&'a str),
}

impl Mailer {
    /// A mailer on the outbox in `db`, whose mails are sealed with `secrets`. Does not connect to
    /// the mail server.
    pub fn new(config: Config, db: Database, secrets: Secrets, clock: Clock) -> Result<Self> {
        let transport = Transport::new(&config.transport)?;
        let sms = SmsTransport::new(&config.sms);
        let renderer = Renderer::new(&config)?;
        let outbox = Outbox::new(db, clock);
        let (vault, wakeup) = (Vault::new(secrets), Notify::new());
        Ok(Self(Arc::new(Shared { config, transport, sms, outbox, renderer, vault, wakeup })))
    }

    /// Connects to the mail server and signs in, without sending a mail. The error contains
    /// no addresses and no login. Succeeds without a mail server.
    pub async fn check(config: &Config) -> std::result::Result<(), String> {
        match &config.transport {
            TransportConfig::Smtp(smtp) => transport::check(smtp).await,
            TransportConfig::Inbox | TransportConfig::Off => Ok(()),
        }
    }

    /// Whether mails are sent, or shown by the development mailbox.
    #[must_use]
    pub fn is_on(&self) -> bool {
        !matches!(self.0.transport, Transport::Off)
    }

    /// Whether the development mailbox shows mails instead of sending them.
    #[must_use]
    pub fn is_inbox(&self) -> bool {
        matches!(self.0.transport, Transport::Inbox)
    }

    /// Writes a mail through the caller's connection or transaction. Once that is committed,
    /// [`Mailer::wake`] sends it at once. Does nothing when mails are off.
    ///
    /// A simulated mail, and one of a kind that is off, is written like every other and then
    /// deleted, so that the time of a response does not reveal whether an address has a user.
    pub async fn enqueue(
        &self,
        db: &impl ConnectionTrait,
        to: Recipient<'_>,
        message: &Message,
    ) -> Result<()> {
        if !self.is_on() {
            return Ok(());
        }
        let to = match to {
            Recipient::User(address) if !self.0.config.sends(message) => {
                Recipient::Simulated(address)
            }
            to => to,
        };
        let content = serde_json::to_string(message).map_err(Error::internal)?;
        self.insert(db, Channel::Mail, to, message.kind(), &content).await
    }

    /// Whether SMS are sent, or shown by the development mailbox.
    #[must_use]
    pub fn has_sms(&self) -> bool {
        !matches!(self.0.sms, SmsTransport::Off)
    }

    /// Writes an SMS through the caller's connection or transaction, as [`Mailer::enqueue`] does
    /// with mails. Does nothing when SMS are off.
    pub async fn enqueue_sms(
        &self,
        db: &impl ConnectionTrait,
        to: Recipient<'_>,
        message: &Sms,
    ) -> Result<()> {
        if !self.has_sms() {
            return Ok(());
        }
        let content = serde_json::to_string(message).map_err(Error::internal)?;
        self.insert(db, Channel::Sms, to, message.kind(), &content).await
    }

    async fn insert(
        &self,
        db: &impl ConnectionTrait,
        channel: Channel,
        to: Recipient<'_>,
        kind: &'static str,
        content: &str,
    ) -> Result<()> {
        let (state, recipient) = match to {
            // The development mailbox shows a message as soon as it is committed.
            Recipient::User(recipient) => (self.first_state(channel), recipient),
            Recipient::Simulated(_) => (State::Simulated, "nobody@localhost"),
        };
        let content = self.0.vault.seal(content);
        let message = NewMessage { channel, recipient, kind, content };
        self.0.outbox.insert(db, state, message).await
    }

    fn first_state(&self, channel: Channel) -> State {
        let is_inbox = match channel {
            Channel::Mail => self.is_inbox(),
            Channel::Sms => matches!(self.0.sms, SmsTransport::Inbox),
        };
        if is_inbox { State::Delivered } else { State::Waiting }
    }

    /// Wakes this process's worker, which otherwise polls every second.
    pub fn wake(&self) {
        self.0.wakeup.notify_one();
    }

    /// The number of mails by state.
    pub async fn stats(&self) -> Result<Stats> {
        self.0.outbox.stats().await
    }

    /// The outbox, for lists and retries.
    #[must_use]
    pub fn outbox(&self) -> &Outbox {
        &self.0.outbox
    }

    /// The latest messages of the development mailbox, newest first. Those that cannot be decrypted
    /// (the secret was changed) are left out.
    pub async fn messages(&self, limit: u64) -> Result<Vec<Delivered>> {
        let rows = self.0.outbox.delivered(limit).await?;
        Ok(rows.into_iter().filter_map(|row| self.read(row).ok()).collect())
    }

    fn read(&self, row: Model) -> Result<Delivered> {
        let channel = row.channel();
        let (Rendered { subject, text, html }, link) = match channel {
            Channel::Mail => {
                let message: Message = self.open(&row)?;
                let link = message.link().map(|(link, _)| link.to_owned());
                (self.0.renderer.render(&message)?, link)
            }
            Channel::Sms => {
                let text = self.open::<Sms>(&row)?.text(self.0.renderer.product());
                (Rendered { subject: String::new(), text, html: String::new() }, None)
            }
        };
        let Model { id, recipient: to, kind, created_at, .. } = row;
        Ok(Delivered { id, channel, to, kind, subject, text, html, link, created_at })
    }

    fn open<M: DeserializeOwned>(&self, row: &Model) -> Result<M> {
        let unreadable = || Error::internal("the message cannot be read: was the secret changed?");
        let content = row.content.as_deref().ok_or_else(unreadable)?;
        let content = self.0.vault.open(content).ok_or_else(unreadable)?;
        serde_json::from_str(&content).map_err(|_| unreadable())
    }
}

/// Without secrets and addresses.
impl fmt::Debug for Mailer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Mailer").field(&self.0.transport).field(&self.0.sms).finish()
    }
}

/// Without the address, the link and the content.
impl fmt::Debug for Delivered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Delivered")
            .field("id", &self.id)
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}
