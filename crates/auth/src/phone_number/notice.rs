//! The notice to a user whose number was added, changed or removed.

use domain::{Result, User};
use mailer::{Message, Recipient};
use sea_orm::ConnectionTrait;

use crate::{context::Context, mail};

/// Mails the notice, if mails are on and reach the user.
pub(crate) async fn notify<C: ConnectionTrait>(
    db: &C,
    context: &Context,
    user: &User,
) -> Result<()> {
    let notice = Message::PhoneNumberChanged { name: user.name.clone() };
    mail::send(db, context, Recipient::User(&user.email), &notice).await?;
    Ok(())
}
