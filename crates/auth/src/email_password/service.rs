//! Sign-up and sign-in with an e-mail address and a password.

use domain::{
    Error, NewUser, Permit, Result, Role, User, UserId,
    ability::{Create, Update},
    validation::Checks,
};
use mailer::Message;
use repositories::UserRepository;
use sea_orm::ConnectionTrait;
use secrecy::SecretString;

use super::{
    NewPasswordUser,
    error::{
        EMAIL_NOT_VERIFIED, EMAIL_PASSWORD_SIGN_UP_DISABLED, FIELD_NOT_ALLOWED, INVALID_EMAIL,
        INVALID_EMAIL_OR_PASSWORD, USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL,
    },
    input::{SignIn, SignUp},
};
use crate::{
    account::{self, Candidate},
    audit::{Action, Outcome},
    context::Context,
    email_verification,
    error::AuthError,
    extract::{Client, email},
    gate::{self, SignedIn},
    password::{PasswordHash, Verdict},
};

/// How often to retry when a concurrent request changes the password or takes the address.
const TRIES: usize = 3;

/// How a sign-up ended.
pub(super) enum SignedUp {
    WithSession(Box<SignedIn>),
    /// The user has to sign in, perhaps after following a mailed link. A client that gave
    /// somebody else's e-mail address gets a made-up user.
    WithoutSession(User),
}

