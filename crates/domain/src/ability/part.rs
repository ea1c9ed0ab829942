//! Rules about books and authors of which only a part was loaded.

use super::{Kind, Subject, Value};
use crate::{AuthorField, AuthorPart, BookField, BookPart, Error, Result};

/// A part of a thing of which everything is loaded that rules may name.
#[derive(Clone, Copy, Debug)]
pub struct Judged<'p, P>(&'p P);

impl BookField {
    /// Those that rules may name.
    pub const JUDGED: &[Self] = &[Self::OwnerId, Self::Title, Self::Isbn, Self::ReleaseYear];
}

impl AuthorField {
    /// Those that rules may name.
    pub const JUDGED: &[Self] = &[Self::OwnerId, Self::Name, Self::BirthYear, Self::DeathYear];
}

impl<'p> TryFrom<&'p BookPart> for Judged<'p, BookPart> {
    type Error = Error;

    /// Fails, as nobody's input, when something was not asked for: it must not be
    /// taken for absent.
    fn try_from(part: &'p BookPart) -> Result<Self> {
        part.owner_id.get()?;
        part.title.get()?;
        part.isbn.get()?;
        part.release_year.get()?;
        Ok(Self(part))
    }
}

impl Subject for Judged<'_, BookPart> {
    const KIND: Kind = Kind::Book;

    fn field(&self, name: &str) -> Option<Value<'_>> {
        let part = self.0;
        Some(match name {
            "id" => part.id.as_str().into(),
            "ownerId" => part.owner_id.get().ok()?.as_str().into(),
            "title" => part.title.get().ok()?.as_str().into(),
            "isbn" => part.isbn.get().ok()?.as_deref().into(),
            "releaseYear" => (*part.release_year.get().ok()?).into(),
            _ => return None,
        })
    }
}

impl<'p> TryFrom<&'p AuthorPart> for Judged<'p, AuthorPart> {
    type Error = Error;

    /// Fails as that of a book does.
    fn try_from(part: &'p AuthorPart) -> Result<Self> {
        part.owner_id.get()?;
        part.name.get()?;
        part.birth_year.get()?;
        part.death_year.get()?;
        Ok(Self(part))
    }
}

impl Subject for Judged<'_, AuthorPart> {
    const KIND: Kind = Kind::Author;

    fn field(&self, name: &str) -> Option<Value<'_>> {
        let part = self.0;
        Some(match name {
            "id" => part.id.as_str().into(),
            "ownerId" => part.owner_id.get().ok()?.as_str().into(),
            "name" => part.name.get().ok()?.as_str().into(),
            "birthYear" => (*part.birth_year.get().ok()?).into(),
            "deathYear" => (*part.death_year.get().ok()?).into(),
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Asked, BookId, UserId};

    #[test]
    fn nothing_is_judged_of_which_rules_might_miss_a_field() {
        let mut part = BookPart {
            id: BookId("b".to_owned()),
            title: "Emma".to_owned().into(),
            description: Asked::NotLoaded,
            isbn: None.into(),
            release_year: Some(1815).into(),
            owner_id: UserId("ann".to_owned()).into(),
            created_at: Asked::NotLoaded,
            updated_at: Asked::NotLoaded,
            authors: Asked::NotLoaded,
        };
        let field = |part: &BookPart, name: &str| {
            let judged = Judged::try_from(part).ok()?;
            judged.field(name).map(|value| value == Value::from("ann"))
        };
        assert_eq!(field(&part, "ownerId"), Some(true));
        assert_eq!(field(&part, "description"), None);
        part.isbn = Asked::NotLoaded;
        assert!(Judged::try_from(&part).is_err());
    }
}
