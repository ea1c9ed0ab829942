//! Translation of read rules to SQL conditions.
//!
//! A statement with the condition returns exactly the rows that [`Readable::includes`] accepts.
//! They differ only in null: a rule decides whether null equals a value, SQL does not. So the
//! translation moves negations inwards to the comparisons, where null is included or excluded
//! explicitly. Above the comparisons there are only `AND` and `OR`, in which unknown acts as
//! false. Rules cannot contain instants ([`Value`]).

use domain::{
    Error, FieldType, Result,
    ability::{Condition as RuleCondition, Kind, Readable, Subject, Value},
};
use sea_orm::{
    Condition, DbBackend, QueryFilter,
    sea_query::{Alias, Expr, ExprTrait, IntoIden, SimpleExpr},
};

use crate::is_postgres;

/// A field that rules can name, in SQL.
pub struct RuleColumn {
    /// The expression; null exactly if the field is null.
    pub expr: SimpleExpr,
    /// Type of the values. A value of another type equals no value of the column.
    pub ty: FieldType,
}

/// A table whose rows can be subject to rules.
#[derive(Clone, Copy)]
pub struct RuleTable {
    /// Name of the table, or its alias in the statement.
    pub alias: &'static str,
    /// Returns the column of a field by backend, alias and name; `None` if rules cannot name it.
    pub column: fn(DbBackend, &str, &str) -> Option<RuleColumn>,
}

/// Returns the condition under which rows of `table` may be read; `None` if all rows may be read.
pub fn rule_condition<S: Subject>(
    backend: DbBackend,
    table: RuleTable,
    readable: &Readable<'_, S>,
) -> Result<Option<Condition>> {
    let translator = Translator { backend, table, kind: S::KIND };
    readable.condition().map(|rule| translator.condition(rule, true)).transpose()
}

/// Limits `query` to the rows that may be read.
pub fn only_readable<Q: QueryFilter, S: Subject>(
    backend: DbBackend,
    query: Q,
    table: RuleTable,
    readable: &Readable<'_, S>,
) -> Result<Q> {
    Ok(match rule_condition(backend, table, readable)? {
        Some(condition) => query.filter(condition),
        None => query,
    })
}

/// Returns a column of the table `alias`.
#[must_use]
pub fn rule_column(
    backend: DbBackend,
    alias: &str,
    column: impl IntoIden,
    ty: FieldType,
) -> RuleColumn {
    let expr = Expr::col((Alias::new(alias), column));
    // SQLite stores Booleans as numbers; any number but zero is true.
    let is_number = ty == FieldType::Boolean && !is_postgres(backend);
    RuleColumn { expr: if is_number { expr.ne(0) } else { expr }, ty }
}

/// Translates rules about one kind of row.
struct Translator {
    backend: DbBackend,
    table: RuleTable,
    kind: Kind,
}

impl Translator {
    /// Returns the SQL of `rule` or, if `wanted` is false, of its negation. By De Morgan's laws,
    /// the negation of a conjunction is the disjunction of the negated parts.
    fn condition(&self, rule: &RuleCondition<'_>, wanted: bool) -> Result<Condition> {
        match rule {
            RuleCondition::Eq(field, value) => self.comparison(field, &[value], wanted),
            RuleCondition::Ne(field, value) => self.comparison(field, &[value], !wanted),
            RuleCondition::In(field, values) => {
                self.comparison(field, &values.iter().collect::<Vec<_>>(), wanted)
            }
            RuleCondition::All(parts) => self.junction(parts, wanted, wanted),
            RuleCondition::Any(parts) => self.junction(parts, !wanted, wanted),
            RuleCondition::Not(part) => self.condition(part, !wanted),
        }
    }

    /// Returns the SQL of the condition that all or any of `parts` evaluate to `wanted`.
    fn junction(&self, parts: &[RuleCondition<'_>], all: bool, wanted: bool) -> Result<Condition> {
        if parts.is_empty() {
            return Ok(constant(all));
        }
        let junction = if all { Condition::all() } else { Condition::any() };
        parts
            .iter()
            .try_fold(junction, |junction, part| Ok(junction.add(self.condition(part, wanted)?)))
    }

    /// Returns the SQL of the condition that `field` has one of `values` or, if `within` is false,
    /// none of them.
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
            // Null is not among the values: `IN` is unknown for it, which acts as false.
            (true, false) => Condition::all().add(expr.is_in(values)),
            (true, true) => Condition::any()
                .add(expr.clone().is_null())
                .add_option(has_values.then(|| expr.is_in(values))),
            // `NOT IN` is unknown for null, but null is none of the values.
            (false, false) => {
                Condition::any().add(expr.clone().is_null()).add(expr.is_not_in(values))
            }
            (false, true) => Condition::all()
                .add(expr.clone().is_not_null())
                .add_option(has_values.then(|| expr.is_not_in(values))),
        })
    }

    /// Returns `value` as a parameter, if a column of this type can contain it.
    fn parameter(&self, value: &Value<'_>, ty: FieldType) -> Option<sea_orm::Value> {
        match (value, ty) {
            // PostgreSQL's texts cannot contain this character.
            (Value::Text(text), FieldType::Id | FieldType::Text { .. })
                if is_postgres(self.backend) && text.contains('\0') =>
            {
                None
            }
            (Value::Text(text), FieldType::Id | FieldType::Text { .. }) => {
                Some(text.as_ref().into())
            }
            (Value::Int(number), FieldType::Int) => Some((*number).into()),
            (Value::Boolean(value), FieldType::Boolean) => Some((*value).into()),
            _ => None,
        }
    }
}

fn constant(value: bool) -> Condition {
    Condition::all().add(Expr::cust(if value { "1 = 1" } else { "1 = 0" }))
}
