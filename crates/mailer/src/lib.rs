//! Mails: what they say, the outbox they wait in, and how they leave.
//!
//! Whoever has something to say enqueues a [`Message`] in the transaction of what
//! caused it: either both last or neither. A worker ([`Mailer::run`], one per process)
//! takes what waits, several on one database without sending anything twice, and tries
//! again for a day when the mail server is out. What it gives up stays to be seen.
//!
//! ```text
//! enqueue ──▶ table "mail" ──lease──▶ render ──▶ SMTP
//!             (sealed)     ◀──────── sent, delayed, failed
//! ```
//!
//! Threats: a stolen database (links are secrets: messages are sealed by
//! [`crypto::Vault`], and cleared once they were sent), log lines (no address, link or
//! password; what servers say is scrubbed), whoever signs up with somebody else's
//! address to write to them (`plain::greeted`), answers whose time tells whether an
//! address is known ([`Recipient::Simulated`]), a listener who hides STARTTLS (then
//! nothing is said).
//!
//! A mail leaves at least once: if the process dies after the server took a mail and
//! before that is noted, it is sent again, under the same `Message-ID`.

mod config;
mod message;
mod outbox;
mod plain;
mod render;
mod transport;
mod worker;

use std::{fmt, sync::Arc};

use chrono::{DateTime, Utc};
use crypto::Vault;
use database::Database;
use domain::{Clock, Error, Result};
use sea_orm::ConnectionTrait;
use tokio::sync::Notify;

pub use crate::{
    config::{Color, Config, Sender, Smtp, Tls, Transport},
    message::Message,
    outbox::{Entry, Outbox, State, Stats},
};
use crate::{
    outbox::Model,
    render::{Rendered, Renderer},
    transport::Exit,
};

/// The one through whom mails go. Cheap to clone; clones share everything.
#[derive(Clone)]
pub struct Mailer(Arc<Shared>);

struct Shared {
    config: Config,
    exit: Exit,
    outbox: Outbox,
    renderer: Renderer,
    vault: Vault,
    called: Notify,
}

/// A mail in the development mailbox.
#[derive(Clone)]
pub struct Delivered {
    /// 32 letters and digits.
    pub id: String,
    /// Whom it is for.
    pub to: String,
    /// What it is about, by [`Message::kind`].
    pub kind: String,
    /// What stands in the list of mails.
    pub subject: String,
    /// The mail as text.
    pub text: String,
    /// The mail as HTML.
    pub html: String,
    /// Where its button leads, if it has one.
    pub link: Option<String>,
    /// When it was written.
    pub created_at: DateTime<Utc>,
}

/// The recipient of a mail, by address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recipient<'a> {
    /// The mail is sent.
    User(&'a str),
    /// No mail is sent, as no user has the address or must get one. The work is the same.
    Simulated(&'a str),
}

impl Mailer {
    /// Mails of the outbox in `db`, sealed by `vault`. No mail server is asked yet.
    pub fn new(config: Config, db: Database, vault: Vault, clock: Clock) -> Result<Self> {
        let exit = Exit::new(&config.transport)?;
        let renderer = Renderer::new(&config)?;
        let outbox = Outbox::new(db, clock);
        let called = Notify::new();
        Ok(Self(Arc::new(Shared { config, exit, outbox, renderer, vault, called })))
    }

    /// Whether the mail server of these settings answers and lets us in; nothing is
    /// sent. The reason of a failure has no addresses and no login. Without a mail
    /// server there is nothing to fail.
    pub async fn check(config: &Config) -> std::result::Result<(), String> {
        match &config.transport {
            Transport::Smtp(smtp) => transport::check(smtp).await,
            Transport::Inbox | Transport::Off => Ok(()),
        }
    }

    /// Whether mails are sent, or at least shown.
    #[must_use]
    pub fn is_on(&self) -> bool {
        !matches!(self.0.exit, Exit::Off)
    }

    /// Whether mails stay here and are shown by the development mailbox.
    #[must_use]
    pub fn is_inbox(&self) -> bool {
        matches!(self.0.exit, Exit::Inbox)
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
        let (state, to) = match to {
            // The development mailbox shows a mail as soon as it is committed.
            Recipient::User(address) if self.0.config.sends(message) => {
                (if self.is_inbox() { State::Delivered } else { State::Waiting }, address)
            }
            Recipient::User(_) | Recipient::Simulated(_) => (State::Decoy, "nobody@localhost"),
        };
        let content = serde_json::to_string(message).map_err(Error::internal)?;
        let content = self.0.vault.seal(&content);
        self.0.outbox.insert(db, state, to, message.kind(), content).await
    }

    /// Calls this process's worker, which otherwise looks every second.
    pub fn wake(&self) {
        self.0.called.notify_one();
    }

    /// How many mails stand where.
    pub async fn stats(&self) -> Result<Stats> {
        self.0.outbox.stats().await
    }

    /// The table, for lists and retries.
    #[must_use]
    pub fn outbox(&self) -> &Outbox {
        &self.0.outbox
    }

    /// At most `limit` mails of the development mailbox, newest first. One that cannot
    /// be read any more, as after a change of the secret, is left out.
    pub async fn messages(&self, limit: u64) -> Result<Vec<Delivered>> {
        let rows = self.0.outbox.delivered(limit).await?;
        let read = |row: Model| {
            let message = self.open(&row).ok()?;
            let Rendered { subject, text, html } = self.0.renderer.render(&message).ok()?;
            let link = message.link().map(|(link, _)| link.to_owned());
            let Model { id, recipient: to, kind, created_at, .. } = row;
            Some(Delivered { id, to, kind, subject, text, html, link, created_at })
        };
        Ok(rows.into_iter().filter_map(read).collect())
    }

    fn open(&self, row: &Model) -> Result<Message> {
        let unreadable = || Error::internal("the mail cannot be read: was the secret changed?");
        let content = row.content.as_deref().ok_or_else(unreadable)?;
        let content = self.0.vault.open(content).ok_or_else(unreadable)?;
        serde_json::from_str(&content).map_err(|_| unreadable())
    }
}

/// Without secrets and addresses.
impl fmt::Debug for Mailer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Mailer").field(&self.0.exit).finish()
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
