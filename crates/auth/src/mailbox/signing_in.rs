//! The sign-in of the user who owns a mailbox.

use database::Transaction;
use domain::Result;

use super::Owner;
use crate::{
    context::Context,
    extract::Client,
    session::{self, Lifetime},
    sign_in::{self, Attempt, Method, Outcome, Proof},
};

/// Signs the owner of a mailbox in, and commits. The link or the code was one factor.
pub(crate) async fn sign_in_owner(
    context: &Context,
    transaction: Transaction,
    owner: Owner,
    method: Method,
    client: &Client,
) -> Result<Outcome> {
    let Owner { user, is_new: _, is_changed } = owner;
    let changed = is_changed.then(|| user.clone());
    let (proof, lifetime) = (Proof::OneFactor, Lifetime::Remembered);
    let attempt = Attempt { user, method, proof, lifetime, client };
    let outcome = sign_in::sign_in(transaction.connection(), context, attempt).await?;
    transaction.commit().await?;
    if let Some(user) = changed {
        session::Store::of(context).user_changed(&user).await?;
    }
    context.mailer.wake();
    Ok(outcome)
}
