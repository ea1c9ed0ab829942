//! Generated books, for load tests.

use database::Database;
use domain::{
    Author, AuthorFilter, BookId, BookInput, Clock, Permit, Result, UserId,
    ability::{Create, Readable},
};
use repositories::{BookRepository, ListRepository};

use super::{
    USERS, demo_is_missing,
    library::{Library, author_id},
};
use crate::progress::Progress;

/// Books in one transaction.
const BATCH: u32 = 1_000;

const ADJECTIVES: [&str; 16] = [
    "Silent",
    "Crimson",
    "Forgotten",
    "Electric",
    "Hidden",
    "Golden",
    "Broken",
    "Distant",
    "Burning",
    "Frozen",
    "Endless",
    "Secret",
    "Wandering",
    "Hollow",
    "Gentle",
    "Last",
];
const NOUNS: [&str; 16] = [
    "Garden", "River", "Empire", "Machine", "Letter", "Mountain", "Harbour", "Orchard", "Mirror",
    "Lantern", "Voyage", "Library", "Winter", "Archive", "Bridge", "Island",
];

/// Adds the missing ones of `number` generated books, of the demo users and authors. Returns the
/// number of added books.
pub async fn generate(db: &Database, clock: &Clock, number: u32) -> Result<usize> {
    let owners = owners(db).await?;
    let authors = Library::read()?.authors.len();
    let mut progress = Progress::new("books", number.into(), 100 * u64::from(BATCH));
    let mut added = 0;
    for first in (0..number).step_by(BATCH as usize) {
        let last = number.min(first + BATCH);
        added += batch(db, clock, first..last, &owners, authors).await?;
        progress.reached(last.into());
    }
    progress.finish();
    Ok(added)
}

async fn batch(
    db: &Database,
    clock: &Clock,
    numbers: std::ops::Range<u32>,
    owners: &[UserId],
    authors: usize,
) -> Result<usize> {
    let tx = db.begin().await?;
    let ids: Vec<_> = numbers.clone().map(generated_id).collect();
    let known =
        BookRepository::new(tx.connection()).known(&Readable::system("seeding"), &ids).await?;
    let mut missing = Vec::new();
    for (number, id) in numbers.zip(ids).filter(|(_, id)| !known.contains(id)) {
        let owner = owners.get(number as usize % owners.len()).ok_or_else(demo_is_missing)?;
        let new = book(number, authors).validated(clock.year())?;
        missing.push((id, owner.clone(), Permit::system("seed", Create, new)));
    }
    let added = missing.len();
    if added > 0 {
        BookRepository::new(tx.connection()).insert_all(missing, clock.now()).await?;
    }
    tx.commit().await?;
    Ok(added)
}

/// The demo users. Fails when they or their authors have not been seeded.
async fn owners(db: &Database) -> Result<Vec<UserId>> {
    let mut owners = Vec::new();
    for (_, email, _) in USERS {
        owners.push(db.users().find_by_email(email).await?.ok_or_else(demo_is_missing)?.id);
    }
    let mut authors = 0;
    for owner in &owners {
        let filter = AuthorFilter { owner_id: Some(owner.clone()), ..AuthorFilter::default() };
        let lists = ListRepository::new(db.reader());
        authors += lists.count::<Author>(&filter, &Readable::system("seeding")).await?;
    }
    if authors == 0 { Err(demo_is_missing()) } else { Ok(owners) }
}

/// A `UUIDv7` of a fixed instant, after the demo library's.
fn generated_id(number: u32) -> BookId {
    BookId(format!("01900000-0001-7000-8000-{number:012x}"))
}

/// The same book for the same number: one to three authors, a title of its own.
fn book(number: u32, authors: usize) -> BookInput {
    // Steps that are coprime to the lists' lengths visit every element.
    let pick = |step: u32| number.wrapping_mul(step) as usize;
    let word =
        |words: &[&'static str; 16], n: usize| words.get(n % 16).copied().unwrap_or_default();
    let (adjective, noun) = (word(&ADJECTIVES, pick(7)), word(&NOUNS, pick(7) / 16));
    let author = |n: usize| author_id(n % authors + 1);
    BookInput {
        release_year: Some(1500 + i32::try_from(pick(31) % 525).unwrap_or_default()),
        author_ids: (0..=pick(5) % 3).map(|n| author(pick(17) + n * 29)).collect(),
        ..BookInput::new(format!("The {adjective} {noun} {number}"))
    }
}
