//! The fields of a book that rules name, in SQL.

use domain::Book;
use sea_orm::DbBackend;

use super::entity::Column;
use crate::readable::{RuleColumn, RuleColumns, RuleType, column};

impl RuleColumns for Book {
    const TABLE: &'static str = super::TABLE;

    fn rule_column(_: DbBackend, table: &str, name: &str) -> Option<RuleColumn> {
        Some(match name {
            "id" => column(table, Column::Id, RuleType::Text),
            "ownerId" => column(table, Column::UserId, RuleType::Text),
            "title" => column(table, Column::Title, RuleType::Text),
            "isbn" => column(table, Column::Isbn, RuleType::Text),
            "releaseYear" => column(table, Column::ReleaseYear, RuleType::Number),
            _ => return None,
        })
    }
}
