//! Who is a guest.

use database::{UserRepository, user::OwnedTable};
use domain::{Result, User, UserId};
use sea_orm::ConnectionTrait;

/// The tables whose rows let a user sign in again.
pub(super) const CREDENTIALS: [OwnedTable; 3] = [
    OwnedTable { table: "account", user_id: "userId" },
    OwnedTable { table: "passkey", user_id: "userId" },
    OwnedTable { table: "walletAddress", user_id: "userId" },
];

/// Whether the user is a guest, as far as their row tells. A better-auth server leaves the mark of
/// guests to users who got an address or a number.
pub(super) fn is_guest(user: &User) -> bool {
    user.sign_in.is_anonymous
        && user.deleted_at.is_none()
        && !user.email_verified
        && user.sign_in.phone_number.is_none()
}

/// Locks a guest before they are deleted. `None` if the user is no guest, or has a credential with
/// which they can sign in again.
pub(super) async fn lock<C: ConnectionTrait>(db: &C, id: &UserId) -> Result<Option<User>> {
    let users = UserRepository::new(db);
    let Some(guest) = users.find_exclusively(id).await?.filter(is_guest) else { return Ok(None) };
    let has_credential = users.has_rows(&guest.id, &CREDENTIALS).await?;
    Ok((!has_credential).then_some(guest))
}
