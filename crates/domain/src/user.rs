//! Users: as stored ([`User`]), and as the viewer of a request ([`CurrentUser`]).

use std::fmt;

use chrono::{DateTime, Utc};

use crate::{
    ability::{Kind, Subject, Value},
    id::{SessionId, UserId},
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

/// A way in which a user can sign in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserAccount {
    /// `credential` for a password, else the id of an identity provider, e.g. `github`.
    pub provider: String,
    /// When the way was added.
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
}

impl NewUser {
    /// Returns the user stored at `now`, with an unverified address.
    #[must_use]
    pub fn stored(self, now: DateTime<Utc>) -> User {
        let Self { id, name, email, image, role } = self;
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

/// A user's role: permissions beyond their own books and authors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Role {
    /// No further permissions.
    #[default]
    User,
    /// Reads all rows.
    AdminRo,
    /// Reads and changes all rows.
    AdminRw,
}

impl Role {
    /// All roles, weakest first.
    pub const ALL: [Self; 3] = [Self::User, Self::AdminRo, Self::AdminRw];

    /// Returns the stored form of the role.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::AdminRo => "admin_ro",
            Self::AdminRw => "admin_rw",
        }
    }

    /// Returns all names of the role, in lower case. `admin` is better-auth's name.
    #[must_use]
    pub fn names(self) -> &'static [&'static str] {
        match self {
            Self::User => &["user"],
            Self::AdminRo => &["admin_ro"],
            Self::AdminRw => &["admin_rw", "admin"],
        }
    }

    /// Parses one of a role's [names](Self::names), in any case.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim().to_ascii_lowercase();
        Self::ALL.into_iter().find(|role| role.names().contains(&&*text))
    }

    /// Parses a stored role. better-auth stores lists (`user,admin`), of which the strongest role
    /// applies. Absent and unknown names give [`Role::User`].
    #[must_use]
    pub fn from_stored(text: Option<&str>) -> Self {
        let strength = |role: &Self| Self::ALL.iter().position(|known| known == role);
        text.unwrap_or_default()
            .split(',')
            .filter_map(Self::parse)
            .max_by_key(strength)
            .unwrap_or_default()
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_roles_of_other_servers_are_read() {
        for (stored, role) in [
            (None, Role::User),
            (Some("user"), Role::User),
            (Some("ADMIN"), Role::AdminRw),
            (Some("user,admin"), Role::AdminRw),
            (Some("admin_ro, user"), Role::AdminRo),
            (Some("emperor"), Role::User),
            (Some(""), Role::User),
        ] {
            assert_eq!(Role::from_stored(stored), role, "{stored:?}");
        }
    }

    #[test]
    fn a_logged_current_user_shows_neither_address_nor_name() {
        let user = CurrentUser {
            id: UserId::from("u1"),
            email: "ann@example.com".to_owned(),
            name: "Ann".to_owned(),
            role: Role::User,
            session_id: SessionId::from("s1"),
        };
        let shown = format!("{user:?}");
        assert!(!shown.contains("ann@") && !shown.contains("Ann"), "{shown}");
    }
}
