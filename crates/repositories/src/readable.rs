//! Rules for reading books, authors and users: a check, and the property test.

use database::{
    readable::{RuleTable, condition},
    user,
};
use domain::{
    AbilityFactory, Author, Book, Error, Result, User,
    ability::{Kind, Subject},
};
use sea_orm::DbBackend;

use crate::{author, book};

#[cfg(test)]
mod tests;

/// Fails if a rule about reading cannot be enforced: it names a field that has no column, or
/// is limited to fields of books or authors, of which statements return whole rows.
pub fn check_rules(abilities: &AbilityFactory) -> Result<()> {
    check::<Book>(abilities, book::rule_column::RULES)?;
    check::<Author>(abilities, author::rule_column::RULES)?;
    check::<User>(abilities, user::RULES)?;
    for kind in [Kind::Book, Kind::Author] {
        if abilities.limits_fields(kind) {
            let message = format!("a rule about reading a {kind} must not be limited to fields");
            return Err(Error::internal(message));
        }
    }
    Ok(())
}

fn check<S: Subject>(abilities: &AbilityFactory, table: RuleTable) -> Result<()> {
    let mut all = abilities.readable_by_role::<S>();
    all.try_for_each(|readable| condition(DbBackend::Sqlite, table, &readable).map(drop))
}
