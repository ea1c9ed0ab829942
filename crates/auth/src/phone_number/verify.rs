//! `phone-number/verify`: a code signs in, signs up, or gives a session's user the number.

use database::Transaction;
use domain::{
    Error, NewUser, Permit, Result, Role, SignInFields, SignInPatch, User, UserId, ability::Update,
    id::random_alphanumeric,
};

use super::{
    code::{Given, IfRight, Purpose, try_code},
    error::{INVALID_OTP, PHONE_NUMBER_EXIST, PHONE_NUMBER_NOT_EXIST, USER_NOT_FOUND},
    input::Verify,
    notice::notify,
};
use crate::{
    audit::{self, Action, Actor},
    context::Context,
    email_password::permit,
    error::AuthError,
    error_code::ErrorCode,
    extract::Client,
    plugin::Plugin,
    session::{self, CurrentSession, Lifetime, SESSION_NOT_FRESH},
    sign_in::{self, Attempt, Method, Outcome, Proof, UserSession},
    verification::MailedSecret,
};

/// How a verification ended.
pub(super) enum Verified {
    SignedIn(Outcome),
    /// The number is verified, and no session began.
    WithoutSession(Box<User>),
    /// The user of the session has the number.
    Updated(Box<UserSession>),
}

/// Takes the code, and does what the request asks for. Requires a fresh session to give its user the
/// number.
pub(super) async fn verify(
    context: &Context,
    input: &Verify,
    current: Option<CurrentSession>,
    client: &Client,
) -> Result<Verified, AuthError> {
    let Verify { number, code, without_session, updates } = input;
    let given = Given { purpose: Purpose::Verification, number, code };
    if *updates && current.as_ref().is_some_and(|it| !session::is_fresh(context, &it.session)) {
        return Err(SESSION_NOT_FRESH.into());
    }
    let transaction = context.db.begin().await?;
    let tried = try_code(transaction.connection(), context, given, IfRight::Consume).await?;
    let secret = match tried {
        Ok(secret) => secret,
        Err(code) => return refuse(context, transaction, code, client).await,
    };
    if *updates {
        let Some(current) = current else {
            return refuse(context, transaction, USER_NOT_FOUND, client).await;
        };
        return update(context, transaction, number, current, client).await;
    }
    let user = match owner(context, &transaction, number, &secret, client).await? {
        Ok(user) => user,
        Err(code) => return refuse(context, transaction, code, client).await,
    };
    if *without_session {
        transaction.commit().await?;
        session::Store::of(context).user_changed(&user).await?;
        return Ok(Verified::WithoutSession(Box::new(user)));
    }
    let (method, lifetime) = (Method::PhoneNumberCode, Lifetime::Remembered);
    let changed = user.clone();
    let attempt = Attempt { user, method, proof: Proof::OneFactor, lifetime, client };
    let outcome = sign_in::sign_in(transaction.connection(), context, attempt).await?;
    transaction.commit().await?;
    session::Store::of(context).user_changed(&changed).await?;
    Ok(Verified::SignedIn(outcome))
}

/// Refuses a request whose code stays used, or counted.
async fn refuse<T>(
    context: &Context,
    transaction: Transaction,
    code: ErrorCode,
    client: &Client,
) -> Result<T, AuthError> {
    let (actor, outcome) = (Actor::Anonymous { subject: None }, audit::Outcome::Refused(code.name));
    let connection = transaction.connection();
    audit::record(connection, context, Action::SignIn, actor, client, outcome).await?;
    transaction.commit().await?;
    Err(code.into())
}

/// The user with the number, which is verified now, or a new user.
async fn owner(
    context: &Context,
    transaction: &Transaction,
    number: &str,
    secret: &MailedSecret,
    client: &Client,
) -> Result<Result<User, ErrorCode>, AuthError> {
    let users = transaction.users();
    let Some(found) = users.find_by_phone_number(number).await? else {
        if !context.config.signs_up_by(Plugin::PhoneNumber) {
            return Ok(Err(PHONE_NUMBER_NOT_EXIST));
        }
        return Ok(Ok(sign_up(context, transaction, number, client).await?));
    };
    let found = users.find_locked(&found.id).await?;
    let is_theirs = |user: &User| user.sign_in.phone_number.as_deref() == Some(number);
    let Some(user) = found.filter(|user| is_theirs(user) && secret.is_of_epoch(user)) else {
        return Ok(Err(INVALID_OTP));
    };
    if user.sign_in.phone_number_verified == Some(true) {
        return Ok(Ok(user));
    }
    let patch = SignInPatch { phone_number_verified: Some(true), ..SignInPatch::default() };
    Ok(Ok(change(context, transaction, user, patch, client).await?))
}

/// Writes a verified number.
async fn change(
    context: &Context,
    transaction: &Transaction,
    user: User,
    patch: SignInPatch,
    client: &Client,
) -> Result<User> {
    let permit = Permit::system("phone-number", Update, user);
    let user = transaction.users().update_sign_in(permit, patch, context.clock.now()).await?;
    let (action, outcome) = (Action::ChangePhoneNumber, audit::Outcome::Done);
    audit::record(transaction.connection(), context, action, &user.id, client, outcome).await?;
    Ok(user)
}

/// Gives the number to the session's user. The unique key decides between two of them.
async fn update(
    context: &Context,
    transaction: Transaction,
    number: &str,
    current: CurrentSession,
    client: &Client,
) -> Result<Verified, AuthError> {
    let users = transaction.users();
    let is_taken = users.find_by_phone_number(number).await?.is_some();
    if is_taken {
        return refuse(context, transaction, PHONE_NUMBER_EXIST, client).await;
    }
    let user = session::lock_user(&transaction, context, &current).await?;
    let patch = SignInPatch {
        phone_number: Some(Some(number.to_owned())),
        phone_number_verified: Some(true),
        ..SignInPatch::default()
    };
    let changed = change(context, &transaction, user, patch, client).await;
    let user = changed.map_err(|error| match error {
        Error::Conflict(_) => AuthError::from(PHONE_NUMBER_EXIST),
        error => error.into(),
    })?;
    notify(transaction.connection(), context, &user).await?;
    transaction.commit().await?;
    context.mailer.wake();
    session::Store::of(context).user_changed(&user).await?;
    Ok(Verified::Updated(Box::new(UserSession::current(user, current))))
}

/// Creates the user of a number, without a password.
async fn sign_up(
    context: &Context,
    transaction: &Transaction,
    number: &str,
    client: &Client,
) -> Result<User> {
    let config = &context.config.plugins.phone_number;
    let users = transaction.users();
    let mut email = config.temp_email(number);
    if users.find_by_email(&email).await?.is_some() {
        // Another person signed up with this address, perhaps to keep the number's owner out.
        email = format!("{}.{email}", random_alphanumeric().to_lowercase());
    }
    let user = NewUser {
        id: UserId::generate(),
        name: config.temp_name(number),
        email,
        image: None,
        role: Role::default(),
        sign_in: SignInFields {
            phone_number: Some(number.to_owned()),
            phone_number_verified: Some(true),
            ..SignInFields::default()
        },
    };
    let user = users.insert(permit(context, user)?, context.clock.now()).await?;
    let (action, outcome) = (Action::SignUp, audit::Outcome::Done);
    audit::record(transaction.connection(), context, action, &user.id, client, outcome).await?;
    Ok(user)
}
