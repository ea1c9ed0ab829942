//! The roles of users.

use std::fmt;

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
}
