//! Sign-up with an e-mail address and a password.

use database::{Transaction, UserRepository};
use domain::{Error, NewUser, Permit, Result, Role, SignInFields, User, UserId, ability::Create};
use mailer::{Message, Recipient};
use sea_orm::ConnectionTrait;

use super::{
    error::{
        EMAIL_PASSWORD_SIGN_UP_DISABLED, FIELD_NOT_ALLOWED, USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL,
    },
    input::SignUp,
};
use crate::{
    account,
    audit::{self, Action, Actor, Outcome},
    context::Context,
    email_otp, email_verification,
    error::AuthError,
    extract::Client,
    last_login_method,
    mail::{self, Enqueued},
    password::PasswordHash,
    password_sign_in::TRIES,
    phone_number,
    sign_in::{self, Attempt, Method, Proof},
    username::{self, NewUsername, USERNAME_IS_ALREADY_TAKEN},
};

/// How a sign-up ended.
pub(super) enum SignedUp {
    WithSession(sign_in::Outcome),
    /// The user has to sign in, perhaps after opening a mailed link. For a taken e-mail address
    /// the user is simulated.
    WithoutSession(Box<User>),
}

/// Creates the user and signs them in, or stores nothing.
pub(super) async fn sign_up(
    context: &Context,
    input: SignUp,
    client: &Client,
) -> Result<SignedUp, AuthError> {
    let named = input.usernames.of_new_user(context).await?;
    if !context.config.email_password.sign_up {
        return Err(EMAIL_PASSWORD_SIGN_UP_DISABLED.into());
    }
    context.passwords.check_new(&input.password)?;
    if input.requests_role {
        return Err(FIELD_NOT_ALLOWED.into());
    }
    phone_number::refuse_in_sign_up(context, input.requests_phone_number)?;
    let conceals_existing_users = context.config.email_password.conceals_existing_users();
    let mut owner = context.db.users().find_by_email(&input.email).await?;
    if owner.as_ref().is_some_and(|owner| !owner.pending) && !conceals_existing_users {
        return Err(USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL.into());
    }
    // Hash for a taken address, too, so that the time of the response reveals nothing.
    let hash = context.passwords.hash(input.password.clone()).await?;
    for _ in 0..TRIES {
        if owner.as_ref().is_some_and(|owner| !owner.pending) {
            break;
        }
        match create_user(context, &input, &named, hash.clone(), client).await {
            Err(error) if username::is_taken(&error) => {
                return Err(USERNAME_IS_ALREADY_TAKEN.into());
            }
            // A concurrent sign-up took the address: the unique key decides.
            Err(Error::Conflict { .. }) if conceals_existing_users => {
                owner =
                    UserRepository::new(context.db.writer()).find_by_email(&input.email).await?;
            }
            Err(Error::Conflict { .. }) => {
                return Err(USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL.into());
            }
            created => return Ok(created?),
        }
    }
    simulate_sign_up(context, input, named, owner.as_ref(), client).await
}

async fn create_user(
    context: &Context,
    input: &SignUp,
    named: &NewUsername,
    hash: PasswordHash,
    client: &Client,
) -> Result<SignedUp> {
    let transaction = context.db.begin().await?;
    let connection = transaction.connection();
    let user =
        insert_user(&transaction, context, input.new_user(context, named), hash.clone()).await?;
    let (action, outcome) = (Action::SignUp, Outcome::Done);
    audit::record(connection, context, action, &user.id, client, outcome).await?;
    let mail_queued =
        send_first_mail(connection, context, &user, input.callback_url.as_deref()).await?;
    if context.config.email_password.require_verification && !mail_queued {
        // A client that has exhausted the mail limit of this address must not invalidate the
        // link that was mailed before: nothing is stored.
        drop(transaction);
        delete_contested_password(context, &user.email).await?;
        return Ok(SignedUp::WithoutSession(Box::new(user)));
    }
    let signed_up = if context.config.email_password.conceals_existing_users() {
        SignedUp::WithoutSession(Box::new(user))
    } else {
        let attempt = Attempt {
            user,
            method: Method::Email,
            proof: Proof::OneFactor,
            lifetime: input.lifetime,
            client,
        };
        let outcome = sign_in::sign_in(connection, context, attempt).await?;
        SignedUp::WithSession(outcome.map(|session| session.by_password(hash)))
    };
    transaction.commit().await?;
    context.mailer.wake();
    Ok(signed_up)
}

