//! The end of a guest: a user who gets a credential.

use database::UserRepository;
use domain::{Permit, Result, User, ability::Update, user::SignInPatch};
use sea_orm::ConnectionTrait;

use crate::context::Context;

/// Records that the user has a credential, and so is no guest any more: their next sign-in as
/// another user must not delete them. Whatever stores a credential of an existing user calls this.
/// A verified address or number ends a guest where it is written. Returns the user.
pub(crate) async fn end_guest<C: ConnectionTrait>(
    db: &C,
    context: &Context,
    user: User,
) -> Result<User> {
    if !user.sign_in.is_anonymous {
        return Ok(user);
    }
    let patch = SignInPatch { is_anonymous: Some(false), ..SignInPatch::default() };
    let permit = Permit::system("guest-got-credential", Update, user);
    UserRepository::new(db).update_sign_in(permit, patch, context.clock.now()).await
}
