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

/// Enqueues a mail, which is sent once the transaction is committed. Returns whether it is.
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
) -> Result<bool> {
    let is_on = context.mailer.is_on();
    let is_within_limit = !is_on || take(db, context, to, Channel::Mail, message.kind()).await?;
    let to = match to {
        Recipient::User(address) if address.ends_with(UNREACHABLE) => Recipient::Simulated(address),
        Recipient::User(address) if !is_within_limit => {
            tracing::warn!(kind = message.kind(), "mail not sent: its recipient had too many");
            Recipient::Simulated(address)
        }
        to => to,
    };
    context.mailer.enqueue(db, to, message).await?;
    Ok(matches!(to, Recipient::User(_)))
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
