//! Invalidates all links mailed to a user.
//!
//! The `epoch` is a version number per user; a link is valid only while it is unchanged.
//! Every mailed link names its user and the epoch in which it was made: signed links in
//! their claims ([`email_verification`](crate::email_verification)), stored ones in a
//! [`verification`](crate::verification). The link is valid only in that epoch. A new
//! password, a new e-mail address, each step towards it, and the end of all sessions
//! advance the epoch.

use database::UserRepository;
use domain::{Permit, Result, User, ability::Update};
use sea_orm::ConnectionTrait;

use crate::{context::Context, device_authorization, plugin::Plugin, verification};

/// Advances the user's epoch, which invalidates all links made before, and returns the user
/// with the new epoch. The caller has locked the row
/// ([`find_locked`](UserRepository::find_locked)) in the transaction that invalidates the
/// links. Every action that locks a user out, such as a ban, must call this.
pub(crate) async fn invalidate_links<C: ConnectionTrait>(
    db: &C,
    context: &Context,
    user: User,
) -> Result<User> {
    verification::Store::of(context).delete_all_of(db, &user.id).await?;
    if context.config.plugins.has(Plugin::DeviceAuthorization) {
        device_authorization::delete_all(db, &user.id).await?;
    }
    let permit = Permit::system("end-authorizations", Update, user);
    UserRepository::new(db).advance_epoch(permit).await
}
