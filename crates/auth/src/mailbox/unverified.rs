//! What a person could have attached to an account before its address was verified.

use database::{Transaction, internal};
use domain::{Permit, Result, User, UserId, ability::Update, user::SignInPatch};
use sea_orm::{
    ConnectionTrait,
    sea_query::{Alias, Expr, ExprTrait, Query},
};

use crate::{account, context::Context, epoch, session};

/// The tables of plugins with credentials of users, each with the column `userId`.
const CREDENTIAL_TABLES: [&str; 3] = ["passkey", "walletAddress", "deviceCode"];

/// Deletes everything with which a user can sign in or is signed in: passwords, accounts at
/// providers, credentials of plugins, the phone number, sessions, and all links. Returns the user.
pub(super) async fn revoke_access(
    transaction: &Transaction,
    context: &Context,
    user: User,
) -> Result<User> {
    let connection = transaction.connection();
    account::delete_all(connection, &user.id).await?;
    delete_plugin_credentials(connection, &user.id).await?;
    session::Store::of(context).delete_all(connection, &user.id, None).await?;
    let user = if user.sign_in.phone_number.is_some() {
        let patch = SignInPatch {
            phone_number: Some(None),
            phone_number_verified: Some(false),
            ..SignInPatch::default()
        };
        let permit = Permit::system("address-was-unverified", Update, user);
        transaction.users().update_sign_in(permit, patch, context.clock.now()).await?
    } else {
        user
    };
    epoch::invalidate_links(connection, context, user).await
}

/// Deletes the passkeys and wallets of a user, and the device requests that they approved.
pub(crate) async fn delete_plugin_credentials<C: ConnectionTrait>(
    db: &C,
    user: &UserId,
) -> Result<()> {
    for table in CREDENTIAL_TABLES {
        let mut delete = Query::delete();
        delete
            .from_table(Alias::new(table))
            .and_where(Expr::col(Alias::new("userId")).eq(user.as_str()));
        db.execute(&delete).await.map_err(internal)?;
    }
    Ok(())
}
