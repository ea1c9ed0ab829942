//! Mails of the feature modules, written in the transaction that causes them.

use domain::Result;
use mailer::{Message, Recipient};
use sea_orm::ConnectionTrait;

use crate::{
    context::Context,
    limit::{Rule, Taken},
};

/// The limit of mails per recipient and kind of mail: five at once, then one in 20 minutes. A
/// client that requests links for a foreign address uses up no mail of another kind.
const PER_RECIPIENT: Rule = Rule::Bucket { burst: 5, every: 20 * 60_000 };

/// Enqueues a mail, which is sent once the transaction is committed. Returns whether it is.
///
/// A recipient who had too many mails, or is [`Recipient::Simulated`], gets none. The statements
/// are the same in every case, so that the time of a response does not reveal whether an address
/// has a user. Simulated mails have a limit of their own: a user who takes the address later
/// misses no mail.
pub(crate) async fn send<C: ConnectionTrait>(
    db: &C,
    context: &Context,
    to: Recipient<'_>,
    message: &Message,
) -> Result<bool> {
    let is_within_limit = take(db, context, to, message).await?;
    let to = match to {
        Recipient::User(address) if !is_within_limit => {
            tracing::warn!(kind = message.kind(), "mail not sent: its recipient had too many");
            Recipient::Simulated(address)
        }
        to => to,
    };
    context.mailer.enqueue(db, to, message).await?;
    Ok(matches!(to, Recipient::User(_)))
}

/// Counts the mail. Returns whether it is within the limit.
async fn take<C: ConnectionTrait>(
    db: &C,
    context: &Context,
    to: Recipient<'_>,
    message: &Message,
) -> Result<bool> {
    let Some(limiter) = context.limiter.as_ref().filter(|_| context.mailer.is_on()) else {
        return Ok(true);
    };
    let (prefix, address) = match to {
        Recipient::User(address) => ("mail", address),
        Recipient::Simulated(address) => ("mail-nobody", address),
    };
    let key = limiter.key_of(&format!("{prefix}-{}", message.kind()), address);
    Ok(limiter.take(db, &key, PER_RECIPIENT).await? == Taken::Yes)
}
