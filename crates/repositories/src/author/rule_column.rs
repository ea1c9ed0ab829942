//! The fields of an author that rules name, in SQL.

use database::readable::{RuleColumn, RuleTable, RuleType, column};
use sea_orm::DbBackend;

use super::entity::Column;

/// Authors, as rules name them.
pub(crate) const RULES: RuleTable = RuleTable { alias: super::TABLE, column: rule_column };

fn rule_column(_: DbBackend, alias: &str, name: &str) -> Option<RuleColumn> {
    Some(match name {
        "id" => column(alias, Column::Id, RuleType::Text),
        "ownerId" => column(alias, Column::UserId, RuleType::Text),
        "name" => column(alias, Column::Name, RuleType::Text),
        "birthYear" => column(alias, Column::BirthYear, RuleType::Number),
        "deathYear" => column(alias, Column::DeathYear, RuleType::Number),
        _ => return None,
    })
}
