//! The table `author`.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

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
