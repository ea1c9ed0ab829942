//! Users that the operator makes, for commands like `seed`.

use domain::{NewUser, Permit, Result, User, UserId, ability::Update, validation::Checks};
use secrecy::SecretString;

use super::{NewPasswordUser, sign_up::permit};
use crate::{
    account::{self, Candidate},
    context::Context,
    error::AuthError,
    extract::email,
    password::Verdict,
};

/// Whether the user with this e-mail address has this password.
pub(super) async fn has_password(
    context: &Context,
    email: &str,
    password: SecretString,
) -> Result<bool> {
    let candidate = account::find_credential(context.db.reader(), email).await?;
    let Some(Candidate { hash, .. }) = candidate else { return Ok(false) };
    let verdict = context.passwords.verify(password, hash).await?;
    Ok(matches!(verdict, Verdict::Right { .. }))
}

/// Creates a user with the rules of sign-up.
pub(super) async fn create(context: &Context, new: NewPasswordUser) -> Result<User> {
    let NewPasswordUser { name, email, password, role } = new;
    let mut checks = Checks::default();
    let name = checks.name("name", &name);
    let email = email::normal(&email);
    checks.require(email.is_some(), "email", "must be an e-mail address");
    if let Err(AuthError::Refused(refusal)) = context.passwords.check_new(&password) {
        checks.fail("password", refusal.message);
    }
    checks.finish()?;
    let email = email.unwrap_or_default();
    let hash = context.passwords.hash(password).await?;
    let user = NewUser { id: UserId::generate(), name, email, image: None, role };
    let (now, permit) = (context.clock.now(), permit(context, user)?);
    let transaction = context.db.begin().await?;
    let mut user = transaction.users().insert(permit, now).await?;
    if context.email_password.require_verification {
        // The operator vouches for the address: no link is mailed to it.
        let email = user.email.clone();
        let permit = Permit::system("create-user", Update, user);
        user = transaction
            .users()
            .set_email(permit, &email, true, context.user.owned_tables, now)
            .await?;
    }
    account::insert_credential(transaction.connection(), &user.id, hash, now).await?;
    transaction.commit().await?;
    Ok(user)
}
