//! What can be seen of users.

use domain::{
    AbilityFactory, CurrentUser, Result, User, UserId,
    ability::{Action, Rules},
};
use repositories::Database;

/// What can be seen of users.
#[derive(Clone, Debug)]
pub struct UserService {
    pub(crate) db: Database,
}

impl UserService {
    /// The user of this id; a deleted one is not shown.
    pub async fn find(&self, id: &UserId) -> Result<Option<User>> {
        let user = self.db.users().find(id).await?;
        Ok(user.filter(|user| user.deleted_at.is_none()))
    }

    /// The users of these ids, in no order; deleted ones too, as they still own books.
    pub async fn find_many(&self, ids: &[UserId]) -> Result<Vec<User>> {
        self.db.users().find_many(ids).await
    }

    /// Whether `viewer` may see `field` of `user`. Only names and pictures are public.
    #[must_use]
    pub fn may_see(&self, viewer: Option<&CurrentUser>, user: &User, field: &str) -> bool {
        AbilityFactory::default().of(viewer).can_field(Action::Read, user, field)
    }

    /// The rules that `user` is under, if `viewer` may see them.
    #[must_use]
    pub fn rules<'u>(&self, viewer: Option<&CurrentUser>, user: &'u User) -> Option<Rules<'u>> {
        let seen = self.may_see(viewer, user, "abilities");
        seen.then(|| AbilityFactory::default().rules_of(&user.id, user.role))
    }
}
