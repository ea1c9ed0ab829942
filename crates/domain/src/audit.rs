//! What is kept of who did what to an account: for the operator, after the fact.

use std::fmt;

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
