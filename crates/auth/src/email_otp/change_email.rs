//! `request-email-change`, `change-email`: a code of the new address changes it.

use database::Transaction;
use domain::{Error, Permit, Result, User, ability::Update};
use mailer::{Message, Recipient};
use sea_orm::ConnectionTrait;

use super::{
    code::{IfRight, NewCode, mail_code, try_code},
    error::{
        CHANGE_EMAIL_DISABLED, CURRENT_OTP_REQUIRED, EMAIL_IN_USE, EMAIL_IS_THE_SAME,
        INVALID_EMAIL, NOT_IMPLEMENTED,
    },
    input::{Change, RequestChange},
    proof::{refuse, right_user},
    purpose::{Purpose, change_identifier},
};
use crate::{
    audit::{self, Action, Outcome},
    context::Context,
    email_verification, epoch,
    error::AuthError,
    extract::{Client, email},
    mail,
    session::{self, CurrentSession},
};

/// The outcome in the audit log; the response does not reveal it.
const TAKEN: &str = "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL";

/// The checked new address.
fn new_address(context: &Context, user: &User, given: &str) -> Result<String, AuthError> {
    if !context.config.plugins.email_otp.change_email {
        return Err(CHANGE_EMAIL_DISABLED.into());
    }
    let new_email = email::normalize_claimed(given).ok_or(INVALID_EMAIL)?;
    if new_email == user.email {
        return Err(EMAIL_IS_THE_SAME.into());
    }
    Ok(new_email)
}

/// Mails a code to the new address, or simulates it if another user has the address. Where a setting
/// says so, requires a code of the current address.
pub(super) async fn request(
    context: &Context,
    user: &User,
    input: &RequestChange,
    client: &Client,
) -> Result<(), AuthError> {
    let new_email = new_address(context, user, &input.new_email)?;
    if !context.mailer.is_on() {
        return Err(NOT_IMPLEMENTED.into());
    }
    // A pending sign-up does not own its address.
    let owner = context.db.users().find_by_email(&new_email).await?;
    let is_free = owner.is_none_or(|owner| owner.pending);
    let mut transaction = context.db.begin().await?;
    if context.config.plugins.email_otp.verify_current_email {
        let otp = input.otp.as_deref().filter(|otp| !otp.is_empty());
        let otp = otp.ok_or(CURRENT_OTP_REQUIRED)?;
        transaction = verify_current(context, transaction, user, otp, client).await?;
    }
    let connection = transaction.connection();
    mail_next_step(connection, context, user, (&new_email, is_free)).await?;
    let (action, taken) = (Action::RequestEmailChange, Outcome::Refused(TAKEN));
    let outcome = if is_free { Outcome::Done } else { taken };
    audit::record(connection, context, action, &user.id, client, outcome).await?;
    transaction.commit().await?;
    context.mailer.wake();
    Ok(())
}

/// Tries the code of the current address.
async fn verify_current(
    context: &Context,
    transaction: Transaction,
    user: &User,
    otp: &str,
    client: &Client,
) -> Result<Transaction, AuthError> {
    let identifier = Purpose::EmailVerification.identifier(&user.email);
    let connection = transaction.connection();
    let tried = try_code(connection, context, &identifier, otp, IfRight::Consume).await?;
    match right_user(tried, Some(user.clone()), &user.email) {
        Ok(_) => Ok(transaction),
        Err(refusal) => {
            let event = (Action::RequestEmailChange, (&user.id).into());
            refuse(context, transaction, event, refusal, client).await
        }
    }
}

/// Mails the code. Notifies the old address, unless a code of it was required.
async fn mail_next_step<C: ConnectionTrait>(
    db: &C,
    context: &Context,
    user: &User,
    (new_email, is_free): (&str, bool),
) -> Result<()> {
    let to = if is_free { Recipient::User(new_email) } else { Recipient::Simulated(new_email) };
    let identifier = change_identifier(&user.id, new_email);
    let purpose = Purpose::ChangeEmail;
    let code = NewCode { purpose, identifier, to, user: Some(user), provider: None };
    mail_code(db, context, code).await?;
    if !context.config.plugins.email_otp.verify_current_email {
        let (name, new_email) = (user.name.clone(), new_email.to_owned());
        let notice = Message::EmailChangeRequested { name, new_email };
        mail::send(db, context, Recipient::User(&user.email), &notice).await?;
    }
    Ok(())
}

/// Sets the new address, verified by the code. Notifies the old address. Returns the user.
pub(super) async fn change(
    context: &Context,
    current: &CurrentSession,
    input: &Change,
    client: &Client,
) -> Result<User, AuthError> {
    let new_email = new_address(context, &current.user, &input.new_email)?;
    let id = &current.user.id;
    let transaction = context.db.begin().await?;
    let connection = transaction.connection();
    let identifier = change_identifier(id, &new_email);
    let tried = try_code(connection, context, &identifier, &input.otp, IfRight::Consume).await?;
    let user = transaction.users().find_locked(id).await?;
    let user = match right_user(tried, user, &current.user.email) {
        Ok(user) => user,
        Err(refusal) => {
            let event = (Action::ChangeEmail, id.into());
            return refuse(context, transaction, event, refusal, client).await;
        }
    };
    let user = set_address(&transaction, context, user, &new_email).await?;
    audit::record(connection, context, Action::ChangeEmail, id, client, Outcome::Done).await?;
    transaction.commit().await?;
    session::Store::of(context).user_changed(&user).await?;
    context.mailer.wake();
    Ok(user)
}

async fn set_address(
    transaction: &Transaction,
    context: &Context,
    user: User,
    new_email: &str,
) -> Result<User, AuthError> {
    let (connection, old_email) = (transaction.connection(), user.email.clone());
    let permit = Permit::system("change-email", Update, user);
    let (owned, now) = (context.config.user.owned_tables, context.clock.now());
    let changed = transaction.users().set_email(permit, new_email, true, owned, now).await;
    let user = changed.map_err(|error| match error {
        Error::Conflict(_) => EMAIL_IN_USE.into(),
        error => AuthError::from(error),
    })?;
    // Links were mailed to the old address.
    let user = epoch::invalidate_links(connection, context, user).await?;
    email_verification::notify_old_address(connection, context, &user, &old_email).await?;
    Ok(user)
}
