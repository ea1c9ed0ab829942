//! SMS whose codes have expired, which are not sent any more.

use domain::Result;

use super::Sms;
use crate::{
    Channel, Mailer,
    causes::causes,
    outbox::{Model, State},
};

/// The number of SMS that are given up at once.
const BATCH: usize = 500;
/// The error of an SMS whose code has expired.
pub(crate) const EXPIRED: &str = "its code has expired";

impl Mailer {
    /// Gives a batch of SMS up whose codes have expired, or that cannot be read. Without a webhook, no
    /// worker leases them.
    pub(crate) async fn give_up_expired_sms(&self) -> Result<()> {
        if self.has_sms() {
            return Ok(());
        }
        let outbox = self.outbox();
        for row in outbox.due(Channel::Sms, &[State::Waiting], BATCH).await? {
            let reason = match self.open::<Sms>(&row) {
                Ok(message) if !self.is_expired(&row, &message) => continue,
                Ok(_) => EXPIRED.to_owned(),
                Err(error) => causes(&error),
            };
            if let Some(leased) = outbox.lease(row).await? {
                outbox.store_failed(&leased, &reason).await?;
            }
        }
        Ok(())
    }

    pub(crate) fn is_expired(&self, row: &Model, message: &Sms) -> bool {
        row.created_at + message.expires_in() <= self.outbox().clock.now()
    }
}
