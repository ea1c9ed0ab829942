//! The table `bookAuthor`: the authors of each book, in the order of its title page.

use sea_orm::entity::prelude::*;

/// A row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "bookAuthor")]
pub(super) struct Model {
    #[sea_orm(primary_key, auto_increment = false, column_name = "bookId")]
    pub(super) book_id: String,
    #[sea_orm(primary_key, auto_increment = false, column_name = "authorId")]
    pub(super) author_id: String,
    pub(super) position: i32,
}

/// None: relations are loaded by key, in batches.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub(super) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
