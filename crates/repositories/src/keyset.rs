//! The part of a table behind or before a place, by comparing whole rows of keys.
//!
//! A database seeks to `(a, b) > (1, 2)` in an index over `a` and `b`, while it reads
//! all that is before when it meets `a > 1 OR (a = 1 AND b > 2)`. Keys that sort in
//! opposite ways cannot stand in one comparison; there, the comparison of the leading
//! ones says where to begin.

use chrono::{DateTime, Utc};
use domain::{
    Keyset, Placed, Position, Result, Side, Slice, Window,
    keyset::{Direction, Key, KeyKind, KeyValue},
};
use sea_orm::{
    ConnectionTrait, DbBackend, DbErr, QueryResult,
    sea_query::{Alias, Asterisk, Expr, ExprTrait, IntoIden, Order, SelectStatement, SimpleExpr},
};

use crate::{database::is_postgres, internal};

/// Reads a row of a result.
pub(crate) type Read<T> = fn(&QueryResult) -> std::result::Result<T, DbErr>;

/// The keys of a list, as columns of a table or of its alias.
#[derive(Clone, Copy)]
pub(crate) struct Sorted<'k> {
    pub(crate) backend: DbBackend,
    pub(crate) table: &'static str,
    pub(crate) keyset: &'k Keyset,
}

