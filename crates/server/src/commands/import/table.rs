//! The tables: their names in the source, required columns, and defaults of missing ones.

use chrono::{DateTime, Utc};
use domain::Role;
use migration::{Column, Kind};
use sea_orm::Value;

use super::instant;

/// The names of the source's tables and columns.
#[derive(Clone, Copy, Debug)]
pub(super) struct Names {
    pub(super) plural: bool,
    pub(super) snake_case: bool,
}

/// An imported table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Table {
    User,
    Account,
    Session,
    Verification,
    TwoFactor,
    Passkey,
    WalletAddress,
}

/// The names of a table and its columns.
struct Definition {
    /// The name in the target.
    name: &'static str,
    /// The name in sources with plural names.
    plural: &'static str,
    /// Columns without which no row can be imported.
    needed: &'static [&'static str],
    /// Columns that identify a row besides its id. Users have an
    /// [`Identity`](super::people::Identity) instead.
    key: &'static [&'static str],
    /// The reason not to write a row whose id a different row of the target has.
    other: &'static str,
    /// The reason not to write a row whose key a row of the target has.
    conflict: &'static str,
}

impl Table {
    /// Users first, as others refer to them.
    pub(super) const ALL: [Self; 7] = [
        Self::User,
        Self::Account,
        Self::Session,
        Self::Verification,
        Self::TwoFactor,
        Self::Passkey,
        Self::WalletAddress,
    ];

    fn definition(self) -> Definition {
        match self {
            Self::User => Definition {
                name: "user",
                plural: "users",
                needed: &["id", "email"],
                key: &[],
                other: "the user of the target with its id has another address or date of creation",
                conflict: "another user of the target has its address, user name or phone number",
            },
            Self::Account => Definition {
                name: "account",
                plural: "accounts",
                needed: &["id", "userId", "providerId", "accountId"],
                key: &["userId", "providerId", "accountId"],
                other: "another account of the target has its id",
                conflict: "another account of the target is the same at its provider",
            },
            Self::Session => Definition {
                name: "session",
                plural: "sessions",
                needed: &["id", "userId", "token", "expiresAt"],
                key: &["userId", "token"],
                other: "another session of the target has its id",
                conflict: "another session of the target has its token",
            },
            Self::Verification => Definition {
                name: "verification",
                plural: "verifications",
                needed: &["id", "identifier", "value", "expiresAt"],
                key: &["identifier", "value"],
                other: "another row of the target has its id",
                conflict: "another row of the target has its key",
            },
            Self::TwoFactor => Definition {
                name: "twoFactor",
                plural: "twoFactors",
                needed: &["id", "userId", "secret", "backupCodes"],
                key: &["userId"],
                other: "another second factor of the target has its id",
                conflict: "another row of the target has its key",
            },
            Self::Passkey => Definition {
                name: "passkey",
                plural: "passkeys",
                needed: &["id", "userId", "publicKey", "credentialID"],
                key: &["userId", "credentialID"],
                other: "another passkey of the target has its id",
                conflict: "another row of the target has its key",
            },
            Self::WalletAddress => Definition {
                name: "walletAddress",
                plural: "walletAddresses",
                needed: &["id", "userId", "address", "chainId"],
                key: &["userId", "address"],
                other: "another wallet address of the target has its id",
                conflict: "another row of the target has its key",
            },
        }
    }

    /// The name in the target.
    pub(super) fn name(self) -> &'static str {
        self.definition().name
    }

    /// The names that the table may have in the source, the likely one first.
    pub(super) fn source_names(self, names: Names) -> Vec<String> {
        let Definition { name, plural, .. } = self.definition();
        let name = if names.plural { plural } else { name };
        let mut tried = vec![name.to_owned(), snake_case(name)];
        if names.snake_case {
            tried.reverse();
        }
        tried.dedup();
        tried
    }

    /// Columns without which no row can be imported.
    pub(super) fn needed(self) -> &'static [&'static str] {
        self.definition().needed
    }

    /// Columns that identify a row besides its id.
    pub(super) fn key(self) -> &'static [&'static str] {
        self.definition().key
    }

    /// The reason not to write a row whose id a different row of the target has.
    pub(super) fn other(self) -> &'static str {
        self.definition().other
    }

    /// The reason not to write a row whose key a row of the target has.
    pub(super) fn conflict(self) -> &'static str {
        self.definition().conflict
    }

    /// Whether every source has the table; the others belong to plugins.
    pub(super) fn is_core(self) -> bool {
        matches!(self, Self::User | Self::Account | Self::Session | Self::Verification)
    }

    /// Whether every row belongs to a user.
    pub(super) fn has_user(self) -> bool {
        !matches!(self, Self::User | Self::Verification)
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
        "epoch" | "counter" => Ok(0_i64.into()),
        "name" => Ok("".into()),
        "emailVerified" | "backedUp" | "isPrimary" => Ok(false.into()),
        "createdAt" | "updatedAt" => Ok(now.into()),
        "deviceType" => Ok("singleDevice".into()),
        _ => Err("lacks a value that is needed"),
    }
}
