//! Pairs of books with the same ISBN that the migration to ISBN-13 left unchanged. `migrate up`
//! and `doctor` list them; a person must decide.

use database::Database;
use domain::Result;
use repositories::{BookRepository, book::IsbnPair};

/// The message lists at most this number of pairs.
const MAX_SHOWN: usize = 20;

/// What to do about them.
pub(crate) const ADVICE: &str =
    "remove the ISBN from the book that does not have it, or delete the duplicate book";

/// The message about all such pairs, if there are any.
pub(crate) async fn shared(db: &Database) -> Result<Option<String>> {
    let pairs = BookRepository::new(db.reader()).isbn_pairs().await?;
    if pairs.is_empty() {
        return Ok(None);
    }
    let named = pairs
        .iter()
        .take(MAX_SHOWN)
        .map(|IsbnPair { ten, thirteen }| format!("{ten} and {thirteen}"));
    let mut named = named.collect::<Vec<_>>().join(", ");
    if pairs.len() > MAX_SHOWN {
        named += ", …";
    }
    let count = pairs.len();
    Ok(Some(format!("{count} ISBNs belong to two books, in ten digits and in thirteen: {named}")))
}
