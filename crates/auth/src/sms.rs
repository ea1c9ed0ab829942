//! SMS of the feature modules, written in the transaction that causes them.

use domain::Result;
use mailer::{Channel, Recipient, Sms};
use sea_orm::ConnectionTrait;

use crate::{
    context::Context,
    mail::{self, Enqueued},
};

/// Enqueues an SMS, which is sent once the transaction is committed: [`mailer::Mailer::wake`] then
/// sends it at once.
///
/// A recipient who had too many SMS, or is [`Recipient::Simulated`], gets none. The statements are
/// the same in every case, as in [`mail::send`].
pub(crate) async fn send<C: ConnectionTrait>(
    db: &C,
    context: &Context,
    to: Recipient<'_>,
    message: &Sms,
) -> Result<Enqueued> {
    if !context.mailer.has_sms() {
        return Ok(Enqueued::Refused);
    }
    let (to, enqueued) = mail::limited(db, context, to, Channel::Sms, message.kind()).await?;
    context.mailer.enqueue_sms(db, to, message).await?;
    Ok(enqueued)
}
