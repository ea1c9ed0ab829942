//! Demo data: three users, real authors and books; and generated books for load tests. Ids are
//! fixed, so that seeding twice gives the same rows.

mod generate;
mod library;

use auth::{Auth, NewPasswordUser};
use database::{Database, Transaction};
use domain::{
    Clock, Error, Permit, Result, Role, UserId,
    ability::{Create, Readable},
    id::random_alphanumeric,
};
pub use generate::generate;
use repositories::{AuthorRepository, BookRepository};
use secrecy::SecretString;

use self::library::{Library, author_id, book_id};

/// The demo users, who own authors and books in turn.
const USERS: [(&str, &str, Role); 3] = [
    ("Alice", "alice@example.com", Role::User),
    ("Bob", "bob@example.com", Role::User),
    ("Admin", "admin@example.com", Role::AdminRw),
];

/// The documented password. If other hosts can reach the server, each user has another one.
const DEMO_PASSWORD: &str = "correct horse battery";

/// The result of seeding.
#[derive(Debug, Default)]
pub struct Seeded {
    /// Demo users.
    pub users: Count,
    /// Authors of the demo library.
    pub authors: Count,
    /// Books of the demo library.
    pub books: Count,
    /// Logins of the users added now and, if only this machine reaches the server, of users who
    /// still have the documented password.
    pub logins: Vec<Login>,
}

/// A demo user's login.
#[derive(Debug)]
pub struct Login {
    /// The address.
    pub email: &'static str,
    /// The password.
    pub password: String,
}

/// The number of rows, and of those added now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Rows added now.
    pub added: usize,
    /// All rows.
    pub total: usize,
}

impl Seeded {
    /// The demo users' addresses.
    #[must_use]
    pub fn emails(&self) -> [&'static str; 3] {
        USERS.map(|(_, email, _)| email)
    }
}

/// Adds missing demo data. Existing rows stay as they are. `public` is whether other hosts can
/// reach the server.
pub async fn demo(db: &Database, auth: &Auth, clock: &Clock, public: bool) -> Result<Seeded> {
    let library = Library::read()?;
    let mut seeded = Seeded::default();
    let mut owners = Vec::new();
    for (name, email, role) in USERS {
        owners.push(user(db, auth, (name, email, role), public, &mut seeded).await?);
    }
    seeded.users.total = USERS.len();
    let tx = db.begin().await?;
    seeded.authors = authors(&tx, &library, &owners, clock).await?;
    seeded.books = books(&tx, &library, &owners, clock).await?;
    tx.commit().await?;
    Ok(seeded)
}

/// A warning about demo users with the documented password, one of whom is an administrator.
pub(crate) async fn known_passwords(auth: &Auth) -> Result<Option<String>> {
    let mut known = 0;
    for (_, email, _) in USERS {
        let password = SecretString::from(DEMO_PASSWORD);
        known += u32::from(auth.users().has_password(email, password).await?);
    }
    Ok((known > 0).then(|| {
        format!(
            "{known} demo users have the documented password, and other hosts can reach the \
             server: sign in as them and change it, or delete them"
        )
    }))
}

async fn user(
    db: &Database,
    auth: &Auth,
    (name, email, role): (&str, &'static str, Role),
    public: bool,
    seeded: &mut Seeded,
) -> Result<UserId> {
    if let Some(user) = db.users().find_by_email(email).await? {
        let known = SecretString::from(DEMO_PASSWORD);
        if !public && auth.users().has_password(email, known).await? {
            seeded.logins.push(Login { email, password: DEMO_PASSWORD.to_owned() });
        }
        return Ok(user.id);
    }
    let password = if public { random_alphanumeric() } else { DEMO_PASSWORD.to_owned() };
    let new = NewPasswordUser {
        name: name.to_owned(),
        email: email.to_owned(),
        password: SecretString::from(password.clone()),
        role,
    };
    match auth.users().create(new).await {
        Ok(user) => {
            seeded.users.added += 1;
            seeded.logins.push(Login { email, password });
            Ok(user.id)
        }
        // Another process seeds at the same time.
        Err(Error::Conflict { .. }) => {
            let user = db.users().find_by_email(email).await?;
            Ok(user.ok_or_else(demo_is_missing)?.id)
        }
        Err(error) => Err(error),
    }
}

async fn authors(
    tx: &Transaction,
    library: &Library,
    owners: &[UserId],
    clock: &Clock,
) -> Result<Count> {
    let ids: Vec<_> = (1..=library.authors.len()).map(author_id).collect();
    let known =
        AuthorRepository::new(tx.connection()).known(&Readable::system("seeding"), &ids).await?;
    let mut missing = Vec::new();
    for ((id, author), owner) in ids.into_iter().zip(&library.authors).zip(owners.iter().cycle()) {
        if !known.contains(&id) {
            let new = author.input().validated(clock.year())?;
            missing.push((id, owner.clone(), Permit::system("seed", Create, new)));
        }
    }
    let count = Count { added: missing.len(), total: library.authors.len() };
    if count.added > 0 {
        AuthorRepository::new(tx.connection()).insert_all(missing, clock.now()).await?;
    }
    Ok(count)
}

async fn books(
    tx: &Transaction,
    library: &Library,
    owners: &[UserId],
    clock: &Clock,
) -> Result<Count> {
    let ids: Vec<_> = (1..=library.books.len()).map(book_id).collect();
    let known =
        BookRepository::new(tx.connection()).known(&Readable::system("seeding"), &ids).await?;
    let mut missing = Vec::new();
    for ((id, book), owner) in ids.into_iter().zip(&library.books).zip(owners.iter().cycle()) {
        if !known.contains(&id) {
            let new = book.input(library)?.validated(clock.year())?;
            missing.push((id, owner.clone(), Permit::system("seed", Create, new)));
        }
    }
    let count = Count { added: missing.len(), total: library.books.len() };
    if count.added > 0 {
        BookRepository::new(tx.connection()).insert_all(missing, clock.now()).await?;
    }
    Ok(count)
}

/// The error that the demo library was not seeded.
fn demo_is_missing() -> Error {
    Error::internal("the demo users and authors are missing")
}
