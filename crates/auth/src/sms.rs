//! SMS of the feature modules, written in the transaction that causes them.

use domain::Result;
use mailer::{Channel, Recipient, Sms};
use sea_orm::ConnectionTrait;

use crate::{context::Context, mail};

/// Enqueues an SMS, which is sent once the transaction is committed: [`mailer::Mailer::wake`] then
/// sends it at once. Returns whether it is sent.
///
/// A recipient who had too many SMS, or is [`Recipient::Simulated`], gets none. The statements are
/// the same in every case, as in [`mail::send`].
pub(crate) async fn send<C: ConnectionTrait>(
    db: &C,
    context: &Context,
    to: Recipient<'_>,
    message: &Sms,
) -> Result<bool> {
    let (kind, is_on) = (message.kind(), context.mailer.has_sms());
    let is_within_limit = !is_on || mail::take(db, context, to, Channel::Sms, kind).await?;
    let to = match to {
        Recipient::User(number) if !is_within_limit => {
            tracing::warn!(kind, "SMS not sent: its recipient had too many");
            Recipient::Simulated(number)
        }
        to => to,
    };
    context.mailer.enqueue_sms(db, to, message).await?;
    Ok(matches!(to, Recipient::User(_)))
}