impl Sorted<'_> {
    /// The column of a key.
    fn column(self, key: &Key) -> SimpleExpr {
        Expr::col((Alias::new(self.table), Alias::new(key.column)))
    }

    /// Sorts `query`, from the end backwards if `backward`.
    pub(crate) fn sort(self, query: &mut SelectStatement, backward: bool) {
        for key in self.keyset.keys() {
            let ascending = (key.direction == Direction::Ascending) != backward;
            let order = if ascending { Order::Asc } else { Order::Desc };
            query.order_by_expr(self.column(key), order);
        }
    }

    /// Selects the columns from which [`Sorted::position`] reads.
    pub(crate) fn select(self, query: &mut SelectStatement) {
        for (place, key) in self.keyset.keys().iter().enumerate() {
            query.expr_as(self.column(key), Alias::new(alias(place)));
        }
    }

    /// Limits `query` to `window`, and to one row more, which tells that there are more.
    pub(crate) fn limit(self, query: &mut SelectStatement, window: &Window) {
        if let Some(after) = window.after() {
            query.and_where(self.beyond(after, true, false));
        }
        if let Some(before) = window.before() {
            query.and_where(self.beyond(before, false, false));
        }
        self.sort(query, window.is_backward());
        query.limit(window.size() + 1);
    }

    /// Limits `query` to one row of `side`.
    pub(crate) fn any(self, query: &mut SelectStatement, side: &Side) {
        let (position, later) = match side {
            Side::UpTo(position) => (position, false),
            Side::From(position) => (position, true),
        };
        query.and_where(self.beyond(position, later, true));
        self.sort(query, !later);
        query.limit(1);
    }

    /// Whether a row is later, or else earlier, than `position`, or there if `inclusive`.
    fn beyond(self, position: &Position, later: bool, inclusive: bool) -> SimpleExpr {
        let Position(values) = position;
        self.compare(self.keyset.keys(), values, later, inclusive)
    }

    fn compare(
        self,
        keys: &[Key],
        values: &[KeyValue],
        later: bool,
        inclusive: bool,
    ) -> SimpleExpr {
        let same = keys.iter().take_while(|key| Some(key.direction) == first_direction(keys));
        let run = same.count().min(values.len());
        let ((keys, more_keys), (values, more_values)) = (keys.split_at(run), values.split_at(run));
        let greater = (first_direction(keys) == Some(Direction::Ascending)) == later;
        if more_keys.is_empty() {
            return self.row(keys, values, greater, inclusive);
        }
        self.row(keys, values, greater, true).and(
            self.row(keys, values, greater, false).or(self.compare(
                more_keys,
                more_values,
                later,
                inclusive,
            )),
        )
    }

    fn row(self, keys: &[Key], values: &[KeyValue], greater: bool, or_equal: bool) -> SimpleExpr {
        let row = Expr::tuple(keys.iter().map(|key| self.column(key)));
        let values = Expr::tuple(values.iter().map(|value| self.bound(value)));
        match (greater, or_equal) {
            (true, false) => row.gt(values),
            (true, true) => row.gte(values),
            (false, false) => row.lt(values),
            (false, true) => row.lte(values),
        }
    }

    fn bound(self, value: &KeyValue) -> SimpleExpr {
        match value {
            KeyValue::Number(number) => Expr::value(*number),
            KeyValue::Instant(text) if is_postgres(self.backend) => {
                Expr::value(text.as_str()).cast_as("timestamptz")
            }
            KeyValue::Text(text) | KeyValue::Instant(text) => Expr::value(text.as_str()),
        }
    }

    /// The place of a row that has [`Sorted::select`]'s columns.
    pub(crate) fn position(self, row: &QueryResult) -> std::result::Result<Position, DbErr> {
        let value = |(place, key): (usize, &Key)| {
            let name = alias(place);
            let value = match key.kind {
                KeyKind::Text => KeyValue::Text(row.try_get("", &name)?),
                KeyKind::Number => KeyValue::Number(row.try_get("", &name)?),
                KeyKind::Instant if is_postgres(self.backend) => {
                    let instant: DateTime<Utc> = row.try_get("", &name)?;
                    KeyValue::Instant(instant.to_rfc3339())
                }
                KeyKind::Instant => KeyValue::Instant(row.try_get("", &name)?),
            };
            Ok::<_, DbErr>(value)
        };
        self.keyset
            .keys()
            .iter()
            .enumerate()
            .map(value)
            .collect::<std::result::Result<_, _>>()
            .map(Position)
    }

    /// A row and its place.
    pub(crate) fn placed<T>(
        self,
        row: &QueryResult,
        read: Read<T>,
    ) -> std::result::Result<Placed<T>, DbErr> {
        Ok(Placed { row: read(row)?, position: self.position(row)? })
    }

    /// The rows of `query`, which selects nothing yet, in `window`.
    pub(crate) async fn slice<C: ConnectionTrait, T>(
        self,
        db: &C,
        mut query: SelectStatement,
        window: &Window,
        read: Read<T>,
    ) -> Result<Slice<T>> {
        query.column((Alias::new(self.table), Asterisk));
        self.select(&mut query);
        self.limit(&mut query, window);
        let rows = db.query_all(&query).await.map_err(internal)?;
        let placed: std::result::Result<_, _> =
            rows.iter().map(|row| self.placed(row, read)).collect();
        Ok(Slice::of(window, placed.map_err(internal)?))
    }

    /// Whether `query`, which selects nothing yet, has a row on `side`.
    pub(crate) async fn has<C: ConnectionTrait>(
        self,
        db: &C,
        mut query: SelectStatement,
        side: &Side,
    ) -> Result<bool> {
        query.expr(Expr::cust("1"));
        self.any(&mut query, side);
        let row = db.query_one(&query).await;
        Ok(row.map_err(internal)?.is_some())
    }
}

/// How many rows `query` has, which selects nothing yet.
pub(crate) async fn count<C: ConnectionTrait>(db: &C, mut query: SelectStatement) -> Result<u64> {
    query.expr_as(Expr::cust("count(*)"), "count".into_iden());
    let row = db.query_one(&query).await.map_err(internal)?;
    let count: Option<i64> =
        row.map(|row| row.try_get("", "count")).transpose().map_err(internal)?;
    Ok(count.unwrap_or_default().unsigned_abs())
}

/// What the column of the key at this place is called in a result.
fn alias(place: usize) -> String {
    format!("key{place}")
}

fn first_direction(keys: &[Key]) -> Option<Direction> {
    keys.first().map(|key| key.direction)
}
