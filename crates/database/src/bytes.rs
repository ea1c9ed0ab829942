//! Memory size of a row.

use sqlx::{Decode, Row, TypeInfo, ValueRef, postgres::PgRow, sqlite::SqliteRow};

/// Returns the memory size of a row's values in bytes.
pub(crate) trait ByteSize {
    fn bytes(&self) -> usize;
}

/// Bytes of a value in addition to its content.
const VALUE_OVERHEAD: usize = 32;

impl ByteSize for SqliteRow {
    fn bytes(&self) -> usize {
        let value = |index| {
            let Ok(value) = self.try_get_raw(index) else { return VALUE_OVERHEAD };
            if value.is_null() || value.type_info().name() != "TEXT" {
                return VALUE_OVERHEAD;
            }
            VALUE_OVERHEAD + <&str as Decode<sqlx::Sqlite>>::decode(value).map_or(0, str::len)
        };
        (0..self.len()).map(value).sum()
    }
}

impl ByteSize for PgRow {
    fn bytes(&self) -> usize {
        let value = |index| {
            let value = self.try_get_raw(index);
            VALUE_OVERHEAD
                + value.ok().and_then(|value| value.as_bytes().ok().map(<[u8]>::len)).unwrap_or(0)
        };
        (0..self.len()).map(value).sum()
    }
}
