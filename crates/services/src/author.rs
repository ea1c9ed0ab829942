//! What can be done with authors.

use chrono::{DateTime, Utc};
use database::Database;
use domain::{
    AbilityFactory, Author, AuthorId, AuthorInput, AuthorPatch, Change, ChangeKind, ChangeSubject,
    Clock, CurrentUser, Error, Result,
    ability::{Create, Delete, Kind, Update},
};
use repositories::AuthorRepository;

use crate::ChangeBus;

/// What can be done with authors.
#[derive(Clone, Debug)]
pub struct AuthorService {
    pub(crate) db: Database,
    pub(crate) clock: Clock,
    pub(crate) events: ChangeBus,
}

impl AuthorService {
    /// The author of this id.
    pub async fn find(&self, id: &AuthorId) -> Result<Option<Author>> {
        AuthorRepository::new(self.db.reader()).find(id).await
    }

    /// Adds an author; `user` owns the row.
    pub async fn create(&self, user: &CurrentUser, input: AuthorInput) -> Result<Author> {
        let new = input.validated(self.clock.year())?;
        let permit = AbilityFactory::of(Some(user)).permit(Create, new)?;
        let tx = self.db.begin().await?;
        let author =
            AuthorRepository::new(tx.connection()).insert(permit, self.clock.now()).await?;
        let change = changed(ChangeKind::Created, &author, user);
        let changes = self.events.prepare(&tx, vec![change]).await?;
        changes.publish(tx.commit().await)?;
        Ok(author)
    }

    /// Changes an author, if `user` owns the row or administers the library. Fails with
    /// [`Error::Outdated`] unless it is the version that they have `seen`, if they name one:
    /// from then on, the transaction keeps the row from others.
    pub async fn update(
        &self,
        user: &CurrentUser,
        id: &AuthorId,
        patch: AuthorPatch,
        seen: Option<DateTime<Utc>>,
    ) -> Result<Author> {
        let tx = self.db.begin().await?;
        let author =
            AuthorRepository::new(tx.connection()).find_for_write(id).await?.ok_or(NOT_FOUND)?;
        let permit = AbilityFactory::of(Some(user)).permit(Update, author)?;
        permit.subject().expect_version(seen)?;
        let change = patch.validated(permit.subject(), self.clock.year())?;
        let author = AuthorRepository::new(tx.connection())
            .update(permit, &change, self.clock.now())
            .await?;
        let change = changed(ChangeKind::Updated, &author, user);
        let changes = self.events.prepare(&tx, vec![change]).await?;
        changes.publish(tx.commit().await)?;
        Ok(author)
    }

    /// Removes an author, if `user` owns the row or administers the library. Their
    /// books stay.
    pub async fn delete(&self, user: &CurrentUser, id: &AuthorId) -> Result<Author> {
        let tx = self.db.begin().await?;
        let author =
            AuthorRepository::new(tx.connection()).find_for_write(id).await?.ok_or(NOT_FOUND)?;
        let permit = AbilityFactory::of(Some(user)).permit(Delete, author)?;
        let author = AuthorRepository::new(tx.connection()).delete(permit).await?;
        let change = changed(ChangeKind::Deleted, &author, user);
        let changes = self.events.prepare(&tx, vec![change]).await?;
        changes.publish(tx.commit().await)?;
        Ok(author)
    }
}

fn changed(kind: ChangeKind, author: &Author, by: &CurrentUser) -> Change {
    let subject = ChangeSubject::Author(Box::new(author.clone()));
    Change { kind, subject, actor: Some(by.id.clone()) }
}

const NOT_FOUND: Error = Error::NotFound { kind: Kind::Author };
