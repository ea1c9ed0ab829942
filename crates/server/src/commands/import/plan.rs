//! Maps columns of the source to columns of the target, and converts rows.

use chrono::{DateTime, Utc};
use migration::{Column, Structure};
use sea_orm::Value;

use super::{
    instant,
    people::Identity,
    source::{self, Cell, Source},
    table::{self, Names, Table, snake_case},
};
use crate::failure::Failure;

/// How one table of the source is read.
pub(super) struct Plan {
    pub(super) table: Table,
    /// The table's name in the source.
    pub(super) from: String,
    pub(super) total: u64,
    there: Vec<source::Column>,
    /// Name and kind in the target, and the index in a source row.
    columns: Vec<(String, Column, Option<usize>)>,
}

/// A row that can be written.
pub(super) struct Row {
    pub(super) id: String,
    /// The user it belongs to; `None` for users and verifications.
    pub(super) user: Option<String>,
    /// Provider and id at the provider.
    pub(super) identity: Option<(String, String)>,
    /// The identity, for users.
    pub(super) person: Option<Identity>,
    /// The value, for verifications.
    pub(super) verified: Option<String>,
    /// The key besides the id, except for users.
    pub(super) key: Vec<Option<String>>,
    pub(super) values: Vec<Value>,
}

/// The reason why a row is not written.
pub(super) enum Refusal {
    Expired,
    Invalid(String, &'static str),
}

impl Plan {
    /// `None` if the source has no such table.
    pub(super) async fn of(
        table: Table,
        names: Names,
        source: &mut Source,
        here: &Structure,
    ) -> Result<Option<Self>, Failure> {
        let Some((from, there)) = find(table, names, source).await? else { return Ok(None) };
        let place = |name: &str| {
            let (camel, snake) = (name.to_owned(), snake_case(name));
            let tried = if names.snake_case { [snake, camel] } else { [camel, snake] };
            tried.iter().find_map(|name| there.iter().position(|column| column.name == *name))
        };
        if let Some(name) = table.needed().iter().find(|name| place(name).is_none()) {
            return Err(Failure(format!("--from has a table {from} without the column {name}")));
        }
        let here = here.table(table.name()).cloned().unwrap_or_default();
        let columns = here.into_iter().map(|(name, column)| {
            let place = place(&name);
            (name, column, place)
        });
        // A missing column stays empty, unless the target requires it.
        let columns = columns
            .filter(|(_, column, place)| place.is_some() || column.required)
            .collect::<Vec<_>>();
        let total = source.count(&from).await?;
        Ok(Some(Self { table, from, total, there, columns }))
    }

    /// The names of the columns that are written.
    pub(super) fn columns(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|(name, ..)| name.as_str())
    }

    /// The source's columns, in the order of a row's cells.
    pub(super) fn there(&self) -> Vec<&source::Column> {
        self.there.iter().collect()
    }

    /// `table.column` of each column of the source that is not imported.
    pub(super) fn left(&self) -> Vec<String> {
        let imported: Vec<_> = self.columns.iter().filter_map(|(.., index)| *index).collect();
        let left = self.there.iter().enumerate().filter(|(index, _)| !imported.contains(index));
        left.map(|(_, column)| format!("{}.{}", self.from, column.name)).collect()
    }

    /// Converts the cells of a row.
    pub(super) fn read(&self, cells: &[Cell], now: DateTime<Utc>) -> Result<Row, Refusal> {
        let cell = |name: &str| {
            let (.., place) = self.columns.iter().find(|(column, ..)| column == name)?;
            cells.get((*place)?)?.clone().ok().flatten()
        };
        let id = cell("id").filter(|id| !id.is_empty());
        let id = id.ok_or_else(|| Refusal::Invalid("without an id".to_owned(), "has no id"))?;
        let invalid = |why| Refusal::Invalid(id.clone(), why);
        let expires = cell("expiresAt").and_then(|text| instant::parse(&text));
        if expires.is_some_and(|expires| expires < now) {
            return Err(Refusal::Expired);
        }
        let mut values = Vec::with_capacity(self.columns.len());
        for (name, column, place) in &self.columns {
            let text = match place.and_then(|place| cells.get(place)) {
                Some(Ok(text)) => text.clone(),
                Some(Err(())) => return Err(invalid("has a value that is no text")),
                None => None,
            };
            values.push(table::value(self.table, name, column, text, now).map_err(invalid)?);
        }
        Ok(Row {
            user: cell("userId").filter(|_| self.table.has_user()),
            identity: cell("providerId").zip(cell("accountId")),
            person: cell("email").filter(|_| self.table == Table::User).map(|email| Identity {
                email: table::normal_address(&email),
                created_at: cell("createdAt").and_then(|text| instant::parse(&text)),
            }),
            verified: cell("value").filter(|_| self.table == Table::Verification),
            key: self.table.key().iter().map(|name| cell(name)).collect(),
            id,
            values,
        })
    }
}

/// The name of a table in the source, and its columns; `None` if there is none.
async fn find(
    table: Table,
    names: Names,
    source: &mut Source,
) -> Result<Option<(String, Vec<source::Column>)>, Failure> {
    for name in table.source_names(names) {
        let columns = source.columns(&name).await?;
        if !columns.is_empty() {
            return Ok(Some((name, columns)));
        }
    }
    Ok(None)
}
