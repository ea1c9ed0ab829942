//! Rules for reading as conditions of SQL.
//!
//! The condition of a statement and the ability's decision about a loaded row are the same:
//! SQL returns exactly the rows that [`Readable::includes`]. They differ in null, of which
//! rules know whether it equals a value and SQL does not. So a negation is moved inwards, to
//! the comparisons, where it includes null or not; above them are only `AND` and `OR`, for
//! which unknown is false. Instants are no values of rules ([`Value`]).

use domain::{
    Error, Result,
    ability::{Condition as Rule, Kind, Readable, Subject, Value},
};
use sea_orm::{
    Condition, DbBackend, QueryFilter,
    sea_query::{Alias, Expr, ExprTrait, IntoIden, SimpleExpr},
};

use crate::is_postgres;

/// A field that rules name, in SQL.
pub struct RuleColumn {
    /// The expression, which is null exactly if the field is.
    pub expr: SimpleExpr,
    /// The type of its values.
    pub ty: RuleType,
}

/// The type of a column; a value of another type equals no row's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "as those of Value")]
pub enum RuleType {
    Text,
    Number,
    Bool,
}

/// A table about whose rows rules decide.
#[derive(Clone, Copy)]
pub struct RuleTable {
    /// The table's name, or its alias in the statement.
    pub alias: &'static str,
    /// The field of a name in the table of an alias; `None` if rules cannot name it.
    pub column: fn(DbBackend, &str, &str) -> Option<RuleColumn>,
}

/// The condition under which rows of `table` may be read; `None` if every row may be, so that
/// the statement stays as it is.
pub fn condition<S: Subject>(
    backend: DbBackend,
    table: RuleTable,
    readable: &Readable<'_, S>,
) -> Result<Option<Condition>> {
    let translator = Translator { backend, table, kind: S::KIND };
    readable.condition().map(|rule| translator.condition(rule, true)).transpose()
}

/// The rows of `query` that may be read.
pub fn filter<Q: QueryFilter, S: Subject>(
    backend: DbBackend,
    query: Q,
    table: RuleTable,
    readable: &Readable<'_, S>,
) -> Result<Q> {
    Ok(condition(backend, table, readable)?.into_iter().fold(query, Q::filter))
}

/// A column of the table `alias`.
#[must_use]
pub fn column(backend: DbBackend, alias: &str, column: impl IntoIden, ty: RuleType) -> RuleColumn {
    let column = Expr::col((Alias::new(alias), column));
    // SQLite has numbers in place of Booleans, and any but zero is true.
    let is_number = ty == RuleType::Bool && !is_postgres(backend);
    RuleColumn { expr: if is_number { column.ne(0) } else { column }, ty }
}

/// Translates rules about one kind of row.
struct Translator {
    backend: DbBackend,
    table: RuleTable,
    kind: Kind,
}

impl Translator {
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
        let RuleTable { alias, column } = self.table;
        let Some(RuleColumn { expr, ty }) = column(self.backend, alias, field) else {
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
