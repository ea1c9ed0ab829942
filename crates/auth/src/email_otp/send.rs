//! Requests for codes, and the codes of other modules.

use domain::{Result, User};
use mailer::Recipient;
use sea_orm::ConnectionTrait;

use super::{
    code::{self, NewCode, mail_code},
    error::NOT_IMPLEMENTED,
    purpose::Purpose,
};
use crate::{
    audit::{self, Action, Actor, Outcome},
    context::Context,
    email_verification,
    error::AuthError,
    extract::Client,
    mail::Enqueued,
    plugin::Plugin,
};

/// Mails a code to a valid address, or simulates it if no user has the address and a code could not
/// sign one up.
pub(super) async fn request(
    context: &Context,
    email: &str,
    purpose: Purpose,
    client: &Client,
) -> Result<(), AuthError> {
    if !context.mailer.is_on() {
        return Err(NOT_IMPLEMENTED.into());
    }
    let user = context.db.users().find_by_email(email).await?;
    let signs_up = purpose == Purpose::SignIn && context.config.signs_up_by(Plugin::EmailOtp);
    let to = if user.is_some() || signs_up {
        Recipient::User(email)
    } else {
        Recipient::Simulated(email)
    };
    let transaction = context.db.begin().await?;
    let connection = transaction.connection();
    let provider = provider(connection, context, purpose, user.as_ref()).await?;
    let identifier = purpose.identifier(email);
    let code = NewCode { purpose, identifier, to, user: user.as_ref(), provider };
    mail_code(connection, context, code).await?;
    if purpose == Purpose::ForgetPassword {
        let actor = Actor::Anonymous { subject: user.as_ref().map(|user| &user.id) };
        let action = Action::RequestPasswordReset;
        audit::record(connection, context, action, actor, client, Outcome::Done).await?;
    }
    transaction.commit().await?;
    context.mailer.wake();
    Ok(())
}

/// The provider with which the user signed up, for the mail that verifies their address.
async fn provider<C: ConnectionTrait>(
    db: &C,
    context: &Context,
    purpose: Purpose,
    user: Option<&User>,
) -> Result<Option<String>> {
    if purpose != Purpose::EmailVerification {
        return Ok(None);
    }
    let unknown = domain::UserId::generate();
    let id = user.map_or(&unknown, |user| &user.id);
    let provider = email_verification::find_provider(db, context, id).await?;
    // A user who verified the address needs no warning.
    Ok(provider.filter(|_| user.is_some_and(|user| !user.email_verified)))
}

/// Whether codes replace the links that verify an address.
pub(crate) fn replaces_links(context: &Context) -> bool {
    let plugins = &context.config.plugins;
    plugins.has(Plugin::EmailOtp) && plugins.email_otp.override_default_email_verification
}

/// Whether sign-up mails a code besides the mails that it sends without the plugin.
pub(crate) fn sends_on_sign_up(context: &Context) -> bool {
    let plugins = &context.config.plugins;
    plugins.has(Plugin::EmailOtp)
        && plugins.email_otp.send_verification_on_sign_up
        && !plugins.email_otp.override_default_email_verification
}

/// Mails the code that verifies the address of `user`, or simulates it. Returns whether a mail was
/// enqueued.
pub(crate) async fn mail_verification_code<C: ConnectionTrait>(
    db: &C,
    context: &Context,
    to: Recipient<'_>,
    user: &User,
    provider: Option<String>,
) -> Result<bool> {
    let purpose = Purpose::EmailVerification;
    let identifier = purpose.identifier(&user.email);
    let code = NewCode { purpose, identifier, to, user: Some(user), provider };
    mail_code(db, context, code).await
}

/// Stores a code that verifies nothing, with the work of [`mail_verification_code`] except the mail:
/// another mail was `enqueued`.
pub(crate) async fn simulate_code<C: ConnectionTrait>(
    db: &C,
    context: &Context,
    email: &str,
    enqueued: Enqueued,
) -> Result<()> {
    code::simulate(db, context, &Purpose::EmailVerification.identifier(email), enqueued).await
}
