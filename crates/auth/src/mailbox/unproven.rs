//! What a person could have attached to an account before its address was verified.

use database::{Transaction, internal};
use domain::{Permit, Result, User, UserId, ability::Update, user::SignInPatch};
use sea_orm::{
    ConnectionTrait,
    sea_query::{Alias, Expr, ExprTrait, Query},
};

use crate::{account, context::Context, epoch, session};

/// The tables of plugins with further ways to sign in, each with the column `userId`.
const TABLES: [&str; 3] = ["passkey", "walletAddress", "deviceCode"];

/// Deletes everything with which a user can sign in or is signed in: passwords, accounts of
/// providers, keys, the phone number, sessions, and all links. Returns the user.
pub(super) async fn revoke(
    transaction: &Transaction,
    context: &Context,
    user: User,
) -> Result<User> {
    let connection = transaction.connection();
    account::delete_all(connection, &user.id).await?;
    delete_keys(connection, &user.id).await?;
    session::Store::of(context).delete_all(connection, &user.id, None).await?;
    let user = if user.sign_in.phone_number.is_some() {
        let patch = SignInPatch {
            phone_number: Some(None),
            phone_number_verified: Some(false),
            ..SignInPatch::default()
        };
        let permit = Permit::system("address-was-unproven", Update, user);
        transaction.users().update_sign_in(permit, patch, context.clock.now()).await?
    } else {
        user
    };
    epoch::invalidate_links(connection, context, user).await
}

/// Deletes the passkeys, wallets and devices of a user.
pub(crate) async fn delete_keys<C: ConnectionTrait>(db: &C, user: &UserId) -> Result<()> {
    for table in TABLES {
        let mut delete = Query::delete();
        delete
            .from_table(Alias::new(table))
            .and_where(Expr::col(Alias::new("userId")).eq(user.as_str()));
        db.execute(&delete).await.map_err(internal)?;
    }
    Ok(())
}
