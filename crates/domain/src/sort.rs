//! Sort orders of lists, and the values that rows are sorted by.

use serde::Deserialize;

use crate::{
    field::{Field, FieldType},
    search::Search,
};

/// The direction of a sort key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// The smallest first.
    Ascending,
    /// The largest first.
    Descending,
}

/// The type of a sort key's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SortKeyType {
    /// Text, compared byte by byte.
    Text,
    /// A number.
    Number,
    /// An instant.
    Instant,
}

/// What rows are sorted by. Each row has a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SortKey {
    /// The row's id.
    Id,
    /// A field: a text is folded, and an unknown number is the last one in either direction.
    Field(&'static Field),
    /// How well a row fits the words of a search.
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

    /// The type of its values.
    #[must_use]
    pub fn ty(self) -> SortKeyType {
        match self {
            Self::Id => SortKeyType::Text,
            Self::Field(field) => match field.ty {
                FieldType::Id | FieldType::Text { .. } => SortKeyType::Text,
                FieldType::Int | FieldType::Boolean => SortKeyType::Number,
                FieldType::Instant => SortKeyType::Instant,
            },
            Self::Relevance | Self::Position => SortKeyType::Number,
        }
    }

    /// The smallest first.
    #[must_use]
    pub const fn asc(self) -> SortTerm {
        SortTerm { key: self, direction: Direction::Ascending }
    }

    /// The largest first.
    #[must_use]
    pub const fn desc(self) -> SortTerm {
        SortTerm { key: self, direction: Direction::Descending }
    }
}

/// A key and its direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SortTerm {
    /// What is compared.
    pub key: SortKey,
    /// Which way.
    pub direction: Direction,
}

/// The sort order of a list. Its last key is unique, so that the order is total.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SortOrder(Vec<SortTerm>);

impl SortOrder {
    /// Sorts by `terms`, then by id, in the direction of the last of them: so an index
    /// over a key and the id serves both of the key's directions.
    #[must_use]
    pub fn new(terms: impl IntoIterator<Item = SortTerm>) -> Self {
        let mut order: Vec<SortTerm> = Vec::new();
        for term in terms {
            // Rows that a key does not tell apart have one value of it.
            if order.iter().all(|earlier| earlier.key != term.key) {
                order.push(term);
            }
        }
        let direction = order.last().map_or(Direction::Ascending, |term| term.direction);
        order.push(SortTerm { key: SortKey::Id, direction });
        Self(order)
    }

    /// Sorts by `terms`, or by relevance if there are none and something is searched for.
    #[must_use]
    pub fn of_search(terms: impl IntoIterator<Item = SortTerm>, search: Option<&Search>) -> Self {
        let mut terms = terms.into_iter().peekable();
        let relevance = search.filter(|_| terms.peek().is_none());
        Self::new(relevance.map(|_| SortKey::Relevance.asc()).into_iter().chain(terms))
    }

    /// The terms, the most significant first.
    #[must_use]
    pub fn terms(&self) -> &[SortTerm] {
        &self.0
    }
}

/// A row's value of a sort key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(untagged)]
pub enum SortValue {
    /// Of [`SortKeyType::Number`].
    Number(i32),
    /// Of [`SortKeyType::Text`] and [`SortKeyType::Instant`]. An instant is RFC 3339, with
    /// all digits that are stored.
    Text(String),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{BookField, EntityField};

    #[test]
    fn a_key_sorts_once_and_the_id_goes_the_last_keys_way() {
        let (title, created_at) = (BookField::Title, BookField::CreatedAt);
        let order = [title.asc(), created_at.desc(), title.desc()];
        let sorted = [title.asc(), created_at.desc(), SortKey::Id.desc()];
        assert_eq!(SortOrder::new(order).terms(), sorted);
        assert_eq!(SortOrder::new([]).terms(), [SortKey::Id.asc()]);
    }
}
