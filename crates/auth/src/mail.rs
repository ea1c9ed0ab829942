//! Mails that rooms send, in the transaction of what caused them.

use domain::Result;
use mailer::Message;
use sea_orm::ConnectionTrait;

use crate::{
    context::Context,
    limit::{Rule, Taken},
};

/// What one person gets of each kind: five at once, then one in 20 minutes. Whoever asks for
/// links in somebody else's name uses up no mail of another kind.
const TO_ONE: Rule = Rule::Bucket { burst: 5, every: 20 * 60_000 };

impl Context {
    /// Sends a mail to the user of an address, once the transaction is committed. If
    /// they had too many, they get none, and the same work is done. Whether they get it.
    pub(crate) async fn mail<C: ConnectionTrait>(
        &self,
        db: &C,
        to: &str,
        message: &Message,
    ) -> Result<bool> {
        if self.may_mail(db, "mail", message, to).await? {
            self.mailer.enqueue(db, to, message).await?;
            return Ok(true);
        }
        tracing::warn!(kind = message.kind(), "a mail is not sent: its recipient had too many");
        self.mailer.enqueue_decoy(db, message).await?;
        Ok(false)
    }

    /// Does the work of [`Context::mail`] for an address of nobody, so that the time
    /// of the answer tells nothing. Whoever has the address later misses no mail by it.
    pub(crate) async fn mail_nobody<C: ConnectionTrait>(
        &self,
        db: &C,
        to: &str,
        message: &Message,
    ) -> Result<bool> {
        self.may_mail(db, "mail-nobody", message, to).await?;
        self.mailer.enqueue_decoy(db, message).await?;
        Ok(false)
    }

    async fn may_mail<C: ConnectionTrait>(
        &self,
        db: &C,
        what: &str,
        message: &Message,
        to: &str,
    ) -> Result<bool> {
        let Some(limiter) = self.limiter.as_ref().filter(|_| self.mailer.is_on()) else {
            return Ok(true);
        };
        let key = limiter.key_of(&format!("{what}-{}", message.kind()), to);
        Ok(limiter.take(db, &key, TO_ONE).await? == Taken::Yes)
    }
}
