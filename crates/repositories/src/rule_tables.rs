//! The columns that rules about reading can name, and the check of the rules at startup.

use database::{
    rule_sql::{RuleColumn, RuleTable, rule_column, rule_condition},
    user,
};
use domain::{AbilityFactory, Author, Book, EntityField, Error, Result, User, ability::Subject};
use sea_orm::DbBackend;

use crate::table::ListedEntity;

#[cfg(test)]
mod tests;

/// The table of an entity, or its `alias`, as rules name its fields.
pub(crate) fn rule_table<E: ListedEntity>(alias: &'static str) -> RuleTable {
    RuleTable { alias, column: column_of::<E> }
}

fn column_of<E: ListedEntity>(backend: DbBackend, alias: &str, name: &str) -> Option<RuleColumn> {
    let field = E::Field::by_name(name).filter(|field| field.definition().rule)?;
    Some(rule_column(backend, alias, E::column(field), field.definition().ty))
}

/// Fails if SQL cannot enforce a rule about reading: the rule names a field without a column,
/// or is limited to some fields of a listed entity, whose statements return whole rows.
pub fn check_rules(abilities: &AbilityFactory) -> Result<()> {
    check_entity::<Book>(abilities)?;
    check_entity::<Author>(abilities)?;
    check::<User>(abilities, user::RULE_TABLE)
}

fn check_entity<E: ListedEntity>(abilities: &AbilityFactory) -> Result<()> {
    check::<E>(abilities, rule_table::<E>(E::TABLE))?;
    if abilities.limits_fields(E::KIND) {
        let kind = E::KIND;
        let message = format!("a rule about reading a {kind} must not be limited to fields");
        return Err(Error::internal(message));
    }
    Ok(())
}

fn check<S: Subject>(abilities: &AbilityFactory, table: RuleTable) -> Result<()> {
    let mut all = abilities.readable_by_role::<S>();
    all.try_for_each(|readable| rule_condition(DbBackend::Sqlite, table, &readable).map(drop))
}
