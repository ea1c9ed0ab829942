//! The configuration of messages by SMS.

use std::fmt;

use secrecy::SecretString;
use url::Url;

/// How messages by SMS are sent.
#[derive(Clone, Debug)]
pub enum SmsConfig {
    /// By a webhook of the operator.
    Webhook(Webhook),
    /// Not sent: the development mailbox shows them.
    Inbox,
    /// Not sent, and not stored.
    Off,
}

/// A server of the operator that passes messages to a provider of SMS.
#[derive(Clone)]
pub struct Webhook {
    /// An https URL, or an http URL on this machine. It may contain a secret.
    /// (`AUTH_SMS_WEBHOOK`)
    pub url: Url,
    /// Signs the requests. (`AUTH_SMS_WEBHOOK_SECRET`)
    pub secret: SecretString,
}

/// Shows the host alone.
impl fmt::Debug for Webhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Webhook").field("host", &self.url.host_str()).finish_non_exhaustive()
    }
}