/// Stores the user and the password. A pending user with the address is deleted, with their
/// linked accounts.
async fn insert_user(
    transaction: &Transaction,
    context: &Context,
    user: NewUser,
    hash: PasswordHash,
) -> Result<User> {
    let (users, connection) = (transaction.users(), transaction.connection());
    let (owned, now) = (context.config.user.owned_tables, context.clock.now());
    let permit = permit(context, user)?;
    let (user, is_contested) = if context.config.email_password.require_verification {
        users.insert_pending(permit, owned, now).await?
    } else {
        // A sign-up with a provider whose addresses must be verified, or a former setting, may
        // have left a pending user.
        (users.insert_replacing(permit, owned, now).await?, false)
    };
    if is_contested {
        // The service cannot know which sign-up is the owner's, so no password is valid: the
        // user who verifies the address sets one by a reset.
        account::delete_all(connection, &user.id).await?;
    } else {
        account::insert_credential(connection, &user.id, hash, now).await?;
    }
    Ok(user)
}

/// Deletes the password of a pending sign-up that another one contests, see
/// [`insert_user`].
async fn delete_contested_password(context: &Context, email: &str) -> Result<()> {
    let transaction = context.db.begin().await?;
    let found = transaction.users().find_by_email(email).await?;
    if let Some(user) = found.filter(|user| user.pending)
        && transaction.users().find_locked(&user.id).await?.is_some_and(|user| user.pending)
    {
        account::delete_all(transaction.connection(), &user.id).await?;
    }
    transaction.commit().await
}

/// Queues the new user's first mail: the link that verifies their address, or a welcome.
/// Returns whether one was queued.
async fn send_first_mail<C: ConnectionTrait>(
    db: &C,
    context: &Context,
    user: &User,
    callback: Option<&str>,
) -> Result<bool> {
    if !context.mailer.is_on() {
        return Ok(false);
    }
    let to = Recipient::User(&user.email);
    let is_queued = if context.config.email_verification.send_on_sign_up {
        email_verification::send_link(db, context, to, user, callback).await?
    } else {
        let welcome = Message::Welcome { name: user.name.clone() };
        mail::send(db, context, to, &welcome).await? == Enqueued::Sent
    };
    if email_otp::sends_on_sign_up(context) {
        email_otp::mail_verification_code(db, context, to, user, None).await?;
    }
    Ok(is_queued)
}

/// Responds for a taken address as [`create_user`] does, with the same work. Mails a notice to
/// `owner`, the user with that address.
async fn simulate_sign_up(
    context: &Context,
    input: SignUp,
    named: NewUsername,
    owner: Option<&User>,
    client: &Client,
) -> Result<SignedUp, AuthError> {
    let transaction = context.db.begin().await?;
    let connection = transaction.connection();
    // As many statements as storing a user and their password takes.
    let unknown_user = UserId::generate();
    for _ in 0..2 {
        transaction.users().find(&unknown_user).await?;
    }
    account::delete_all(connection, &unknown_user).await?;
    let outcome = Outcome::Refused(USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL.name);
    let actor = Actor::Anonymous { subject: None };
    audit::record(connection, context, Action::SignUp, actor, client, outcome).await?;
    let user = input.new_user(context, &named).stored(context.clock.now());
    let name = owner.map_or_else(|| user.name.clone(), |owner| owner.name.clone());
    if context.config.email_verification.send_on_sign_up {
        email_verification::find_provider(connection, context, &unknown_user).await?;
    }
    let message = Message::AccountExists { name };
    let to = match owner {
        Some(owner) => Recipient::User(&owner.email),
        None => Recipient::Simulated(&user.email),
    };
    let notice = mail::send(connection, context, to, &message).await?;
    simulate_codes(connection, context, &user, notice).await?;
    transaction.commit().await?;
    context.mailer.wake();
    Ok(SignedUp::WithoutSession(Box::new(user)))
}

/// Simulates the codes that a sign-up mails; the owner of the address got a `notice`.
async fn simulate_codes<C: ConnectionTrait>(
    db: &C,
    context: &Context,
    user: &User,
    notice: Enqueued,
) -> Result<()> {
    if !context.mailer.is_on() {
        return Ok(());
    }
    if context.config.email_verification.send_on_sign_up && email_otp::replaces_links(context) {
        email_otp::simulate_code(db, context, &user.email, notice).await?;
    }
    if email_otp::sends_on_sign_up(context) {
        let to = Recipient::Simulated(&user.email);
        email_otp::mail_verification_code(db, context, to, user, None).await?;
    }
    Ok(())
}

impl SignUp {
    fn new_user(&self, context: &Context, named: &NewUsername) -> NewUser {
        let NewUsername { username, display: display_username } = named.clone();
        NewUser {
            id: UserId::generate(),
            name: self.name.clone(),
            email: self.email.clone(),
            image: self.image.clone(),
            role: Role::default(),
            sign_in: SignInFields {
                username,
                display_username,
                last_method: last_login_method::stored_name(context, &Method::Email),
                ..SignInFields::default()
            },
        }
    }
}

/// The permission to create this user, after the `before_create` hook.
pub(crate) fn permit(context: &Context, user: NewUser) -> Result<Permit<Create, NewUser>> {
    let user = match context.config.before_create {
        Some(hook) => hook(user)?,
        None => user,
    };
    Ok(Permit::system("sign-up", Create, user))
}
