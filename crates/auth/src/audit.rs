//! The audit log of authentication.

use database::AuditRepository;
pub(crate) use domain::audit::{AuditAction as Action, Outcome};
use domain::{AuditEvent, Result, UserId};
use sea_orm::ConnectionTrait;

use crate::{context::Context, extract::Client};

/// The actor of an audit event.
#[derive(Clone, Copy)]
pub(crate) enum Actor<'a> {
    /// The owner of the account, who has authenticated.
    User(&'a UserId),
    /// A user who has authenticated, and the other account that they changed.
    About { user: &'a UserId, subject: &'a UserId },
    /// A client that has not authenticated. `subject` is the user whose account it tried, if
    /// there is one.
    Anonymous { subject: Option<&'a UserId> },
}

impl<'a> From<&'a UserId> for Actor<'a> {
    fn from(user: &'a UserId) -> Self {
        Self::User(user)
    }
}

/// Records an event, with the connection or in the transaction of its cause.
pub(crate) async fn record<'a, C: ConnectionTrait>(
    db: &C,
    context: &Context,
    action: Action,
    actor: impl Into<Actor<'a>>,
    client: &Client,
    outcome: Outcome,
) -> Result<()> {
    let (now, origin) = (context.clock.now(), client.origin());
    let event = match actor.into() {
        Actor::User(user) => AuditEvent::by_user(now, action, user, origin, outcome),
        Actor::About { user, subject } => {
            AuditEvent::by_user_about(now, action, (user, subject), origin, outcome)
        }
        Actor::Anonymous { subject } => {
            AuditEvent::by_anonymous(now, action, subject.cloned(), origin, outcome)
        }
    };
    AuditRepository::new(db).insert(event).await
}
