//! Changes of users.

use chrono::{DateTime, Utc};
use domain::{
    Error, Permit, ProfilePatch, Result, Role, SignInFields, SignInPatch, User,
    ability::{Delete, Kind, PermitAction, Update},
    id::random_alphanumeric,
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter,
    sea_query::{Expr, ExprTrait, SimpleExpr},
};

use super::{
    OwnedTable, UserRepository,
    address::has_address,
    entity::{Column, Entity},
    expect_unique, is_taken,
};
use crate::{internal, log_change};

/// Name of a deleted user.
const DELETED_NAME: &str = "Deleted user";

impl<C: ConnectionTrait> UserRepository<'_, C> {
    /// Records that the permitted user has signed in: no other sign-up replaces the user any
    /// more.
    pub async fn clear_pending(&self, permit: Permit<Update, User>) -> Result<User> {
        let user = User { pending: false, ..permit.subject().clone() };
        let changes = vec![(Column::Pending, Expr::value(false))];
        self.change(&permit, changes, Condition::all(), user).await
    }

    /// Begins the permitted user's next epoch, unless another epoch began meanwhile. Everything
    /// authorized before becomes invalid. Only the owner of the mailbox or of a session can cause
    /// this, so no other sign-up replaces the user any more.
    pub async fn advance_epoch(&self, permit: Permit<Update, User>) -> Result<User> {
        let before = permit.subject();
        let user = User { epoch: before.epoch + 1, pending: false, ..before.clone() };
        let changes = vec![
            (Column::Epoch, Expr::col(Column::Epoch).add(1)),
            (Column::Pending, Expr::value(false)),
        ];
        let unchanged = Condition::all().add(Column::Epoch.eq(before.epoch));
        self.change(&permit, changes, unchanged, user).await
    }

    /// Changes the permitted user's public profile.
    pub async fn update_profile(
        &self,
        permit: Permit<Update, User>,
        profile: ProfilePatch,
        now: DateTime<Utc>,
    ) -> Result<User> {
        let mut user = permit.subject().clone();
        let ProfilePatch { name, image } = profile;
        let mut changes = vec![(Column::UpdatedAt, Expr::value(now))];
        if let Some(name) = name {
            changes.push((Column::Name, Expr::value(name.as_str())));
            user.name = name;
        }
        if let Some(image) = image {
            changes.push((Column::Image, Expr::value(image.clone())));
            user.image = image;
        }
        user.updated_at = now;
        self.change(&permit, changes, Condition::all(), user).await
    }

    /// Changes what sign-in methods store about the permitted user. A user with a verified phone
    /// number is no guest any more. Fails with `CONFLICT` on `username` or `phoneNumber` if another
    /// user has the new one.
    pub async fn update_sign_in(
        &self,
        permit: Permit<Update, User>,
        patch: SignInPatch,
        now: DateTime<Utc>,
    ) -> Result<User> {
        let (changes, sign_in) = sign_in_changes(&permit.subject().sign_in, patch, now);
        let user = User { sign_in, updated_at: now, ..permit.subject().clone() };
        self.change(&permit, changes, Condition::all(), user).await
    }

    /// Ends the ban of the permitted user, which is over.
    pub async fn clear_ban(&self, permit: Permit<Update, User>) -> Result<User> {
        let user = User { ban: None, ..permit.subject().clone() };
        let changes = vec![
            (Column::Banned, Expr::value(false)),
            (Column::BanReason, Expr::value(None::<String>)),
            (Column::BanExpires, Expr::value(None::<DateTime<Utc>>)),
        ];
        self.change(&permit, changes, Condition::all(), user).await
    }

    /// Changes the permitted user's address, in lower case, or marks the current one as verified.
    /// Fails if the address, its verification or the epoch changed meanwhile. A pending sign-up
    /// with the address is removed unless its user has rows in `owned`. A user with a verified
    /// address is no guest any more. Fails with `CONFLICT` on `email` if the address is taken.
    pub async fn set_email(
        &self,
        permit: Permit<Update, User>,
        email: &str,
        verified: bool,
        owned: &[OwnedTable],
        now: DateTime<Utc>,
    ) -> Result<User> {
        let mut user = permit.subject().clone();
        let mut changes = vec![
            (Column::Email, Expr::value(email)),
            (Column::EmailVerified, Expr::value(verified)),
            (Column::Pending, Expr::value(false)),
            (Column::UpdatedAt, Expr::value(now)),
        ];
        if verified && user.sign_in.is_anonymous {
            changes.push((Column::IsAnonymous, Expr::value(false)));
            user.sign_in.is_anonymous = false;
        }
        email.clone_into(&mut user.email);
        user.email_verified = verified;
        user.pending = false;
        user.updated_at = now;
        let before = permit.subject();
        if before.email != user.email {
            self.remove_pending(email, owned).await?;
            if self.find_id_by_email(email).await?.is_some_and(|id| id != before.id) {
                return Err(is_taken());
            }
        }
        let unchanged = Condition::all()
            .add(has_address(self.backend(), &before.email))
            .add(Column::EmailVerified.eq(before.email_verified))
            .add(Column::Epoch.eq(before.epoch));
        self.change(&permit, changes, unchanged, user).await
    }

    /// Turns the permitted user into a tombstone. The row remains as the owner of books and
    /// authors; the address becomes free.
    pub async fn delete(&self, permit: Permit<Delete, User>, now: DateTime<Utc>) -> Result<()> {
        let mut user = permit.subject().clone();
        let changes = vec![
            (Column::Name, Expr::value(DELETED_NAME)),
            // The address is unique because it is random.
            (Column::Email, Expr::value(format!("{}@deleted.invalid", random_alphanumeric()))),
            (Column::EmailVerified, Expr::value(false)),
            (Column::Image, Expr::value(None::<String>)),
            (Column::Role, Expr::value(Role::default().as_str())),
            (Column::UpdatedAt, Expr::value(now)),
            (Column::DeletedAt, Expr::value(now)),
            (Column::TwoFactorEnabled, Expr::value(false)),
            (Column::Username, Expr::value(None::<String>)),
            (Column::DisplayUsername, Expr::value(None::<String>)),
            (Column::PhoneNumber, Expr::value(None::<String>)),
            (Column::PhoneNumberVerified, Expr::value(false)),
            (Column::LastLoginMethod, Expr::value(None::<String>)),
        ];
        user.deleted_at = Some(now);
        self.change(&permit, changes, Condition::all(), user).await?;
        Ok(())
    }

    /// Writes `changes` if the user still fulfils `condition` and was not deleted since the
    /// permit was given.
    async fn change<A: PermitAction>(
        &self,
        permit: &Permit<A, User>,
        changes: Vec<(Column, SimpleExpr)>,
        condition: Condition,
        after: User,
    ) -> Result<User> {
        let before = permit.subject();
        let mut update = Entity::update_many();
        for (column, value) in changes {
            update = update.col_expr(column, value);
        }
        let result = update
            .filter(Column::Id.eq(before.id.as_str()))
            .filter(condition)
            .filter(Column::DeletedAt.is_null())
            .exec(self.0)
            .await;
        let result = expect_unique(result)?;
        if result.rows_affected == 0 {
            return Err(Error::NotFound { kind: Kind::User });
        }
        log_change(permit, before.id.as_str());
        Ok(after)
    }

    /// Changes the permitted user's role, which applies from their next request.
    pub async fn set_role(
        &self,
        permit: Permit<Update, User>,
        role: Role,
        now: DateTime<Utc>,
    ) -> Result<()> {
        let id = &permit.subject().id;
        let updated = Entity::update_many()
            .col_expr(Column::Role, Expr::value(role.as_str()))
            .col_expr(Column::UpdatedAt, Expr::value(now))
            .filter(Column::Id.eq(id.as_str()))
            .exec(self.0)
            .await
            .map_err(internal)?;
        if updated.rows_affected == 0 {
            return Err(Error::NotFound { kind: Kind::User });
        }
        log_change(&permit, id.as_str());
        Ok(())
    }
}

