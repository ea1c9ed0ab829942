//! The fields of an author that rules name, in SQL.

use domain::Author;
use sea_orm::DbBackend;

use super::entity::Column;
use crate::readable::{RuleColumn, RuleColumns, RuleType, column};

impl RuleColumns for Author {
    const TABLE: &'static str = super::TABLE;

    fn rule_column(_: DbBackend, table: &str, name: &str) -> Option<RuleColumn> {
        Some(match name {
            "id" => column(table, Column::Id, RuleType::Text),
            "ownerId" => column(table, Column::UserId, RuleType::Text),
            "name" => column(table, Column::Name, RuleType::Text),
            "birthYear" => column(table, Column::BirthYear, RuleType::Number),
            "deathYear" => column(table, Column::DeathYear, RuleType::Number),
            _ => return None,
        })
    }
}
