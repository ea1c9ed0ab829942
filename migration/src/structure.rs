//! Comparison of a database's tables and columns with the expected ones. The expected structure
//! is not written down a second time: it is read from an empty in-memory SQLite database after
//! all migrations.

use std::{collections::BTreeMap, fmt};

use sea_orm_migration::{
    prelude::*,
    sea_orm::{ConnectOptions, ConnectionTrait, Database, DbBackend, QueryResult, Statement},
};

use crate::{Migrations, Migrator, MigratorTrait, sql::is_postgres};

/// Tables and their columns, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Structure(BTreeMap<String, BTreeMap<String, Column>>);

/// A column, in terms that both databases share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// The type of its values.
    pub kind: Kind,
    /// The type's name in this database, in lower case.
    pub declared: String,
    /// Whether the column is NOT NULL.
    pub required: bool,
    /// Whether the column has a default.
    pub has_default: bool,
}

/// Type of a column's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Characters.
    Text,
    /// Integers, including SQLite's booleans.
    Whole,
    /// Any numbers.
    Number,
    /// An instant.
    Instant,
    /// A date, or a time without a zone.
    Local,
    /// Bytes.
    Bytes,
    /// Anything else.
    Other,
}

impl Kind {
    fn parse(declared: &str) -> Self {
        let has = |words: &[&str]| words.iter().any(|word| declared.contains(word));
        if has(&["local"]) {
            Self::Local
        } else if has(&["date", "time"]) {
            Self::Instant
        } else if has(&["char", "text", "clob", "name"]) {
            Self::Text
        } else if has(&["int", "bool", "serial"]) {
            Self::Whole
        } else if has(&["real", "floa", "doub", "numeric", "decimal"]) {
            Self::Number
        } else if has(&["blob", "bytea"]) {
            Self::Bytes
        } else {
            Self::Other
        }
    }
}

/// A readable name, e.g. `text`.
impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Text => "text",
            Self::Whole => "whole numbers",
            Self::Number => "numbers",
            Self::Instant => "instants",
            Self::Local => "times without a zone",
            Self::Bytes => "bytes",
            Self::Other => "something else",
        })
    }
}

const SQLITE: &str = r#"
select m.name as "table", c.name as "column", c.type as "type", c."notnull" <> 0 as "required",
  c.dflt_value is not null or (c.pk > 0 and lower(c.type) = 'integer') as "hasDefault"
from sqlite_master m, pragma_table_info(m.name) c where m.type = 'table'"#;

/// `local` marks types whose PostgreSQL names mean an instant in SQLite.
const POSTGRES: &str = r#"
select table_name::text as "table", column_name::text as "column",
  case data_type when 'USER-DEFINED' then udt_name when 'date' then 'local date'
    when 'timestamp without time zone' then 'local time' else data_type end::text as "type",
  is_nullable = 'NO' as "required",
  column_default is not null or is_identity = 'YES' or is_generated = 'ALWAYS' as "hasDefault"
from information_schema.columns where table_schema = current_schema()"#;

impl Structure {
    /// Reads the structure of a database, including tables of other programs.
    pub async fn found(db: &impl ConnectionTrait) -> Result<Self, DbErr> {
        let sql = if is_postgres(db) { POSTGRES } else { SQLITE };
        let rows = db.query_all_raw(Statement::from_string(db.get_database_backend(), sql)).await?;
        let mut structure = Self::default();
        for row in rows {
            structure.add(&row)?;
        }
        Ok(structure)
    }

    fn add(&mut self, row: &QueryResult) -> Result<(), DbErr> {
        let table = self.0.entry(row.try_get("", "table")?).or_default();
        let declared = row.try_get::<String>("", "type")?.to_ascii_lowercase();
        let column = Column {
            kind: Kind::parse(&declared),
            declared,
            required: row.try_get("", "required")?,
            has_default: row.try_get("", "hasDefault")?,
        };
        table.insert(row.try_get("", "column")?, column);
        Ok(())
    }

