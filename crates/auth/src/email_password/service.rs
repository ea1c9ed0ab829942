//! Making users with a password, and letting them in.

use domain::{
    Error, NewUser, Permit, Result, Role, User, UserId, ability::Create, validation::Checks,
};
use repositories::Transaction;

use super::{
    NewPasswordUser, email,
    error::{
        FIELD_NOT_ALLOWED, INVALID_EMAIL, INVALID_EMAIL_OR_PASSWORD,
        USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL,
    },
    input::{SignIn, SignUp},
};
use crate::{
    account::{self, Candidate},
    context::Context,
    error::AuthError,
    extract::Client,
    gate::{self, SignedIn},
    password::{PasswordHash, Verdict},
};

/// Makes the user and signs them in, or leaves no trace.
pub(super) async fn sign_up(
    context: &Context,
    input: SignUp,
    client: Client,
) -> Result<SignedIn, AuthError> {
    let SignUp { name, email, password, image, lifetime, asks_for_role } = input;
    context.passwords.check_new(&password)?;
    if asks_for_role {
        return Err(FIELD_NOT_ALLOWED.into());
    }
    if context.db.users().find_by_email(&email).await?.is_some() {
        return Err(USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL.into());
    }
    let hash = context.passwords.hash(password).await?;

    let user = NewUser { id: UserId::generate(), name, email, image, role: Role::default() };
    let transaction = context.db.begin().await?;
    // Whoever signed up meanwhile has the address: the unique key decides.
    let user = register(context, &transaction, user, hash).await.map_err(|error| match error {
        Error::Conflict { .. } => USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL.into(),
        error => AuthError::from(error),
    })?;
    let signed_in = gate::admit(transaction.connection(), context, user, lifetime, client).await?;
    transaction.commit().await?;
    Ok(signed_in)
}

/// Checks the password and signs the user in. Nothing tells an unknown address
/// from a wrong password, time included.
pub(super) async fn sign_in(
    context: &Context,
    input: SignIn,
    client: Client,
) -> Result<SignedIn, AuthError> {
    let SignIn { email, password, lifetime, .. } = input;
    let email = email::normal(&email).ok_or(INVALID_EMAIL)?;
    context.passwords.check_tried(&password)?;
    let candidate = account::find_credential(context.db.reader(), &email).await?;
    let hash = candidate.as_ref().map(|candidate| candidate.hash.clone());
    let verdict = context.passwords.verify(password, hash).await?;
    let (Some(Candidate { user, hash }), Verdict::Right { renewed }) = (candidate, verdict) else {
        tracing::info!("sign-in refused");
        return Err(INVALID_EMAIL_OR_PASSWORD.into());
    };
    let writer = context.db.writer();
    if let Some(renewed) = renewed {
        let now = context.clock.now();
        account::replace_password(writer, &user.id, hash, renewed, now).await?;
        tracing::info!(user_id = %user.id, "password stored in the configured form");
    }
    Ok(gate::admit(writer, context, user, lifetime, client).await?)
}

/// Makes a user whom the operator asked for, with the rules of sign-up.
pub(super) async fn create(context: &Context, new: NewPasswordUser) -> Result<User> {
    let NewPasswordUser { name, email, password, role } = new;
    let mut checks = Checks::default();
    let name = checks.name("name", &name);
    let email = email::normal(&email);
    checks.require(email.is_some(), "email", "must be an e-mail address");
    if let Err(refusal) = context.passwords.check_new(&password) {
        checks.fail("password", refusal.message);
    }
    checks.finish()?;
    let email = email.unwrap_or_default();
    let hash = context.passwords.hash(password).await?;
    let user = NewUser { id: UserId::generate(), name, email, image: None, role };
    let transaction = context.db.begin().await?;
    let user = register(context, &transaction, user, hash).await?;
    transaction.commit().await?;
    Ok(user)
}

/// Stores a user and their password. Fails with `CONFLICT` if the address is taken.
async fn register(
    context: &Context,
    transaction: &Transaction,
    user: NewUser,
    hash: PasswordHash,
) -> Result<User> {
    let now = context.clock.now();
    let permit = Permit::system("sign-up", Create, user);
    let user = transaction.users().insert(permit, now).await?;
    account::insert_credential(transaction.connection(), &user.id, hash, now).await?;
    Ok(user)
}
