//! The table `author`: its row, the mapping of each field in both directions, and its columns.
//!
//! Both directions name every field, so the compiler finds a field that one of them forgets.

use chrono::{DateTime, Utc};
use domain::{Author, AuthorField, AuthorId, UserId, text};
use sea_orm::{Set, entity::prelude::*};

/// A row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "author")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub name: String,
    /// The name as it is searched and sorted, see `domain::text::fold`.
    #[sea_orm(column_name = "nameFolded")]
    pub name_folded: String,
    pub bio: Option<String>,
    #[sea_orm(column_name = "birthYear")]
    pub birth_year: Option<i32>,
    #[sea_orm(column_name = "deathYear")]
    pub death_year: Option<i32>,
    #[sea_orm(column_name = "userId")]
    pub user_id: String,
    #[sea_orm(column_name = "createdAt")]
    pub created_at: DateTime<Utc>,
    #[sea_orm(column_name = "updatedAt")]
    pub updated_at: DateTime<Utc>,
}

/// None: relations are loaded by key, in batches.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The column of a field.
pub(super) const fn column(field: AuthorField) -> Column {
    match field {
        AuthorField::Id => Column::Id,
        AuthorField::Name => Column::Name,
        AuthorField::Bio => Column::Bio,
        AuthorField::BirthYear => Column::BirthYear,
        AuthorField::DeathYear => Column::DeathYear,
        AuthorField::OwnerId => Column::UserId,
        AuthorField::CreatedAt => Column::CreatedAt,
        AuthorField::UpdatedAt => Column::UpdatedAt,
    }
}

impl From<Model> for Author {
    fn from(row: Model) -> Self {
        let Model {
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

impl From<&Author> for ActiveModel {
    fn from(author: &Author) -> Self {
        let Author { id, name, bio, birth_year, death_year, owner_id, created_at, updated_at } =
            author;
        Self {
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
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use sea_orm::TryIntoModel;

    use super::*;

    #[test]
    fn a_row_maps_back_to_its_author() {
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
        let row = ActiveModel::from(&author).try_into_model().unwrap();
        assert_eq!(row.name_folded, "émile zola");
        assert_eq!(Author::from(row), author);
    }
}
