//! Two books with one ISBN, from before ten digits and thirteen were one: whoever migrates
//! and `doctor` report them, a person decides.

use domain::Result;
use repositories::{Database, book::IsbnPair};

/// So many pairs are named.
const NAMED: usize = 20;

/// What to do about them.
pub(crate) const ADVICE: &str =
    "take the ISBN from the book that does not have it, or delete the book that is there twice";

/// Which pairs there are, if any.
pub(crate) async fn shared(db: &Database) -> Result<Option<String>> {
    let pairs = db.books().isbn_pairs().await?;
    if pairs.is_empty() {
        return Ok(None);
    }
    let named =
        pairs.iter().take(NAMED).map(|IsbnPair { ten, thirteen }| format!("{ten} and {thirteen}"));
    let mut named = named.collect::<Vec<_>>().join(", ");
    if pairs.len() > NAMED {
        named += ", …";
    }
    let count = pairs.len();
    Ok(Some(format!("{count} ISBNs belong to two books, in ten digits and in thirteen: {named}")))
}
