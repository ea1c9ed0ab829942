//! Use cases of users.

use std::collections::HashMap;

use database::Database;
use domain::{
    AbilityFactory, CurrentUser, Result, User, UserAccount, UserId,
    ability::{Action, Rules},
};

/// Use cases of users.
#[derive(Clone, Debug)]
pub struct UserService {
    pub(crate) db: Database,
    pub(crate) abilities: AbilityFactory,
}

impl UserService {
    /// Finds a user who is not deleted and whose row `viewer` may read.
    pub async fn find(&self, viewer: Option<&CurrentUser>, id: &UserId) -> Result<Option<User>> {
        let readable = self.abilities.readable(viewer)?;
        let user = self.db.users().find_readable(&readable, id).await?;
        Ok(user.filter(|user| user.deleted_at.is_none()))
    }

    /// Finds users whose rows `viewer` may read, in no order. Deleted users are included, because
    /// they still own books.
    pub async fn find_many(
        &self,
        viewer: Option<&CurrentUser>,
        ids: &[UserId],
    ) -> Result<Vec<User>> {
        self.db.users().find_many_readable(&self.abilities.readable(viewer)?, ids).await
    }

    /// Finds the accounts of those users whose accounts `viewer` may read, the oldest first.
    pub async fn find_accounts(
        &self,
        viewer: Option<&CurrentUser>,
        users: Vec<User>,
    ) -> Result<HashMap<User, Vec<UserAccount>>> {
        let readable = |user: &User| self.may_read_field(viewer, user, "accounts");
        let users: Vec<_> = users.into_iter().filter(readable).collect();
        if users.is_empty() {
            return Ok(HashMap::new());
        }
        let ids: Vec<_> = users.iter().map(|user| user.id.clone()).collect();
        let mut accounts = self.db.users().find_accounts(&ids).await?;
        let of_user = |user: User| {
            let accounts = accounts.remove(&user.id).unwrap_or_default();
            (user, accounts)
        };
        Ok(users.into_iter().map(of_user).collect())
    }

    /// Whether `viewer` may read `field` of `user`. Only name and picture are public.
    #[must_use]
    pub fn may_read_field(&self, viewer: Option<&CurrentUser>, user: &User, field: &str) -> bool {
        self.abilities.for_viewer(viewer).can_field(Action::Read, user, field)
    }

    /// Returns the rules for `user`, if `viewer` may read them.
    #[must_use]
    pub fn rules<'u>(&self, viewer: Option<&CurrentUser>, user: &'u User) -> Option<Rules<'u>> {
        let may_read_field = self.may_read_field(viewer, user, "abilities");
        may_read_field.then(|| self.abilities.rules_for(&user.id, user.role))
    }
}
