//! Messages by SMS: their content, and the operator's webhook that sends them.

mod config;
mod expiry;
mod message;
mod webhook;

use std::fmt;

use self::webhook::Sender;
pub use self::{
    config::{SmsConfig, Webhook},
    message::Sms,
};
pub(crate) use self::{expiry::EXPIRED, webhook::Delivery};
use crate::transport::Outcome;

/// Sends messages by SMS.
pub(crate) enum SmsTransport {
    Webhook(Box<Sender>),
    Inbox,
    Off,
}

impl SmsTransport {
    /// Does not connect yet.
    pub(crate) fn new(config: &SmsConfig) -> Self {
        match config {
            SmsConfig::Webhook(webhook) => Self::Webhook(Box::new(Sender::new(webhook))),
            SmsConfig::Inbox => Self::Inbox,
            SmsConfig::Off => Self::Off,
        }
    }

    /// Makes one attempt to send a message.
    pub(crate) async fn send(&self, delivery: &Delivery<'_>) -> Outcome {
        match self {
            Self::Webhook(sender) => sender.send(delivery).await,
            Self::Inbox => Outcome::Delivered,
            Self::Off => Outcome::Delayed("there is no SMS webhook".to_owned()),
        }
    }
}

impl fmt::Debug for SmsTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Webhook(_) => "Webhook",
            Self::Inbox => "Inbox",
            Self::Off => "Off",
        })
    }
}
