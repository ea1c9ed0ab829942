//! Rows to authors and back; every field is named on both sides, on purpose.

use domain::{Author, AuthorId, UserId, text};
use sea_orm::Set;

use super::entity;

impl From<entity::Model> for Author {
    fn from(row: entity::Model) -> Self {
        let entity::Model {
            id,
            name,
            name_folded: _,
            bio,
            birth_year,
            death_year,
            user_id,
            created_at,
            updated_at,
        } = row;
        Self {
            id: AuthorId(id),
            name,
            bio,
            birth_year,
            death_year,
            owner_id: UserId(user_id),
            created_at,
            updated_at,
        }
    }
}

/// The whole row of an author.
pub(super) fn row(author: &Author) -> entity::ActiveModel {
    let Author { id, name, bio, birth_year, death_year, owner_id, created_at, updated_at } = author;
    entity::ActiveModel {
        id: Set(id.0.clone()),
        name: Set(name.clone()),
        name_folded: Set(text::fold(name)),
        bio: Set(bio.clone()),
        birth_year: Set(*birth_year),
        death_year: Set(*death_year),
        user_id: Set(owner_id.0.clone()),
        created_at: Set(*created_at),
        updated_at: Set(*updated_at),
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use sea_orm::TryIntoModel;

    use super::*;

    #[test]
    fn mapper_reads_what_it_wrote() {
        let author = Author {
            id: AuthorId::from("a1"),
            name: "Émile Zola".to_owned(),
            bio: Some("J'accuse.".to_owned()),
            birth_year: Some(1840),
            death_year: Some(1902),
            owner_id: UserId::from("u1"),
            created_at: DateTime::UNIX_EPOCH,
            updated_at: DateTime::UNIX_EPOCH,
        };
        let row = row(&author).try_into_model().unwrap();
        assert_eq!(row.name_folded, "émile zola");
        assert_eq!(Author::from(row), author);
    }
}
