//! A mailed link, or another value, as it is stored.

use chrono::{DateTime, Utc};
use domain::{User, UserId};

/// A link and the identifier under which it is stored.
pub(crate) struct Verification {
    /// The purpose and the secret, e.g. `reset-password:` and 24 characters.
    pub(crate) identifier: String,
    pub(crate) link: Link,
    pub(crate) expires_at: DateTime<Utc>,
}

/// A value that belongs to no user, for a feature that reads it again, e.g. the state of a sign-in
/// with a provider.
pub(crate) struct NewValue<'a> {
    /// The purpose and the secret, e.g. `auth-state:` and 32 characters.
    pub(crate) identifier: &'a str,
    pub(crate) value: &'a str,
    pub(crate) expires_at: DateTime<Utc>,
}

/// A value that has not expired.
pub(crate) struct CurrentValue {
    pub(crate) value: String,
    pub(crate) expires_at: DateTime<Utc>,
}

/// A mailed code or link that names an address and no user, as it is stored.
#[derive(Clone)]
pub(crate) struct MailedSecret {
    pub(crate) value: String,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) expires_at: DateTime<Utc>,
    /// The epoch in which the user with the address received it; secrets of other servers have none.
    pub(crate) epoch: Option<i64>,
}

impl MailedSecret {
    /// Whether it is still valid for the user with the address.
    pub(crate) fn is_of_epoch(&self, user: &User) -> bool {
        self.epoch.is_none_or(|epoch| epoch == user.epoch)
    }
}

/// The user of a link.
pub(crate) struct Link {
    /// better-auth's `value` of the row.
    pub(crate) user: UserId,
    /// The user's epoch when the link was made; links of other servers have none.
    pub(crate) epoch: Option<i64>,
}

impl Link {
    /// A link of `user`.
    pub(crate) fn of(user: &User) -> Self {
        Self { user: user.id.clone(), epoch: Some(user.epoch) }
    }

    /// Whether the link belongs to this user and is still valid.
    pub(crate) fn is_valid_for(&self, user: &User) -> bool {
        self.user == user.id
            && self.epoch.is_none_or(|epoch| epoch == user.epoch)
            && user.deleted_at.is_none()
    }
}
