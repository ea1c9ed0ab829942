//! Users: as stored ([`User`]), and as the viewer of a request ([`CurrentUser`]).

use std::fmt;

use chrono::{DateTime, Utc};

use crate::{
    ability::{Kind, Subject, Value},
    id::{SessionId, UserId},
    role::Role,
};

/// A user account.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct User {
    /// 32 letters and digits.
    pub id: UserId,
    /// Name shown to other users.
    pub name: String,
    /// Email address for signing in, in lower case.
    pub email: String,
    /// Whether the user has verified the address.
    pub email_verified: bool,
    /// URL of the user's picture.
    pub image: Option<String>,
    /// The user's role.
    pub role: Role,
    /// Time of the sign-up.
    pub created_at: DateTime<Utc>,
    /// Time of the last change.
    pub updated_at: DateTime<Utc>,
    /// Time of the account's deletion; the row stays as the owner of its books.
    pub deleted_at: Option<DateTime<Utc>>,
    /// The current epoch. Only mailed links of this epoch are valid. The epoch advances when
    /// earlier authorizations must become invalid, for instance after a change of the password.
    pub epoch: i64,
    /// Whether the user signed up where addresses must be verified, and has neither verified it
    /// nor signed in. Another sign-up with the address replaces such a user.
    pub pending: bool,
    /// What sign-in methods store about the user.
    pub sign_in: SignInFields,
    /// `Some` while the user is banned, perhaps for a time that has passed.
    pub ban: Option<Ban>,
}

/// What sign-in methods store about a user.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct SignInFields {
    /// Whether signing in requires a second factor.
    pub two_factor: bool,
    /// Unique user name for signing in, normalized.
    pub username: Option<String>,
    /// The user name as its user wrote it.
    pub display_username: Option<String>,
    /// Unique phone number.
    pub phone_number: Option<String>,
    /// Whether the user has verified the phone number; `None` if there never was one.
    pub phone_number_verified: Option<bool>,
    /// Whether the user is a guest: has neither a credential nor a verified address or number.
    pub is_anonymous: bool,
    /// The method of the last sign-in, e.g. `email` or `github`.
    pub last_method: Option<String>,
}

/// Update of a user's [`SignInFields`]; absent fields keep their value.
#[derive(Clone, Debug, Default)]
pub struct SignInPatch {
    /// Whether signing in requires a second factor.
    pub two_factor: Option<bool>,
    /// The new user name; `Some(None)` removes it.
    pub username: Option<Option<String>>,
    /// The new display form of the user name.
    pub display_username: Option<Option<String>>,
    /// The new phone number; `Some(None)` removes it.
    pub phone_number: Option<Option<String>>,
    /// Whether the user has verified the phone number.
    pub phone_number_verified: Option<bool>,
    /// Whether the user is a guest.
    pub is_anonymous: Option<bool>,
    /// The method of the last sign-in.
    pub last_method: Option<Option<String>>,
}

/// A ban: the user cannot sign in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Ban {
    /// Why the user is banned.
    pub reason: Option<String>,
    /// When the ban ends; `None` if it does not.
    pub expires: Option<DateTime<Utc>>,
}

impl Ban {
    /// Whether the ban has not ended at `now`.
    #[must_use]
    pub fn is_in_force(&self, now: DateTime<Utc>) -> bool {
        self.expires.is_none_or(|end| end > now)
    }
}

impl Subject for User {
    const KIND: Kind = Kind::User;

    fn field(&self, name: &str) -> Option<Value<'_>> {
        Some(match name {
            "id" => self.id.as_str().into(),
            "role" => self.role.as_str().into(),
            "emailVerified" => self.email_verified.into(),
            _ => return None,
        })
    }
}

/// A sign-in method of a user: a password, or an identity at a provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserAccount {
    /// `credential` for a password, else the id of an identity provider, e.g. `github`.
    pub provider: String,
    /// When the method was added.
    pub created_at: DateTime<Utc>,
}

/// Input for a new user.
#[derive(Clone, Debug)]
pub struct NewUser {
    /// Id of the new row.
    pub id: UserId,
    /// Name shown to other users.
    pub name: String,
    /// Unique email address in lower case.
    pub email: String,
    /// URL of the user's picture.
    pub image: Option<String>,
    /// The user's role.
    pub role: Role,
    /// What sign-in methods store about the user.
    pub sign_in: SignInFields,
}

impl NewUser {
    /// Returns the user stored at `now`, with an unverified address.
    #[must_use]
    pub fn stored(self, now: DateTime<Utc>) -> User {
        let Self { id, name, email, image, role, sign_in } = self;
        User {
            id,
            name,
            email,
            email_verified: false,
            image,
            role,
            created_at: now,
            updated_at: now,
            deleted_at: None,
            epoch: 0,
            pending: false,
            sign_in,
            ban: None,
        }
    }
}

impl Subject for NewUser {
    const KIND: Kind = Kind::User;

    fn field(&self, name: &str) -> Option<Value<'_>> {
        Some(match name {
            "id" => self.id.as_str().into(),
            "role" => self.role.as_str().into(),
            _ => return None,
        })
    }
}

/// Update of a user's public profile; absent fields keep their value.
#[derive(Clone, Debug, Default)]
pub struct ProfilePatch {
    /// The new name.
    pub name: Option<String>,
    /// The URL of the new picture; `Some(None)` removes the picture.
    pub image: Option<Option<String>>,
}

/// The signed-in user of a request and the session.
#[derive(Clone, PartialEq, Eq)]
pub struct CurrentUser {
    /// The user's id.
    pub id: UserId,
    /// The user's email address.
    pub email: String,
    /// The user's name.
    pub name: String,
    /// The user's role.
    pub role: Role,
    /// The session of the request.
    pub session_id: SessionId,
    /// Whether the user is a guest: one person can be any number of them.
    pub is_guest: bool,
}

/// Omits address and name, so that a logged `CurrentUser` contains no personal data.
impl fmt::Debug for CurrentUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CurrentUser")
            .field("id", &self.id)
            .field("role", &self.role)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_logged_current_user_shows_neither_address_nor_name() {
        let user = CurrentUser {
            id: UserId::from("u1"),
            email: "ann@example.com".to_owned(),
            name: "Ann".to_owned(),
            role: Role::User,
            session_id: SessionId::from("s1"),
            is_guest: false,
        };
        let shown = format!("{user:?}");
        assert!(!shown.contains("ann@") && !shown.contains("Ann"), "{shown}");
    }
}
