//! Mails of the feature modules, written in the transaction that causes them.

use domain::Result;
use mailer::{Channel, Message, Recipient};
use sea_orm::ConnectionTrait;

use crate::{
    context::Context,
    limit::{Rule, Taken},
};

/// The limit of mails, and of SMS, per recipient and kind: five at once, then one in 20 minutes. A
/// client that requests links for a foreign address does not affect mails of other kinds.
const PER_RECIPIENT: Rule = Rule::Bucket { burst: 5, every: 20 * 60_000 };

/// The end of addresses that no mail reaches (RFC 6761, section 6.4), such as those of guests.
const UNREACHABLE: &str = ".invalid";

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Enqueued {
    /// It is sent once the transaction is committed.
    Sent,
    /// Nothing is sent, as the recipient is simulated. Clients must not notice.
    Simulated,
    /// The recipient, whether simulated or not, had too many, or the channel is off.
    Refused,
}

/// The recipient of a mail: a placeholder, which no mail reaches, is simulated.
pub(crate) fn reachable(to: Recipient<'_>) -> Recipient<'_> {
    match to {
        Recipient::User(address) if address.ends_with(UNREACHABLE) => Recipient::Simulated(address),
        to => to,
    }
}

/// Enqueues a mail, which is sent once the transaction is committed.
///
/// A recipient who had too many mails, has a placeholder as address, or is
/// [`Recipient::Simulated`], gets none. The statements are the same in every case, so that the time
/// of a response does not reveal whether an address has a user. Simulated mails have a limit of
/// their own: a user who takes the address later misses no mail.
pub(crate) async fn send<C: ConnectionTrait>(
    db: &C,
    context: &Context,
    to: Recipient<'_>,
    message: &Message,
) -> Result<Enqueued> {
    if !context.mailer.is_on() {
        return Ok(Enqueued::Refused);
    }
    let (to, enqueued) = limited(db, context, reachable(to), Channel::Mail, message.kind()).await?;
    context.mailer.enqueue(db, to, message).await?;
    Ok(enqueued)
}

/// Counts a message. Over the limit its recipient is simulated.
pub(crate) async fn limited<'a, C: ConnectionTrait>(
    db: &C,
    context: &Context,
    to: Recipient<'a>,
    channel: Channel,
    kind: &str,
) -> Result<(Recipient<'a>, Enqueued)> {
    let is_within_limit = take(db, context, to, channel, kind).await?;
    Ok(match to {
        Recipient::User(_) if is_within_limit => (to, Enqueued::Sent),
        Recipient::User(address) => {
            let channel = channel.as_str();
            tracing::warn!(channel, kind, "message not sent: its recipient had too many");
            (Recipient::Simulated(address), Enqueued::Refused)
        }
        Recipient::Simulated(_) if is_within_limit => (to, Enqueued::Simulated),
        Recipient::Simulated(_) => (to, Enqueued::Refused),
    })
}

/// Counts a message. Returns whether it is within the limit.
pub(crate) async fn take<C: ConnectionTrait>(
    db: &C,
    context: &Context,
    to: Recipient<'_>,
    channel: Channel,
    kind: &str,
) -> Result<bool> {
    let Some(limiter) = &context.limiter else { return Ok(true) };
    let (nobody, address) = match to {
        Recipient::User(address) => ("", address),
        Recipient::Simulated(address) => ("-nobody", address),
    };
    let key = limiter.key_of(&format!("{}{nobody}-{kind}", channel.as_str()), address);
    Ok(limiter.take(db, &key, PER_RECIPIENT).await? == Taken::Yes)
}
