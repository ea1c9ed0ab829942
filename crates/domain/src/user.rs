//! People: as stored ([`User`]) and as the one who is asking ([`CurrentUser`]).

use std::fmt;

use chrono::{DateTime, Utc};

use crate::id::{SessionId, UserId};

/// A person with an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// 32 letters and digits.
    pub id: UserId,
    /// The name shown to others.
    pub name: String,
    /// The address to sign in with, in lower case.
    pub email: String,
    /// Whether the address was proved to be theirs.
    pub email_verified: bool,
    /// URL of a picture.
    pub image: Option<String>,
    /// What they may do.
    pub role: Role,
    /// When they signed up.
    pub created_at: DateTime<Utc>,
    /// When a field last changed.
    pub updated_at: DateTime<Utc>,
    /// When the account was deleted; the row stays as the owner of its books.
    pub deleted_at: Option<DateTime<Utc>>,
    /// Which mailed links still count: those made in this epoch. It advances whenever
    /// what was authorized before shall count no more, as by another password.
    pub epoch: i64,
    /// Whether they signed up where an address must be proved first, and have neither
    /// proved it nor signed in: another sign-up with the address takes their place.
    pub pending: bool,
}

/// What is needed to store a new user.
#[derive(Clone, Debug)]
pub struct NewUser {
    /// The new row's id.
    pub id: UserId,
    /// The name shown to others.
    pub name: String,
    /// The address in lower case, unique.
    pub email: String,
    /// URL of a picture.
    pub image: Option<String>,
    /// What they may do.
    pub role: Role,
}

impl NewUser {
    /// The user that is stored at `now`; their address is not verified yet.
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

/// What a user changes about how others see them; what is absent stays.
#[derive(Clone, Debug, Default)]
pub struct ProfilePatch {
    /// Another name.
    pub name: Option<String>,
    /// Another picture's URL, or none any more.
    pub image: Option<Option<String>>,
}

/// Who is asking: the whole signed-in user and their session.
#[derive(Clone, PartialEq, Eq)]
pub struct CurrentUser {
    /// Their id.
    pub id: UserId,
    /// Their address.
    pub email: String,
    /// Their name.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// The session by which they are signed in.
    pub session_id: SessionId,
}

/// Without the address and the name, so that a logged `CurrentUser` betrays nobody.
impl fmt::Debug for CurrentUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CurrentUser")
            .field("id", &self.id)
            .field("role", &self.role)
            .finish_non_exhaustive()
    }
}

/// What a user may do beyond their own books and authors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Role {
    /// Nothing beyond.
    #[default]
    User,
    /// Reads everything.
    AdminRo,
    /// Does everything.
    AdminRw,
}

impl Role {
    /// Every role, weakest first.
    pub const ALL: [Self; 3] = [Self::User, Self::AdminRo, Self::AdminRw];

    /// The role as stored.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::AdminRo => "admin_ro",
            Self::AdminRw => "admin_rw",
        }
    }

    /// Every name of the role, in lower case; `admin` is better-auth's.
    #[must_use]
    pub fn names(self) -> &'static [&'static str] {
        match self {
            Self::User => &["user"],
            Self::AdminRo => &["admin_ro"],
            Self::AdminRw => &["admin_rw", "admin"],
        }
    }

    /// Reads one of a role's [names](Self::names), in any case.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim().to_ascii_lowercase();
        Self::ALL.into_iter().find(|role| role.names().contains(&&*text))
    }

    /// Reads a stored role. better-auth stores lists (`user,admin`): the strongest
    /// counts. Absent or unknown names give no power.
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
