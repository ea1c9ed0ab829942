//! Use cases of authors.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use database::{Database, Transaction};
use domain::{
    AbilityFactory, Author, AuthorId, AuthorInput, AuthorPatch, Change, ChangeKind, ChangeSubject,
    Clock, CurrentUser, Error, Result,
    ability::{Create, Delete, Kind, Update},
    version,
};
use repositories::AuthorRepository;

use crate::ChangeBus;

/// Use cases of authors.
#[derive(Clone, Debug)]
pub struct AuthorService {
    pub(crate) db: Database,
    pub(crate) clock: Clock,
    pub(crate) events: ChangeBus,
    pub(crate) abilities: AbilityFactory,
}

impl AuthorService {
    /// Finds an author that `viewer` may read.
    pub async fn find(
        &self,
        viewer: Option<&CurrentUser>,
        id: &AuthorId,
    ) -> Result<Option<Author>> {
        AuthorRepository::new(self.db.reader()).find(&self.abilities.readable(viewer)?, id).await
    }

    /// Returns those authors of a deleted book that `viewer` may read.
    #[must_use]
    pub fn readable_among(
        &self,
        viewer: Option<&CurrentUser>,
        authors: &Arc<[Author]>,
    ) -> Arc<[Author]> {
        match self.abilities.readable::<Author>(viewer) {
            Ok(readable) if readable.condition().is_none() => Arc::clone(authors),
            Ok(readable) => {
                authors.iter().filter(|author| readable.includes(author)).cloned().collect()
            }
            Err(_) => Arc::default(),
        }
    }

    /// Creates an author, owned by `user`.
    pub async fn create(&self, user: &CurrentUser, input: AuthorInput) -> Result<Author> {
        let new = input.validated(self.clock.year())?;
        let permit = self.abilities.for_viewer(Some(user)).permit(Create, new)?;
        let tx = self.db.begin().await?;
        let author =
            AuthorRepository::new(tx.connection()).insert(permit, self.clock.now()).await?;
        let change = changed(ChangeKind::Created, &author, user);
        self.events.commit(tx, vec![change]).await?;
        Ok(author)
    }

    /// Updates an author, if `user` owns the row or is an administrator. Fails with
    /// [`Error::Outdated`] unless `seen`, the version that the client read, is the current one.
    /// The transaction locks the row before this check.
    pub async fn update(
        &self,
        user: &CurrentUser,
        id: &AuthorId,
        patch: AuthorPatch,
        seen: Option<DateTime<Utc>>,
    ) -> Result<Author> {
        let tx = self.db.begin().await?;
        let author = self.get_for_write(&tx, user, id).await?;
        let permit = self.abilities.for_viewer(Some(user)).permit(Update, author)?;
        version::expect(permit.subject(), seen)?;
        let change = patch.validated(permit.subject(), self.clock.year())?;
        let author = AuthorRepository::new(tx.connection())
            .update(permit, &change, self.clock.now())
            .await?;
        let change = changed(ChangeKind::Updated, &author, user);
        self.events.commit(tx, vec![change]).await?;
        Ok(author)
    }

    /// Deletes an author, if `user` owns the row or is an administrator. The author's books
    /// remain.
    pub async fn delete(&self, user: &CurrentUser, id: &AuthorId) -> Result<Author> {
        let tx = self.db.begin().await?;
        let author = self.get_for_write(&tx, user, id).await?;
        let permit = self.abilities.for_viewer(Some(user)).permit(Delete, author)?;
        let author = AuthorRepository::new(tx.connection()).delete(permit).await?;
        let change = changed(ChangeKind::Deleted, &author, user);
        self.events.commit(tx, vec![change]).await?;
        Ok(author)
    }

    /// Reads and locks an author. Fails with `NOT_FOUND` if `user` may not read it.
    async fn get_for_write(
        &self,
        tx: &Transaction,
        user: &CurrentUser,
        id: &AuthorId,
    ) -> Result<Author> {
        let author = AuthorRepository::new(tx.connection()).find_for_write(id).await?;
        let readable = self.abilities.readable(Some(user))?;
        author.filter(|author| readable.includes(author)).ok_or(NOT_FOUND)
    }
}

fn changed(kind: ChangeKind, author: &Author, by: &CurrentUser) -> Change {
    let subject = ChangeSubject::Author(Box::new(author.clone()));
    Change { kind, subject, actor: Some(by.id.clone()) }
}

const NOT_FOUND: Error = Error::NotFound { kind: Kind::Author };
