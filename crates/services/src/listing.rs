//! A filtered and sorted list, of which parts are read when they are asked for.

use database::Database;
use domain::{
    Author, AuthorFilter, AuthorOrder, Book, BookFilter, BookOrder, Keyset, Result, Side, Slice,
    Window,
};
use repositories::{AuthorRepository, BookRepository};

/// The rows that match a filter, in an order.
#[derive(Clone, Debug)]
pub struct Listing<F> {
    db: Database,
    filter: F,
    keyset: Keyset,
}

impl<F> Listing<F> {
    /// What the rows are sorted by.
    #[must_use]
    pub fn keyset(&self) -> &Keyset {
        &self.keyset
    }
}

macro_rules! listing {
    ($row:ident, $filter:ident, $order:ident, $repository:ident) => {
        impl Listing<$filter> {
            /// Fails with every field of the filter that breaks a rule.
            pub(crate) fn new(db: &Database, filter: $filter, order: &[$order]) -> Result<Self> {
                let keys = order.iter().map(|key| key.key());
                let keyset = Keyset::searched(keys, filter.search.as_ref());
                Ok(Self { db: db.clone(), filter: filter.validated()?, keyset })
            }

            /// The rows in `window`.
            pub async fn slice(&self, window: &Window) -> Result<Slice<$row>> {
                $repository::new(self.db.reader()).slice(&self.filter, &self.keyset, window).await
            }

            /// Whether any row lies on `side`.
            pub async fn has(&self, side: &Side) -> Result<bool> {
                $repository::new(self.db.reader()).has(&self.filter, &self.keyset, side).await
            }

            /// How many rows there are.
            pub async fn count(&self) -> Result<u64> {
                $repository::new(self.db.reader()).count(&self.filter).await
            }
        }
    };
}

listing!(Book, BookFilter, BookOrder, BookRepository);
listing!(Author, AuthorFilter, AuthorOrder, AuthorRepository);
