//! Pages by offset.

use crate::validation::Checks;

/// A page of a list by offset: skip `offset` rows, then return `limit` rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Page {
    limit: u64,
    offset: u64,
}

impl Page {
    /// Maximum number of rows in one page.
    pub const MAX_LIMIT: i32 = 100;

    /// Creates a page. Fails with the fields `limit` (must be 1 to 100) and `offset` (must not be
    /// negative).
    pub fn new(limit: i32, offset: i32) -> crate::Result<Self> {
        let mut checks = Checks::default();
        checks.require(
            (1..=Self::MAX_LIMIT).contains(&limit),
            "limit",
            "must be between 1 and 100",
        );
        checks.require(offset >= 0, "offset", "must not be negative");
        checks.finish()?;
        Ok(Self { limit: limit.unsigned_abs().into(), offset: offset.unsigned_abs().into() })
    }

    /// Maximum number of rows, 1 to 100.
    #[must_use]
    pub fn limit(self) -> u64 {
        self.limit
    }

    /// Number of rows to skip.
    #[must_use]
    pub fn offset(self) -> u64 {
        self.offset
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_bounds_of_the_limit_are_allowed() {
        for (limit, offset, ok) in
            [(1, 0, true), (100, 7, true), (0, 0, false), (101, 0, false), (5, -1, false)]
        {
            assert_eq!(Page::new(limit, offset).is_ok(), ok, "limit {limit} offset {offset}");
        }
    }
}