/// Creates the user and signs them in, or stores nothing.
pub(super) async fn sign_up(
    context: &Context,
    input: SignUp,
    client: &Client,
) -> Result<SignedUp, AuthError> {
    if !context.email_password.sign_up {
        return Err(EMAIL_PASSWORD_SIGN_UP_DISABLED.into());
    }
    context.passwords.check_new(&input.password)?;
    if input.asks_for_role {
        return Err(FIELD_NOT_ALLOWED.into());
    }
    let conceals_existing_users = context.email_password.conceals_existing_users();
    let mut owner = context.db.users().find_by_email(&input.email).await?;
    if owner.is_some() && !conceals_existing_users {
        return Err(USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL.into());
    }
    // Hash also for a taken address, so that the time reveals nothing.
    let hash = context.passwords.hash(input.password.clone()).await?;
    for _ in 0..TRIES {
        if owner.as_ref().is_some_and(|owner| !owner.pending) {
            break;
        }
        match create_user(context, &input, hash.clone(), client).await {
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
    simulate_sign_up(context, input, owner.as_ref(), client).await
}

async fn create_user(
    context: &Context,
    input: &SignUp,
    hash: PasswordHash,
    client: &Client,
) -> Result<SignedUp> {
    let transaction = context.db.begin().await?;
    let connection = transaction.connection();
    let now = context.clock.now();
    let permit = permit(context, input.new_user())?;
    let (user, is_contested) = if context.email_password.require_verification {
        transaction.users().insert_pending(permit, now).await?
    } else {
        (transaction.users().insert(permit, now).await?, false)
    };
    if is_contested {
        // Nobody can tell which sign-up is the owner's, so no password counts: whoever
        // proves the address chooses one by a reset.
        account::delete_all(connection, &user.id).await?;
    } else {
        account::insert_credential(connection, &user.id, hash.clone(), now).await?;
    }
    let (action, outcome) = (Action::SignUp, Outcome::Done);
    context.audit(connection, action, &user.id, client, outcome).await?;
    let mail_queued =
        send_first_mail(connection, context, &user, input.callback_url.as_deref()).await?;
    if context.email_password.require_verification && !mail_queued {
        // A stranger who has exhausted the mail limit of this address must not invalidate
        // the link that was mailed before: nothing is stored.
        drop(transaction);
        delete_contested_password(context, &user.email).await?;
        return Ok(SignedUp::WithoutSession(user));
    }
    let signed_up = if context.email_password.conceals_existing_users() {
        SignedUp::WithoutSession(user)
    } else {
        let admitted = gate::admit(connection, context, user, input.lifetime, client).await?;
        SignedUp::WithSession(Box::new(admitted.by_password(context, &hash)))
    };
    transaction.commit().await?;
    context.mailer.wake();
    Ok(signed_up)
}

/// Deletes the password of a pending sign-up that another one contests, see
/// [`create_user`].
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
    if context.email_verification.send_on_sign_up {
        return email_verification::send(db, context, user, callback).await;
    }
    context.mail(db, &user.email, &Message::Welcome { name: user.name.clone() }).await
}

/// Answers for a taken address as [`create_user`] does, with the same work. `owner`, the user
/// with that address, gets a mail.
async fn simulate_sign_up(
    context: &Context,
    input: SignUp,
    owner: Option<&User>,
    client: &Client,
) -> Result<SignedUp, AuthError> {
    let transaction = context.db.begin().await?;
    let connection = transaction.connection();
    // As many statements as storing a user and their password takes.
    let nobody = UserId::generate();
    let statements = if context.email_password.require_verification { 2 } else { 1 };
    for _ in 0..statements {
        transaction.users().find(&nobody).await?;
    }
    account::delete_all(connection, &nobody).await?;
    let outcome = Outcome::Refused(USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL.name);
    context.audit_nobody(connection, Action::SignUp, None, client, outcome).await?;
    let user = input.new_user().stored(context.clock.now());
    let name = owner.map_or_else(|| user.name.clone(), |owner| owner.name.clone());
    let message = Message::AccountExists { name };
    match owner {
        Some(owner) => context.mail(connection, &owner.email, &message).await?,
        None => context.mail_nobody(connection, &user.email, &message).await?,
    };
    transaction.commit().await?;
    context.mailer.wake();
    Ok(SignedUp::WithoutSession(user))
}

impl SignUp {
    fn new_user(&self) -> NewUser {
        NewUser {
            id: UserId::generate(),
            name: self.name.clone(),
            email: self.email.clone(),
            image: self.image.clone(),
            role: Role::default(),
        }
    }
}

/// Checks the password and signs the user in. Nothing tells an unknown address from a wrong
/// password, time included. `device` is the value of the cookie of a known device.
pub(super) async fn sign_in(
    context: &Context,
    input: SignIn,
    client: &Client,
    device: Option<&str>,
) -> Result<SignedIn, AuthError> {
    let email = email::normal(&input.email).ok_or(INVALID_EMAIL)?;
    context.passwords.check_tried(&input.password)?;
    for _ in 0..TRIES {
        let checked = check(context, &email, input.password.clone(), client, device).await?;
        if let Some(signed_in) = enter(context, checked, &input, client).await? {
            return Ok(signed_in);
        }
    }
    Err(Error::Busy.into())
}

/// A user whose password was correct when it was read.
struct CheckedPassword {
    user: User,
    hash: PasswordHash,
    /// New hash to store, if the algorithm or its cost is outdated.
    renewed: Option<PasswordHash>,
}

async fn check(
    context: &Context,
    email: &str,
    password: SecretString,
    client: &Client,
    device: Option<&str>,
) -> Result<CheckedPassword, AuthError> {
    let candidate = account::find_credential(context.db.reader(), email).await?;
    let tried = context.try_to_sign_in(email, client, device, password, candidate.as_ref());
    let verdict = tried.await?;
    match (candidate, verdict) {
        (Some(Candidate { user, hash }), Verdict::Right { renewed }) => {
            Ok(CheckedPassword { user, hash, renewed })
        }
        (candidate, _) => {
            let subject = candidate.map(|candidate| candidate.user.id);
            let (writer, code) = (context.db.writer(), INVALID_EMAIL_OR_PASSWORD.name);
            refused(writer, context, subject.as_ref(), code, client).await?;
            Err(INVALID_EMAIL_OR_PASSWORD.into())
        }
    }
}

/// Starts the session of a user whose password was checked. `None`: a concurrent request
/// changed the password. A later change or reset of the password, or deletion, ends this
/// session, because the row is locked.
async fn enter(
    context: &Context,
    checked: CheckedPassword,
    input: &SignIn,
    client: &Client,
) -> Result<Option<SignedIn>, AuthError> {
    let CheckedPassword { user, hash, renewed } = checked;
    if context.email_password.require_verification && !user.email_verified {
        return refuse_unverified(context, &user, input.callback_url.as_deref(), client).await;
    }
    let transaction = context.db.begin().await?;
    let connection = transaction.connection();
    if user.pending {
        // Before the password's row, as everybody does who writes both.
        transaction.users().find_locked(&user.id).await?;
    }
    let password = renewed.as_ref().unwrap_or(&hash).clone();
    let unchanged = match renewed {
        Some(renewed) => account::rehash(connection, &user.id, hash, renewed).await?,
        None => account::hold_password(connection, &user.id, hash).await?,
    };
    if !unchanged {
        return Ok(None);
    }
    let signed_in = gate::admit(connection, context, user, input.lifetime, client).await?;
    transaction.commit().await?;
    Ok(Some(signed_in.by_password(context, &password)))
}

/// Refuses whoever has not proved their address; they get the link anew.
async fn refuse_unverified<T>(
    context: &Context,
    user: &User,
    callback: Option<&str>,
    client: &Client,
) -> Result<T, AuthError> {
    let transaction = context.db.begin().await?;
    let connection = transaction.connection();
    refused(connection, context, Some(&user.id), EMAIL_NOT_VERIFIED.name, client).await?;
    if context.email_verification.send_on_sign_in && context.mailer.is_on() {
        email_verification::send(connection, context, user, callback).await?;
    }
    transaction.commit().await?;
    context.mailer.wake();
    Err(EMAIL_NOT_VERIFIED.into())
}

async fn refused<C: ConnectionTrait>(
    db: &C,
    context: &Context,
    subject: Option<&UserId>,
    code: &'static str,
    client: &Client,
) -> Result<()> {
    context.audit_nobody(db, Action::SignIn, subject, client, Outcome::Refused(code)).await
}

/// Whether the user with this e-mail address has this password. For the operator.
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

/// Creates a user for the operator, with the rules of sign-up.
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
        user = transaction.users().set_email(permit, &email, true, now).await?;
    }
    account::insert_credential(transaction.connection(), &user.id, hash, now).await?;
    transaction.commit().await?;
    Ok(user)
}

/// The permission to create this user, after the `before_create` hook.
fn permit(context: &Context, user: NewUser) -> Result<Permit<Create, NewUser>> {
    let user = match context.before_create {
        Some(hook) => hook(user)?,
        None => user,
    };
    Ok(Permit::system("sign-up", Create, user))
}
