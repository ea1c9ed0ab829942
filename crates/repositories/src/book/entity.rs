//! The table `book`.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

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
