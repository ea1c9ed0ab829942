//! Every rule of Bookplate.

use super::{
    Ability,
    Action::{Create, Delete, Manage, Read, Update},
    Condition, Kind, Rules, Subject, Value,
};
use crate::{
    author::NewAuthor,
    book::NewBook,
    id::UserId,
    user::{CurrentUser, NewUser, Role, User},
};

/// What everybody may see of a person.
const PUBLIC_USER_FIELDS: &[&str] = &[
    "id",
    "name",
    "image",
    "createdAt",
    "books",
    "booksConnection",
    "authors",
    "authorsConnection",
];

/// Makes the ability of a viewer.
#[derive(Clone, Copy, Debug)]
pub struct AbilityFactory;

impl AbilityFactory {
    /// What this viewer may do; `None` is somebody who is not signed in.
    #[must_use]
    pub fn of(viewer: Option<&CurrentUser>) -> Ability<'_> {
        Ability::new(Self::rules(viewer.map(|user| (&user.id, user.role))), viewer)
    }

    /// What a user of this id and role may do.
    #[must_use]
    pub fn rules_of(id: &UserId, role: Role) -> Rules<'_> {
        Self::rules(Some((id, role)))
    }

    fn rules(viewer: Option<(&UserId, Role)>) -> Rules<'_> {
        let mut rules = Rules::default();

        // Anyone reads.
        rules.can(&[Read], &[Kind::Book, Kind::Author]);
        rules.can(&[Read], &[Kind::User]).fields(PUBLIC_USER_FIELDS);

        // Every signed-in user creates, and looks after what is theirs.
        let Some((id, role)) = viewer else { return rules };
        let id = id.as_str();
        rules.can(&[Create], &[Kind::Book, Kind::Author]);
        rules
            .can(&[Update, Delete], &[Kind::Book, Kind::Author])
            .when(Condition::eq("ownerId", id));
        rules.can(&[Read, Update, Delete], &[Kind::User]).when(Condition::eq("id", id));

        match role {
            Role::User => {}
            Role::AdminRo => _ = rules.can(&[Read], &[Kind::All]),
            Role::AdminRw => _ = rules.can(&[Manage], &[Kind::All]),
        }

        // Which rules somebody is under is nobody else's business.
        rules.cannot(&[Read], &[Kind::User]).fields(&["abilities"]).when(Condition::ne("id", id));
        rules
    }
}

impl Subject for NewBook {
    const KIND: Kind = Kind::Book;

    fn field(&self, name: &str) -> Option<Value<'_>> {
        Some(match name {
            "title" => self.title().into(),
            "isbn" => self.isbn().into(),
            "releaseYear" => self.release_year().into(),
            _ => return None,
        })
    }
}

impl Subject for NewAuthor {
    const KIND: Kind = Kind::Author;

    fn field(&self, name: &str) -> Option<Value<'_>> {
        Some(match name {
            "name" => self.name().into(),
            "birthYear" => self.birth_year().into(),
            "deathYear" => self.death_year().into(),
            _ => return None,
        })
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
