//! Users that an administrator creates, for commands like `seed`.

use std::fmt;

use domain::{
    Error, NewUser, Permit, Result, Role, SignInFields, User, UserId, ability::Update,
    validation::Checks,
};
use secrecy::SecretString;

use super::sign_up::permit;
use crate::{
    account::{self, Candidate, Login},
    context::Context,
    error::AuthError,
    error_code::SERVICE_UNAVAILABLE,
    extract::email,
    password::{Comparison, Verdict},
};

/// A user for [`Users::create`].
#[derive(Clone)]
pub struct NewPasswordUser {
    /// 1 to 300 characters.
    pub name: String,
    /// Any case; unique.
    pub email: String,
    /// 8 to 128 characters, unless configured otherwise.
    pub password: SecretString,
    /// The user's role.
    pub role: Role,
}

/// Creates users without a request, for commands like `seed`.
pub struct Users<'a>(&'a Context);

impl<'a> Users<'a> {
    pub(crate) fn new(context: &'a Context) -> Self {
        Self(context)
    }

    /// Creates a user who can sign in at once, by the rules of sign-up. Fails with `CONFLICT`
    /// on `email` if the address is taken, with `BAD_USER_INPUT` if a field breaks a rule.
    pub async fn create(&self, new: NewPasswordUser) -> Result<User> {
        create(self.0, new).await
    }

    /// Whether a user with this address exists and has this password.
    pub async fn has_password(&self, email: &str, password: SecretString) -> Result<bool> {
        has_password(self.0, email, password).await
    }
}

impl fmt::Debug for Users<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Users")
    }
}

async fn has_password(context: &Context, email: &str, password: SecretString) -> Result<bool> {
    let candidate = account::find_credential(context.db.reader(), Login::Email(email)).await?;
    let Some(Candidate { hash, .. }) = candidate else { return Ok(false) };
    let verdict = context.passwords.verify(password, Comparison::User(hash)).await?;
    Ok(matches!(verdict, Verdict::Right { .. }))
}

async fn create(context: &Context, new: NewPasswordUser) -> Result<User> {
    let NewPasswordUser { name, email, password, role } = new;
    let mut checks = Checks::default();
    let name = checks.name("name", &name);
    let email = email::normalize(&email);
    checks.require(email.is_some(), "email", "must be an e-mail address");
    if let Err(AuthError::Refused(refusal)) = context.passwords.check_new(&password) {
        checks.fail("password", refusal.message);
    }
    checks.finish()?;
    let email = email.unwrap_or_default();
    let hash = match context.passwords.hash(password).await {
        Ok(hash) => hash,
        Err(AuthError::Refused(refusal)) if refusal.code != Some(SERVICE_UNAVAILABLE.name) => {
            return Err(Error::invalid("password", refusal.message));
        }
        Err(AuthError::Refused(_)) => return Err(Error::Busy),
        Err(AuthError::Failed(error)) => return Err(error),
    };
    let user = NewUser {
        id: UserId::generate(),
        name,
        email,
        image: None,
        role,
        sign_in: SignInFields::default(),
    };
    let (now, permit) = (context.clock.now(), permit(context, user)?);
    let transaction = context.db.begin().await?;
    let mut user = transaction.users().insert(permit, now).await?;
    if context.config.email_password.require_verification {
        // The administrator knows the address: no verification link is mailed.
        let email = user.email.clone();
        let permit = Permit::system("create-user", Update, user);
        user = transaction
            .users()
            .set_email(permit, &email, true, context.config.user.owned_tables, now)
            .await?;
    }
    account::insert_credential(transaction.connection(), &user.id, hash, now).await?;
    transaction.commit().await?;
    Ok(user)
}
