//! Rows to books and back; every field is named on both sides, on purpose.

use domain::{Book, BookId, UserId, text};
use sea_orm::Set;

use super::entity;

impl From<entity::Model> for Book {
    fn from(row: entity::Model) -> Self {
        let entity::Model {
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

/// The whole row of a book.
pub(super) fn row(book: &Book) -> entity::ActiveModel {
    let Book { id, title, description, isbn, release_year, owner_id, created_at, updated_at } =
        book;
    entity::ActiveModel {
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

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use sea_orm::TryIntoModel;

    use super::*;

    #[test]
    fn mapper_reads_what_it_wrote() {
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
        let row = row(&book).try_into_model().unwrap();
        assert_eq!(row.title_folded, "strasse");
        assert_eq!(Book::from(row), book);
    }
}