/// The columns that `patch` changes, and the fields afterwards.
fn sign_in_changes(
    before: &SignInFields,
    patch: SignInPatch,
    now: DateTime<Utc>,
) -> (Vec<(Column, SimpleExpr)>, SignInFields) {
    let SignInPatch {
        two_factor,
        username,
        display_username,
        phone_number,
        phone_number_verified,
        is_anonymous,
        last_method,
    } = patch;
    let ends_guest = before.is_anonymous && phone_number_verified == Some(true);
    let is_anonymous = if ends_guest { Some(false) } else { is_anonymous };
    let mut after = before.clone();
    let mut changes = vec![(Column::UpdatedAt, Expr::value(now))];
    for (field, value, column) in [
        (&mut after.two_factor, two_factor, Column::TwoFactorEnabled),
        (&mut after.is_anonymous, is_anonymous, Column::IsAnonymous),
    ] {
        if let Some(value) = value {
            changes.push((column, Expr::value(value)));
            *field = value;
        }
    }
    if let Some(verified) = phone_number_verified {
        changes.push((Column::PhoneNumberVerified, Expr::value(verified)));
        after.phone_number_verified = Some(verified);
    }
    for (field, value, column) in [
        (&mut after.username, username, Column::Username),
        (&mut after.display_username, display_username, Column::DisplayUsername),
        (&mut after.phone_number, phone_number, Column::PhoneNumber),
        (&mut after.last_method, last_method, Column::LastLoginMethod),
    ] {
        if let Some(value) = value {
            changes.push((column, Expr::value(value.clone())));
            *field = value;
        }
    }
    (changes, after)
}
