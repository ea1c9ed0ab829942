//! Mails that rooms send, in the transaction of what caused them.

use domain::Result;
use mailer::Message;
use sea_orm::ConnectionTrait;

use crate::context::Context;

impl Context {
    /// Sends a mail to the user of an address, once the transaction is committed.
    pub(crate) async fn mail<C: ConnectionTrait>(
        &self,
        db: &C,
        to: &str,
        message: &Message,
    ) -> Result<()> {
        self.mailer.enqueue(db, to, message).await
    }

    /// Does the work of [`Context::mail`] for an address of nobody, so that the time
    /// of the answer tells nothing.
    pub(crate) async fn mail_nobody<C: ConnectionTrait>(
        &self,
        db: &C,
        _to: &str,
        message: &Message,
    ) -> Result<()> {
        self.mailer.enqueue_decoy(db, message).await
    }
}
