//! The tables: their names in the source, required columns, and defaults of missing ones.

use chrono::{DateTime, Utc};
use domain::Role;
use migration::{Column, Kind};
use sea_orm::Value;

use super::instant;

/// An imported table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Table {
    User,
    Account,
    Session,
    Verification,
}

impl Table {
    /// Users first, as others refer to them.
    pub(super) const ALL: [Self; 4] =
        [Self::User, Self::Account, Self::Session, Self::Verification];

    /// The name in the target.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Account => "account",
            Self::Session => "session",
            Self::Verification => "verification",
        }
    }

    /// The name in sources with plural names.
    pub(super) fn plural(self) -> &'static str {
        match self {
            Self::User => "users",
            Self::Account => "accounts",
            Self::Session => "sessions",
            Self::Verification => "verifications",
        }
    }

    /// Columns without which no row can be imported.
    pub(super) fn needed(self) -> &'static [&'static str] {
        match self {
            Self::User => &["id", "email"],
            Self::Account => &["id", "userId", "providerId", "accountId"],
            Self::Session => &["id", "userId", "token", "expiresAt"],
            Self::Verification => &["id", "identifier", "value", "expiresAt"],
        }
    }

    /// Columns that identify a row besides its id. Users have an
    /// [`Identity`](super::people::Identity) instead.
    pub(super) fn key(self) -> &'static [&'static str] {
        match self {
            Self::User => &[],
            Self::Account => &["userId", "providerId", "accountId"],
            Self::Session => &["userId", "token"],
            Self::Verification => &["identifier", "value"],
        }
    }

    /// The reason not to write a row whose id a different row of the target has.
    pub(super) fn other(self) -> &'static str {
        match self {
            Self::User => {
                "the user of the target with its id has another address or date of creation"
            }
            Self::Account => "another account of the target has its id",
            Self::Session => "another session of the target has its id",
            Self::Verification => "another row of the target has its id",
        }
    }

    /// The reason not to write a row whose key a row of the target has.
    pub(super) fn conflict(self) -> &'static str {
        match self {
            Self::User => "another user of the target has its address",
            Self::Account => "another account of the target is the same at its provider",
            Self::Session => "another session of the target has its token",
            Self::Verification => "another row of the target has its key",
        }
    }
}

/// `emailVerified` is `email_verified`.
pub(super) fn snake_case(name: &str) -> String {
    let mut snake = String::with_capacity(name.len() + 2);
    for character in name.chars() {
        if character.is_ascii_uppercase() {
            snake.push('_');
        }
        snake.push(character.to_ascii_lowercase());
    }
    snake
}

/// Converts the text of a source's cell. Fails with the fault.
pub(super) fn value(
    table: Table,
    name: &str,
    column: &Column,
    text: Option<String>,
    now: DateTime<Utc>,
) -> Result<Value, &'static str> {
    if table == Table::User {
        match name {
            "email" => return address(text),
            "role" => return Ok(Role::from_stored(text.as_deref()).as_str().into()),
            _ => {}
        }
    }
    match text {
        Some(text) => typed(column, text),
        None if !column.required => Ok(empty(column)),
        None => stand_in(name, now),
    }
}

/// Converts an address to lower case, in which users are found.
fn address(text: Option<String>) -> Result<Value, &'static str> {
    let address = normal_address(&text.unwrap_or_default());
    let (name, domain) = address.split_once('@').unwrap_or_default();
    if name.is_empty() || domain.is_empty() { Err("has no address") } else { Ok(address.into()) }
}

/// The stored form of an address.
pub(super) fn normal_address(text: &str) -> String {
    text.trim().to_lowercase()
}

fn typed(column: &Column, text: String) -> Result<Value, &'static str> {
    match column.kind {
        Kind::Instant => {
            instant::parse(&text).map(Value::from).ok_or("has a date that cannot be read")
        }
        Kind::Whole => {
            let number = match text.trim().to_ascii_lowercase().as_str() {
                "true" | "t" => Some(1),
                "false" | "f" => Some(0),
                number => number.parse::<i64>().ok(),
            };
            let number = number.ok_or("has a number that cannot be read")?;
            Ok(if is_bool(column) { (number != 0).into() } else { number.into() })
        }
        Kind::Text | Kind::Number | Kind::Local | Kind::Bytes | Kind::Other => Ok(text.into()),
    }
}

fn empty(column: &Column) -> Value {
    match column.kind {
        Kind::Instant => Value::ChronoDateTimeUtc(None),
        Kind::Whole if is_bool(column) => Value::Bool(None),
        Kind::Whole => Value::BigInt(None),
        _ => Value::String(None),
    }
}

/// On SQLite booleans are numbers.
fn is_bool(column: &Column) -> bool {
    column.declared.contains("bool")
}

/// The default of a column that some versions and adapters of better-auth lack.
fn stand_in(name: &str, now: DateTime<Utc>) -> Result<Value, &'static str> {
    match name {
        "epoch" => Ok(0_i64.into()),
        "name" => Ok("".into()),
        "emailVerified" => Ok(false.into()),
        "createdAt" | "updatedAt" => Ok(now.into()),
        _ => Err("lacks a value that is needed"),
    }
}
