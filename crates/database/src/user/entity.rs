//! The table `user`: better-auth's columns, those of its plugins, and ours.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// A row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "user")]
#[expect(missing_docs, reason = "see domain::User")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub name: String,
    pub email: String,
    #[sea_orm(column_name = "emailVerified")]
    pub email_verified: bool,
    pub image: Option<String>,
    pub role: Option<String>,
    #[sea_orm(column_name = "createdAt")]
    pub created_at: DateTime<Utc>,
    #[sea_orm(column_name = "updatedAt")]
    pub updated_at: DateTime<Utc>,
    #[sea_orm(column_name = "deletedAt")]
    pub deleted_at: Option<DateTime<Utc>>,
    pub epoch: i64,
    pub pending: Option<bool>,
    #[sea_orm(column_name = "twoFactorEnabled")]
    pub two_factor_enabled: Option<bool>,
    pub username: Option<String>,
    #[sea_orm(column_name = "displayUsername")]
    pub display_username: Option<String>,
    #[sea_orm(column_name = "phoneNumber")]
    pub phone_number: Option<String>,
    #[sea_orm(column_name = "phoneNumberVerified")]
    pub phone_number_verified: Option<bool>,
    #[sea_orm(column_name = "isAnonymous")]
    pub is_anonymous: Option<bool>,
    pub banned: Option<bool>,
    #[sea_orm(column_name = "banReason")]
    pub ban_reason: Option<String>,
    #[sea_orm(column_name = "banExpires")]
    pub ban_expires: Option<DateTime<Utc>>,
    #[sea_orm(column_name = "lastLoginMethod")]
    pub last_login_method: Option<String>,
}

/// No relations: related rows are loaded by key, in batches.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
