//! Sort orders of lists, and the values that rows are sorted by.

use serde::Deserialize;

use crate::{
    field::{Field, FieldType},
    search::Search,
};

/// The direction of a sort key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Ascending: the smallest value first.
    Ascending,
    /// Descending: the largest value first.
    Descending,
}

/// A key by which rows are sorted. Every row has a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SortKey {
    /// The row's id.
    Id,
    /// A field. A text is folded; an unknown number is last in both directions.
    Field(&'static Field),
    /// How well a row matches the words of a search.
    Relevance,
    /// The position of an author on the title page.
    Position,
}

impl SortKey {
    /// The key's name in the checksum of cursors, e.g. `releaseYear`; it never changes.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Field(field) => field.name,
            Self::Relevance => "relevance",
            Self::Position => "position",
        }
    }

    /// Returns the type of the values.
    #[must_use]
    pub fn ty(self) -> FieldType {
        match self {
            Self::Id => FieldType::Id,
            Self::Field(field) => field.ty,
            Self::Relevance | Self::Position => FieldType::Int,
        }
    }

    /// Ascending: the smallest value first.
    #[must_use]
    pub const fn asc(self) -> SortTerm {
        SortTerm { key: self, direction: Direction::Ascending }
    }

    /// Descending: the largest value first.
    #[must_use]
    pub const fn desc(self) -> SortTerm {
        SortTerm { key: self, direction: Direction::Descending }
    }
}

/// A sort key and its direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SortTerm {
    /// The key.
    pub key: SortKey,
    /// The direction.
    pub direction: Direction,
}

/// The sort order of a list. The last key is unique, so the order is total.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SortOrder(Vec<SortTerm>);

impl SortOrder {
    /// Sorts by `terms`, then by id in the direction of the last term. So one index on a key and
    /// the id serves both directions of the key.
    #[must_use]
    pub fn new(terms: impl IntoIterator<Item = SortTerm>) -> Self {
        let mut order: Vec<SortTerm> = Vec::new();
        for term in terms {
            // A repeated key cannot change the order.
            if order.iter().all(|earlier| earlier.key != term.key) {
                order.push(term);
            }
        }
        let direction = order.last().map_or(Direction::Ascending, |term| term.direction);
        order.push(SortTerm { key: SortKey::Id, direction });
        Self(order)
    }

    /// Sorts by `terms`; without terms, by relevance if there is a search.
    #[must_use]
    pub fn for_search(terms: impl IntoIterator<Item = SortTerm>, search: Option<&Search>) -> Self {
        let mut terms = terms.into_iter().peekable();
        let relevance = search.filter(|_| terms.peek().is_none());
        Self::new(relevance.map(|_| SortKey::Relevance.asc()).into_iter().chain(terms))
    }

    /// Returns the terms, the most significant first.
    #[must_use]
    pub fn terms(&self) -> &[SortTerm] {
        &self.0
    }
}

/// The value of a sort key in one row.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(untagged)]
pub enum SortValue {
    /// A 32-bit number.
    Int(i32),
    /// An id, a text (compared byte by byte) or an instant. An instant is written as RFC 3339,
    /// with all stored digits.
    Text(String),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{BookField, EntityField};

    #[test]
    fn a_key_sorts_once_and_the_id_follows_the_last_direction() {
        let (title, created_at) = (BookField::Title, BookField::CreatedAt);
        let order = [title.asc(), created_at.desc(), title.desc()];
        let sorted = [title.asc(), created_at.desc(), SortKey::Id.desc()];
        assert_eq!(SortOrder::new(order).terms(), sorted);
        assert_eq!(SortOrder::new([]).terms(), [SortKey::Id.asc()]);
    }
}
