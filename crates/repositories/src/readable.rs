//! Rules for reading as conditions of SQL.
//!
//! The condition of a statement and the ability's decision about a loaded row are the same:
//! SQL returns exactly the rows that [`Readable::includes`]. They differ in null, of which
//! rules know whether it equals a value and SQL does not. So a negation is moved inwards, to
//! the comparisons, where it includes null or not; above them are only `AND` and `OR`, for
//! which unknown is false. Instants are no values of rules ([`Value`]).

use domain::{
    AbilityFactory, Author, Book, Error, Result, User,
    ability::{Condition as Rule, Kind, Readable, Subject, Value},
};
use sea_orm::{
    Condition, DbBackend, QueryFilter,
    sea_query::{Alias, Expr, ExprTrait, IntoIden, SimpleExpr},
};

use crate::database::is_postgres;

#[cfg(test)]
mod tests;

/// What a field that rules name is in SQL.
pub(crate) struct RuleColumn {
    /// Null exactly if the field is.
    pub(crate) expr: SimpleExpr,
    pub(crate) ty: RuleType,
}

/// The type of a column; a value of another type equals no row's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RuleType {
    Text,
    Number,
    Bool,
}

/// A subject that is a table's row.
pub(crate) trait RuleColumns: Subject {
    /// The table's name.
    const TABLE: &'static str;

    /// The field `name` of the rows of `table`, which is the table or its alias; `None` if
    /// rules cannot name it.
    fn rule_column(backend: DbBackend, table: &str, name: &str) -> Option<RuleColumn>;
}

/// The condition under which rows of `table`, which is the table or its alias, may be read;
/// `None` if every row may be, so that the statement stays as it is.
pub(crate) fn condition<S: RuleColumns>(
    backend: DbBackend,
    table: &str,
    readable: &Readable<'_, S>,
) -> Result<Option<Condition>> {
    let translator = Translator { backend, table, column: S::rule_column, kind: S::KIND };
    readable.condition().map(|rule| translator.condition(rule, true)).transpose()
}

/// The rows of `query`, which reads a table under its own name, that may be read.
pub(crate) fn filter<Q: QueryFilter, S: RuleColumns>(
    backend: DbBackend,
    query: Q,
    readable: &Readable<'_, S>,
) -> Result<Q> {
    let condition = condition(backend, S::TABLE, readable)?;
    Ok(condition.into_iter().fold(query, Q::filter))
}

/// Fails if a rule about reading cannot be enforced: it names a field that has no column, or
/// is limited to fields of books or authors, of which statements return whole rows.
pub fn check_rules(abilities: &AbilityFactory) -> Result<()> {
    check::<Book>(abilities)?;
    check::<Author>(abilities)?;
    check::<User>(abilities)?;
    for kind in [Kind::Book, Kind::Author] {
        if abilities.limits_fields(kind) {
            let message = format!("a rule about reading a {kind} must not be limited to fields");
            return Err(Error::internal(message));
        }
    }
    Ok(())
}

fn check<S: RuleColumns>(abilities: &AbilityFactory) -> Result<()> {
    let mut all = abilities.readable_by_role::<S>();
    all.try_for_each(|readable| condition(DbBackend::Sqlite, "t", &readable).map(drop))
}

/// The column of a table, named by its alias.
pub(crate) fn column(table: &str, column: impl IntoIden, ty: RuleType) -> RuleColumn {
    RuleColumn { expr: Expr::col((Alias::new(table), column)), ty }
}

/// Translates rules about one kind of row.
struct Translator<'t> {
    backend: DbBackend,
    table: &'t str,
    column: fn(DbBackend, &str, &str) -> Option<RuleColumn>,
    kind: Kind,
}

impl Translator<'_> {
    /// That `rule` holds, or, if `wanted` is false, that it does not.
    fn condition(&self, rule: &Rule<'_>, wanted: bool) -> Result<Condition> {
        match rule {
            Rule::Eq(field, value) => self.comparison(field, &[value], wanted),
            Rule::Ne(field, value) => self.comparison(field, &[value], !wanted),
            Rule::In(field, values) => {
                self.comparison(field, &values.iter().collect::<Vec<_>>(), wanted)
            }
            Rule::All(parts) => self.junction(parts, wanted, wanted),
            Rule::Any(parts) => self.junction(parts, !wanted, wanted),
            Rule::Not(part) => self.condition(part, !wanted),
        }
    }

    /// That all of `parts`, or any, come out as `wanted`.
    fn junction(&self, parts: &[Rule<'_>], all: bool, wanted: bool) -> Result<Condition> {
        if parts.is_empty() {
            return Ok(constant(all));
        }
        let junction = if all { Condition::all() } else { Condition::any() };
        parts
            .iter()
            .try_fold(junction, |junction, part| Ok(junction.add(self.condition(part, wanted)?)))
    }

    /// That `field` has one of `values`, or, if `within` is false, none of them.
    fn comparison(&self, field: &str, values: &[&Value<'_>], within: bool) -> Result<Condition> {
        let Some(RuleColumn { expr, ty }) = (self.column)(self.backend, self.table, field) else {
            let kind = self.kind;
            let message = format!("a rule about reading a {kind} names {field}, not a column");
            return Err(Error::internal(message));
        };
        let with_null = values.contains(&&Value::Null);
        let values: Vec<_> = values.iter().filter_map(|value| self.parameter(value, ty)).collect();
        let has_values = !values.is_empty();
        Ok(match (within, with_null) {
            (true, false) if !has_values => constant(false),
            (false, false) if !has_values => constant(true),
            (true, false) => Condition::all().add(expr.is_in(values)),
            (true, true) => Condition::any()
                .add(expr.clone().is_null())
                .add_option(has_values.then(|| expr.is_in(values))),
            (false, false) => {
                Condition::any().add(expr.clone().is_null()).add(expr.is_not_in(values))
            }
            (false, true) => Condition::all()
                .add(expr.clone().is_not_null())
                .add_option(has_values.then(|| expr.is_not_in(values))),
        })
    }

    /// `value` as a parameter, if a column of this type can have it.
    fn parameter(&self, value: &Value<'_>, ty: RuleType) -> Option<sea_orm::Value> {
        match (value, ty) {
            // PostgreSQL has no text with this character.
            (Value::Text(text), RuleType::Text)
                if is_postgres(self.backend) && text.contains('\0') =>
            {
                None
            }
            (Value::Text(text), RuleType::Text) => Some(text.as_ref().into()),
            (Value::Number(number), RuleType::Number) => Some((*number).into()),
            (Value::Bool(value), RuleType::Bool) => Some((*value).into()),
            _ => None,
        }
    }
}

fn constant(value: bool) -> Condition {
    Condition::all().add(Expr::cust(if value { "1 = 1" } else { "1 = 0" }))
}
