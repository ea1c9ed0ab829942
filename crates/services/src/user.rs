//! Reading users.

use database::Database;
use domain::{
    AbilityFactory, CurrentUser, Result, User, UserId,
    ability::{Action, Rules},
};

/// Reads users.
#[derive(Clone, Debug)]
pub struct UserService {
    pub(crate) db: Database,
    pub(crate) abilities: AbilityFactory,
}

impl UserService {
    /// The user of this id, if `reader` may read their row and they are not deleted.
    pub async fn find(&self, reader: Option<&CurrentUser>, id: &UserId) -> Result<Option<User>> {
        let readable = self.abilities.readable(reader)?;
        let user = self.db.users().find_readable(&readable, id).await?;
        Ok(user.filter(|user| user.deleted_at.is_none()))
    }

    /// The users of these ids whose rows `reader` may read, in no order; deleted ones too, as
    /// they still own books.
    pub async fn find_many(
        &self,
        reader: Option<&CurrentUser>,
        ids: &[UserId],
    ) -> Result<Vec<User>> {
        self.db.users().find_many_readable(&self.abilities.readable(reader)?, ids).await
    }

    /// Whether `viewer` may read `field` of `user`. Only names and pictures are public.
    #[must_use]
    pub fn may_see(&self, viewer: Option<&CurrentUser>, user: &User, field: &str) -> bool {
        self.abilities.for_viewer(viewer).can_field(Action::Read, user, field)
    }

    /// The rules for `user`, if `viewer` may read them.
    #[must_use]
    pub fn rules<'u>(&self, viewer: Option<&CurrentUser>, user: &'u User) -> Option<Rules<'u>> {
        let may_see = self.may_see(viewer, user, "abilities");
        may_see.then(|| self.abilities.rules_for(&user.id, user.role))
    }
}