    /// Returns the structure of such a database after these migrations: our tables, and in shared
    /// tables the columns that we need.
    pub async fn expected<'n>(
        applied: impl Iterator<Item = &'n str>,
        backend: DbBackend,
    ) -> Result<Self, DbErr> {
        let mut options = ConnectOptions::new("sqlite::memory:");
        // Each connection would have a separate in-memory database.
        options.max_connections(1).sqlx_logging(false);
        let db = Database::connect(options).await?;
        Migrations::named(applied).apply(&db).await?;
        let mut structure = Self::found(&db).await?;
        structure.0.remove(&Migrator::migration_table_name().to_string());
        structure.0.retain(|table, _| !table.starts_with("sqlite_"));
        if backend == DbBackend::Postgres {
            structure.search_by_words();
        }
        Ok(structure)
    }

    /// Only search differs on PostgreSQL: its index needs no extra tables, and it stores words
    /// instead of numbered texts.
    fn search_by_words(&mut self) {
        self.0.retain(|table, _| !table.contains("SearchIndex"));
        let words = Column {
            kind: Kind::Other,
            declared: "tsvector".to_owned(),
            required: true,
            has_default: false,
        };
        for (_, columns) in self.0.iter_mut().filter(|(table, _)| table.ends_with("Search")) {
            columns.retain(|column, _| column.ends_with("Id"));
            columns.insert("words".to_owned(), words.clone());
        }
    }

    /// Returns the columns of a table.
    #[must_use]
    pub fn table(&self, name: &str) -> Option<&BTreeMap<String, Column>> {
        self.0.get(name)
    }

    /// Returns the names of the tables.
    pub fn tables(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Returns the differences between `found` and this expected structure. Extra tables and
    /// columns are no difference, unless they prevent us from inserting rows.
    #[must_use]
    pub fn drift(&self, found: &Self) -> Vec<Drift> {
        let mut drift = Vec::new();
        for (table, columns) in &self.0 {
            match found.table(table) {
                None => drift.push(Drift::NoTable(table.clone())),
                Some(found) => compare(table, columns, found, &mut drift),
            }
        }
        drift
    }
}

fn compare(
    table: &str,
    expected: &BTreeMap<String, Column>,
    found: &BTreeMap<String, Column>,
    drift: &mut Vec<Drift>,
) {
    for (name, column) in expected {
        let path = format!("{table}.{name}");
        let Some(found) = found.get(name) else {
            drift.push(Drift::NoColumn(path));
            continue;
        };
        if column.kind != found.kind && column.kind != Kind::Other {
            drift.push(Drift::Kind { column: path, expected: column.kind, found: found.kind });
        } else if column.required && !found.required {
            drift.push(Drift::Optional(path));
        } else if !column.required && found.required {
            drift.push(Drift::Required(path));
        }
    }
    for (name, column) in found {
        if !expected.contains_key(name) && column.required && !column.has_default {
            drift.push(Drift::Unfilled(format!("{table}.{name}")));
        }
    }
}

/// A difference; columns are named `table.column`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Drift {
    /// A table is missing.
    NoTable(String),
    /// A column is missing.
    NoColumn(String),
    /// A column has another type.
    Kind {
        /// The column, as `table.column`.
        column: String,
        /// The expected type.
        expected: Kind,
        /// The actual type.
        found: Kind,
    },
    /// A column allows null, but should not.
    Optional(String),
    /// A column is NOT NULL, but should allow null.
    Required(String),
    /// A column of another program is NOT NULL without a default, so our inserts fail.
    Unfilled(String),
}

impl Drift {
    /// Whether a table or column is missing.
    #[must_use]
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::NoTable(_) | Self::NoColumn(_))
    }
}

/// For example: `column user.image is missing`.
impl fmt::Display for Drift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoTable(table) => write!(f, "table {table} is missing"),
            Self::NoColumn(column) => write!(f, "column {column} is missing"),
            Self::Kind { column, expected, found } => {
                write!(f, "column {column} holds {found}, but should hold {expected}")
            }
            Self::Optional(column) => write!(f, "column {column} may be null, but should not"),
            Self::Required(column) => write!(f, "column {column} must not be null, but should"),
            Self::Unfilled(column) => {
                write!(f, "column {column} is not ours, and must not be null: new rows are refused")
            }
        }
    }
}
