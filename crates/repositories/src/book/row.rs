//! The table `book`: its row, the mapping of each field in both directions, and its columns.
//!
//! Both directions name every field, so the compiler finds a field that one of them forgets.

use chrono::{DateTime, Utc};
use domain::{Book, BookField, BookId, UserId, text};
use sea_orm::{Set, entity::prelude::*};

/// A row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "book")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub title: String,
    /// The title as it is searched and sorted, see `domain::text::fold`.
    #[sea_orm(column_name = "titleFolded")]
    pub title_folded: String,
    pub description: Option<String>,
    pub isbn: Option<String>,
    #[sea_orm(column_name = "releaseYear")]
    pub release_year: Option<i32>,
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
pub(super) const fn column(field: BookField) -> Column {
    match field {
        BookField::Id => Column::Id,
        BookField::Title => Column::Title,
        BookField::Description => Column::Description,
        BookField::Isbn => Column::Isbn,
        BookField::ReleaseYear => Column::ReleaseYear,
        BookField::OwnerId => Column::UserId,
        BookField::CreatedAt => Column::CreatedAt,
        BookField::UpdatedAt => Column::UpdatedAt,
    }
}

impl From<Model> for Book {
    fn from(row: Model) -> Self {
        let Model {
            id,
            title,
            title_folded: _,
            description,
            isbn,
            release_year,
            user_id,
            created_at,
            updated_at,
        } = row;
        Self {
            id: BookId(id),
            title,
            description,
            isbn,
            release_year,
            owner_id: UserId(user_id),
            created_at,
            updated_at,
        }
    }
}

impl From<&Book> for ActiveModel {
    fn from(book: &Book) -> Self {
        let Book { id, title, description, isbn, release_year, owner_id, created_at, updated_at } =
            book;
        Self {
            id: Set(id.0.clone()),
            title: Set(title.clone()),
            title_folded: Set(text::fold(title)),
            description: Set(description.clone()),
            isbn: Set(isbn.clone()),
            release_year: Set(*release_year),
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
    fn a_row_maps_back_to_its_book() {
        let book = Book {
            id: BookId::from("b1"),
            title: "Straße".to_owned(),
            description: Some("A road.".to_owned()),
            isbn: Some("9780141439587".to_owned()),
            release_year: Some(-8),
            owner_id: UserId::from("u1"),
            created_at: DateTime::UNIX_EPOCH,
            updated_at: DateTime::UNIX_EPOCH,
        };
        let row = ActiveModel::from(&book).try_into_model().unwrap();
        assert_eq!(row.title_folded, "strasse");
        assert_eq!(Book::from(row), book);
    }
}
