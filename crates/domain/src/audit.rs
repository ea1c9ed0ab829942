//! What is kept of who did what to an account: for the operator, after the fact.

use std::{
    fmt,
    net::{IpAddr, Ipv6Addr},
};

use chrono::{DateTime, Utc};

use crate::id::{UserId, random_alphanumeric};

/// Something that happened to an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEvent {
    /// 32 letters and digits.
    pub id: String,
    /// When.
    pub at: DateTime<Utc>,
    /// Who did it; nobody is known after a refused sign-in.
    pub actor: Actor,
    /// What they did.
    pub action: AuditAction,
    /// Whose account it was, if it is one.
    pub subject: Option<UserId>,
    /// Where the request came from.
    pub origin: Origin,
    /// How it ended.
    pub outcome: Outcome,
}

impl AuditEvent {
    /// What the owner of an account did to it.
    #[must_use]
    pub fn of_user(
        at: DateTime<Utc>,
        action: AuditAction,
        user: &UserId,
        origin: Origin,
        outcome: Outcome,
    ) -> Self {
        let (actor, subject) = (Actor::User(user.clone()), Some(user.clone()));
        Self { id: random_alphanumeric(), at, actor, action, subject, origin, outcome }
    }

    /// What somebody unknown tried on an account, or on none.
    #[must_use]
    pub fn of_nobody(
        at: DateTime<Utc>,
        action: AuditAction,
        subject: Option<UserId>,
        origin: Origin,
        outcome: Outcome,
    ) -> Self {
        let id = random_alphanumeric();
        Self { id, at, actor: Actor::Nobody, action, subject, origin, outcome }
    }

    /// What the operator did by a command.
    #[must_use]
    pub fn of_operator(
        at: DateTime<Utc>,
        action: AuditAction,
        subject: &UserId,
        command: &'static str,
    ) -> Self {
        Self {
            id: random_alphanumeric(),
            at,
            actor: Actor::Operator(command),
            action,
            subject: Some(subject.clone()),
            origin: Origin::default(),
            outcome: Outcome::Done,
        }
    }
}

impl AuditEvent {
    /// What events are summed up under; `None` is an event of its own. Whoever may do
    /// something as often as they like must not fill the disk by it: an hour of it, from one
    /// network, is one event with a count.
    #[must_use]
    pub fn summary(&self) -> Option<String> {
        let Self { id: _, at, actor, action, subject, origin, outcome } = self;
        let repeatable = *actor == Actor::Nobody
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

/// Who did it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// A user.
    User(UserId),
    /// The operator, by this command.
    Operator(&'static str),
    /// Somebody who did not prove who they are.
    Nobody,
}

/// A user's id, `operator: COMMAND` or `nobody`.
impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(id) => f.write_str(id.as_str()),
            Self::Operator(command) => write!(f, "operator: {command}"),
            Self::Nobody => f.write_str("nobody"),
        }
    }
}

/// Where a request came from; empty where unknown.
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
    /// The address, or the IPv6 network that one customer may have.
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

/// What was done, or tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuditAction {
    /// An account was made.
    SignUp,
    /// A session began.
    SignIn,
    /// A session was ended by its owner.
    SignOut,
    /// One session was revoked.
    RevokeSession,
    /// Several sessions were revoked.
    RevokeSessions,
    /// A password was changed by who knew the old one.
    ChangePassword,
    /// A password was tried without signing in.
    VerifyPassword,
    /// A link to reset a password was asked for.
    RequestPasswordReset,
    /// A password was reset by a mailed link.
    ResetPassword,
    /// An address was proved.
    VerifyEmail,
    /// Another address was asked for.
    RequestEmailChange,
    /// Another address was allowed by the old one.
    ConfirmEmailChange,
    /// Another address was taken.
    ChangeEmail,
    /// A role was given.
    ChangeRole,
    /// A way to sign in was removed.
    UnlinkAccount,
    /// A link to delete an account was asked for.
    RequestDeletion,
    /// An account was deleted.
    DeleteUser,
    /// Forwarded headers came from a peer that is no trusted proxy.
    UntrustedProxy,
}

impl AuditAction {
    /// The stable name, e.g. `sign-in`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SignUp => "sign-up",
            Self::SignIn => "sign-in",
            Self::SignOut => "sign-out",
            Self::RevokeSession => "revoke-session",
            Self::RevokeSessions => "revoke-sessions",
            Self::ChangePassword => "change-password",
            Self::VerifyPassword => "verify-password",
            Self::RequestPasswordReset => "request-password-reset",
            Self::ResetPassword => "reset-password",
            Self::VerifyEmail => "verify-email",
            Self::RequestEmailChange => "request-email-change",
            Self::ConfirmEmailChange => "confirm-email-change",
            Self::ChangeEmail => "change-email",
            Self::ChangeRole => "change-role",
            Self::UnlinkAccount => "unlink-account",
            Self::RequestDeletion => "request-deletion",
            Self::DeleteUser => "delete-user",
            Self::UntrustedProxy => "untrusted-proxy",
        }
    }
}

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was done.
    Done,
    /// It was refused, with this code.
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
        AuditEvent::of_user(at, AuditAction::SignIn, &UserId::from("ann"), origin, outcome)
    }

    #[test]
    fn what_is_done_is_an_event_of_its_own_and_what_is_refused_is_summed_up() {
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
