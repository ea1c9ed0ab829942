//! What a person could have attached to an account before its address was verified.

use database::{Transaction, UserRepository, internal};
use domain::{Permit, Result, User, ability::Update, user::SignInPatch};
use sea_orm::{
    ConnectionTrait,
    sea_query::{Alias, Expr, ExprTrait, Query},
};

use crate::{account, context::Context, epoch, session};

/// The tables of plugins with credentials of users, each with the column `userId`.
const CREDENTIAL_TABLES: [&str; 3] = ["passkey", "walletAddress", "deviceCode"];

/// Deletes everything with which a user can sign in or is signed in: passwords, accounts at
/// providers, credentials of plugins, sessions, and all links. Returns the user.
pub(super) async fn revoke_access(
    transaction: &Transaction,
    context: &Context,
    user: User,
) -> Result<User> {
    let connection = transaction.connection();
    account::delete_all(connection, &user.id).await?;
    session::Store::of(context).delete_all(connection, &user.id, None).await?;
    let user = delete_plugin_credentials(connection, context, user).await?;
    epoch::invalidate_links(connection, context, user).await
}

/// Deletes the credentials of plugins: the passkeys and wallets of a user, the device requests that
/// they approved, the key of an authenticator app that was never verified, and the phone number.
/// Returns the user.
pub(crate) async fn delete_plugin_credentials<C: ConnectionTrait>(
    db: &C,
    context: &Context,
    user: User,
) -> Result<User> {
    for table in CREDENTIAL_TABLES {
        let mut delete = Query::delete();
        delete
            .from_table(Alias::new(table))
            .and_where(Expr::col(Alias::new("userId")).eq(user.id.as_str()));
        db.execute(&delete).await.map_err(internal)?;
    }
    let mut delete = Query::delete();
    delete
        .from_table(Alias::new("twoFactor"))
        .and_where(Expr::col(Alias::new("userId")).eq(user.id.as_str()))
        .and_where(Expr::col(Alias::new("verified")).eq(false));
    db.execute(&delete).await.map_err(internal)?;
    if user.sign_in.phone_number.is_none() {
        return Ok(user);
    }
    let patch = SignInPatch {
        phone_number: Some(None),
        phone_number_verified: Some(false),
        ..SignInPatch::default()
    };
    let permit = Permit::system("address-was-unverified", Update, user);
    UserRepository::new(db).update_sign_in(permit, patch, context.clock.now()).await
}
