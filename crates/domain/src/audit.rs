//! Audit events: records of what happened to accounts, for the operator.

mod action;

use std::{
    fmt,
    net::{IpAddr, Ipv6Addr},
};

use chrono::{DateTime, Utc};

pub use self::action::AuditAction;
use crate::id::{UserId, random_alphanumeric};

/// An audit event of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEvent {
    /// 32 letters and digits.
    pub id: String,
    /// Time of the event.
    pub at: DateTime<Utc>,
    /// Who acted; [`AuditActor::Anonymous`] after a refused sign-in.
    pub actor: AuditActor,
    /// The action.
    pub action: AuditAction,
    /// The account's user, if the request named an existing account.
    pub subject: Option<UserId>,
    /// Origin of the request.
    pub origin: Origin,
    /// Outcome of the action.
    pub outcome: Outcome,
}

impl AuditEvent {
    /// Creates the event of an action of the account's owner.
    #[must_use]
    pub fn by_user(
        at: DateTime<Utc>,
        action: AuditAction,
        user: &UserId,
        origin: Origin,
        outcome: Outcome,
    ) -> Self {
        let (actor, subject) = (AuditActor::User(user.clone()), Some(user.clone()));
        Self { id: random_alphanumeric(), at, actor, action, subject, origin, outcome }
    }

    /// Creates the event of a user's action on another account.
    #[must_use]
    pub fn by_user_about(
        at: DateTime<Utc>,
        action: AuditAction,
        (user, subject): (&UserId, &UserId),
        origin: Origin,
        outcome: Outcome,
    ) -> Self {
        let event = Self::by_user(at, action, user, origin, outcome);
        Self { subject: Some(subject.clone()), ..event }
    }

    /// Creates the event of an anonymous request, about an account or about none.
    #[must_use]
    pub fn by_anonymous(
        at: DateTime<Utc>,
        action: AuditAction,
        subject: Option<UserId>,
        origin: Origin,
        outcome: Outcome,
    ) -> Self {
        let id = random_alphanumeric();
        Self { id, at, actor: AuditActor::Anonymous, action, subject, origin, outcome }
    }

    /// Creates the event of an operator's command.
    #[must_use]
    pub fn by_operator(
        at: DateTime<Utc>,
        action: AuditAction,
        subject: &UserId,
        command: &'static str,
    ) -> Self {
        Self {
            id: random_alphanumeric(),
            at,
            actor: AuditActor::Operator(command),
            action,
            subject: Some(subject.clone()),
            origin: Origin::default(),
            outcome: Outcome::Done,
        }
    }
}

impl AuditEvent {
    /// Returns the key under which events are summed up; `None` for an event with its own row.
    ///
    /// A request that a client can repeat without limit must not fill the disk. Such events are
    /// summed up in one row per hour and network.
    #[must_use]
    pub fn summary(&self) -> Option<String> {
        let Self { id: _, at, actor, action, subject, origin, outcome } = self;
        let repeatable = *actor == AuditActor::Anonymous
            || *outcome != Outcome::Done
            || matches!(
                action,
                AuditAction::RevokeSession
                    | AuditAction::RevokeSessions
                    | AuditAction::VerifyPassword
                    | AuditAction::RequestEmailChange
                    | AuditAction::RequestDeletion
            );
        let subject = subject.as_ref().map_or("", UserId::as_str);
        let (network, hour) = (origin.network(), at.timestamp().div_euclid(3_600));
        let action = action.as_str();
        repeatable.then(|| format!("{action}|{outcome}|{actor}|{subject}|{network}|{hour}"))
    }
}

/// The one who acted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AuditActor {
    /// A user.
    User(UserId),
    /// The operator, by this command.
    Operator(&'static str),
    /// A client without a proven identity. Stored as `nobody`.
    Anonymous,
}

/// A user's id, `operator: COMMAND` or `nobody`.
impl fmt::Display for AuditActor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(id) => f.write_str(id.as_str()),
            Self::Operator(command) => write!(f, "operator: {command}"),
            Self::Anonymous => f.write_str("nobody"),
        }
    }
}

/// Origin of a request; empty where unknown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// The client's address.
    pub ip: String,
    /// The `User-Agent`.
    pub user_agent: String,
    /// The request's id, as in the log.
    pub request_id: String,
}

impl Origin {
    /// Returns the address, or the IPv6 network that one customer may have.
    fn network(&self) -> String {
        match self.ip.parse() {
            Ok(IpAddr::V6(address)) => {
                let network = address.to_bits() & (u128::MAX << 80);
                format!("{}/48", Ipv6Addr::from_bits(network))
            }
            _ => self.ip.clone(),
        }
    }
}

/// Outcome of an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The action was completed.
    Done,
    /// The action was refused with this error code.
    Refused(&'static str),
}

/// `done`, or the code of the refusal.
impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Done => "done",
            Self::Refused(code) => code,
        })
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    fn event(at: DateTime<Utc>, ip: &str, outcome: Outcome) -> AuditEvent {
        let origin = Origin { ip: ip.to_owned(), ..Origin::default() };
        AuditEvent::by_user(at, AuditAction::SignIn, &UserId::from("ann"), origin, outcome)
    }

    #[test]
    fn completed_actions_have_their_own_event_and_refused_ones_are_summed_up() {
        let (start, refused) = (DateTime::UNIX_EPOCH, Outcome::Refused("NO"));
        assert_eq!(event(start, "192.0.2.7", Outcome::Done).summary(), None);
        let first = event(start, "2001:db8:1:2::", refused).summary();
        assert_eq!(first.as_deref(), Some("sign-in|NO|ann|ann|2001:db8:1::/48|0"));
        let later = start + TimeDelta::minutes(59);
        assert_eq!(event(later, "2001:db8:1:3::", refused).summary(), first);
        assert_ne!(event(start + TimeDelta::hours(1), "2001:db8:1:2::", refused).summary(), first);
        assert_ne!(event(start, "2001:db8:2:2::", refused).summary(), first);
        assert_ne!(
            event(start, "192.0.2.7", refused).summary(),
            event(start, "192.0.2.8", refused).summary()
        );
    }
}
