//! The fields of a book that rules name, in SQL.

use database::readable::{RuleColumn, RuleTable, RuleType, column};
use sea_orm::DbBackend;

use super::entity::Column;

/// Books, as rules name them.
pub(crate) const RULES: RuleTable = RuleTable { alias: super::TABLE, column: rule_column };

fn rule_column(_: DbBackend, alias: &str, name: &str) -> Option<RuleColumn> {
    Some(match name {
        "id" => column(alias, Column::Id, RuleType::Text),
        "ownerId" => column(alias, Column::UserId, RuleType::Text),
        "title" => column(alias, Column::Title, RuleType::Text),
        "isbn" => column(alias, Column::Isbn, RuleType::Text),
        "releaseYear" => column(alias, Column::ReleaseYear, RuleType::Number),
        _ => return None,
    })
}
