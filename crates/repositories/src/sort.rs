//! Sort orders and cursors in SQL.
//!
//! For `(a, b) > (1, 2)`, a database seeks in an index over `a` and `b`. For
//! `a > 1 OR (a = 1 AND b > 2)`, it reads all earlier rows. Keys with opposite directions
//! cannot be in one row comparison: there, the comparison of the leading keys lets the
//! database seek, and a second one excludes the rest.

use std::borrow::Cow;

use chrono::DateTime;
use database::is_postgres;
use domain::{
    Bound, CursorValues, Field, FieldType, PageRequest, SortOrder, SortTerm, SortValue,
    sort::{Direction, SortKey},
};
use sea_orm::{
    DbBackend,
    sea_query::{Alias, Expr, ExprTrait, Order, SelectStatement, SimpleExpr},
};

/// The sort order of rows of a table or of its alias.
#[derive(Clone, Copy)]
pub(crate) struct SortSql<'o> {
    pub(crate) backend: DbBackend,
    pub(crate) table: &'static str,
    /// The column of [`SortKey::Id`].
    pub(crate) id: &'static str,
    pub(crate) order: &'o SortOrder,
}

impl SortSql<'_> {
    /// The column of a key. A text sorts by its folded column. A nullable number has a stored
    /// column for each direction, in which null sorts last.
    pub(crate) fn column_name(self, SortTerm { key, direction }: SortTerm) -> Cow<'static, str> {
        match key {
            SortKey::Id => self.id.into(),
            SortKey::Field(Field { name, ty: FieldType::Text { .. }, .. }) => {
                format!("{name}Folded").into()
            }
            SortKey::Field(Field { name, nullable: true, .. }) => match direction {
                Direction::Ascending => format!("{name}OrLast").into(),
                Direction::Descending => format!("{name}OrFirst").into(),
            },
            SortKey::Field(field) => field.name.into(),
            SortKey::Relevance => "rank".into(),
            SortKey::Position => "position".into(),
        }
    }

    fn column(self, term: SortTerm) -> SimpleExpr {
        Expr::col((Alias::new(self.table), Alias::new(self.column_name(term))))
    }

    /// Sorts `query`; in the opposite direction if `backward`.
    pub(crate) fn apply(self, query: &mut SelectStatement, backward: bool) {
        for term in self.order.terms() {
            let ascending = (term.direction == Direction::Ascending) != backward;
            let order = if ascending { Order::Asc } else { Order::Desc };
            query.order_by_expr(self.column(*term), order);
        }
    }

    /// Selects the values of cursors, as [`cursor_alias`] names them.
    pub(crate) fn select_cursor(self, query: &mut SelectStatement) {
        for (index, term) in self.order.terms().iter().enumerate() {
            query.expr_as(self.column(*term), Alias::new(cursor_alias(index)));
        }
    }

    /// Restricts `query` to the rows between the cursors of `request`.
    pub(crate) fn between(self, query: &mut SelectStatement, request: &PageRequest) {
        if let Some(after) = request.after() {
            query.and_where(self.beyond(after, true, false));
        }
        if let Some(before) = request.before() {
            query.and_where(self.beyond(before, false, false));
        }
    }

    /// Restricts `query` to one row within `bound`.
    pub(crate) fn any_within(self, query: &mut SelectStatement, bound: &Bound) {
        let (cursor, later) = match bound {
            Bound::UpTo(cursor) => (cursor, false),
            Bound::From(cursor) => (cursor, true),
        };
        query.and_where(self.beyond(cursor, later, true));
        self.apply(query, !later);
        query.limit(1);
    }

    /// The condition that a row sorts after `cursor` if `later`, otherwise before it; or has
    /// the same values if `inclusive`.
    fn beyond(self, cursor: &CursorValues, later: bool, inclusive: bool) -> SimpleExpr {
        let CursorValues(values) = cursor;
        self.compare(self.order.terms(), values, later, inclusive)
    }

    fn compare(
        self,
        terms: &[SortTerm],
        values: &[SortValue],
        later: bool,
        inclusive: bool,
    ) -> SimpleExpr {
        let same = terms.iter().take_while(|term| Some(term.direction) == first_direction(terms));
        let run = same.count().min(values.len());
        let ((terms, more_terms), (values, more_values)) =
            (terms.split_at(run), values.split_at(run));
        let greater = (first_direction(terms) == Some(Direction::Ascending)) == later;
        if more_terms.is_empty() {
            return self.row(terms, values, greater, inclusive);
        }
        self.row(terms, values, greater, true).and(
            self.row(terms, values, greater, false).or(self.compare(
                more_terms,
                more_values,
                later,
                inclusive,
            )),
        )
    }

    fn row(
        self,
        terms: &[SortTerm],
        values: &[SortValue],
        greater: bool,
        or_equal: bool,
    ) -> SimpleExpr {
        let row = Expr::tuple(terms.iter().map(|term| self.column(*term)));
        let values = terms.iter().zip(values).map(|(term, value)| self.bound(*term, value));
        let values = Expr::tuple(values);
        match (greater, or_equal) {
            (true, false) => row.gt(values),
            (true, true) => row.gte(values),
            (false, false) => row.lt(values),
            (false, true) => row.lte(values),
        }
    }

    fn bound(self, term: SortTerm, value: &SortValue) -> SimpleExpr {
        match value {
            SortValue::Int(number) => Expr::value(*number),
            SortValue::Text(text) if self.is_timestamp(term) => {
                Expr::value(text.as_str()).cast_as("timestamptz")
            }
            SortValue::Text(text) => Expr::value(text.as_str()),
        }
    }

    /// SQLite stores instants as text.
    fn is_timestamp(self, term: SortTerm) -> bool {
        is_postgres(self.backend) && term.key.ty() == FieldType::Instant
    }

    /// The cursor of a row with these values, which are read from JSON. Instants are written
    /// again, because PostgreSQL writes fractions of seconds with another number of digits.
    pub(crate) fn cursor(self, values: Vec<SortValue>) -> CursorValues {
        let values = values.into_iter().zip(self.order.terms());
        let value = |(value, term): (SortValue, &SortTerm)| match value {
            SortValue::Text(text) if self.is_timestamp(*term) => {
                let instant = DateTime::parse_from_rfc3339(&text);
                SortValue::Text(instant.map_or(text, |instant| instant.to_utc().to_rfc3339()))
            }
            value => value,
        };
        CursorValues(values.map(value).collect())
    }
}

/// The alias of a cursor's value in a result.
pub(crate) fn cursor_alias(index: usize) -> String {
    format!("key{index}")
}

fn first_direction(terms: &[SortTerm]) -> Option<Direction> {
    terms.first().map(|term| term.direction)
}
