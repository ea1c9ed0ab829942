//! What is kept of who did what.

use database::AuditRepository;
pub(crate) use domain::audit::{AuditAction as Action, Outcome};
use domain::{AuditEvent, Result, UserId};
use sea_orm::ConnectionTrait;

use crate::{context::Context, extract::Client};

impl Context {
    /// Notes what the owner of an account did to it, with the connection or in the
    /// transaction that did it.
    pub(crate) async fn audit<C: ConnectionTrait>(
        &self,
        db: &C,
        action: Action,
        user: &UserId,
        client: &Client,
        outcome: Outcome,
    ) -> Result<()> {
        let event = AuditEvent::of_user(self.clock.now(), action, user, client.origin(), outcome);
        AuditRepository::new(db).insert(event).await
    }

    /// Notes what somebody did who has not proved who they are; `subject` is whose
    /// account it was about.
    pub(crate) async fn audit_nobody<C: ConnectionTrait>(
        &self,
        db: &C,
        action: Action,
        subject: Option<&UserId>,
        client: &Client,
        outcome: Outcome,
    ) -> Result<()> {
        let (now, origin) = (self.clock.now(), client.origin());
        let event = AuditEvent::of_nobody(now, action, subject.cloned(), origin, outcome);
        AuditRepository::new(db).insert(event).await
    }
}
