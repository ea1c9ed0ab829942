//! The sign-in of a user whom a provider identified.
//!
//! Which user an identity signs in:
//! - An identity belongs to one user, whatever its email address is now.
//! - An identity is linked to the user with its email address only if the provider verified the
//!   address or is trusted, and only if the user verified it here, too (GHSA-g38m-r43w-p2q7).
//!   Otherwise an attacker who signed up with another person's address could sign in as the user
//!   that this person later signs in to.
//! - A pending user with the email address (see [`email_password`](crate::email_password)) is
//!   replaced, as by another sign-up, if the provider verified the address. A pending user has not
//!   verified the address and has never signed in. The user, their password and their links are
//!   deleted. better-auth refuses the sign-in, so that an attacker's sign-up locks the owner out.
//! - Otherwise a user is created.
//!
//! All of it is one transaction, which locks the identity first and the user then. The second of
//! two concurrent first sign-ins with one identity finds the user that the first one created.

mod user;

use domain::{Error, Result, User};
use mailer::{Message, Recipient};
use sea_orm::ConnectionTrait;

use self::user::ResolvedUser;
use super::{profile::Profile, provider::Provider, tokens::Tokens};
use crate::{
    account::{self, Identity},
    audit::{self, Action, Actor, Outcome},
    context::Context,
    email_verification,
    error::AuthError,
    error_code::EMAIL_NOT_VERIFIED,
    extract::Client,
    mail,
    session::{self, Lifetime},
    sign_in::{self, Attempt, Method, Proof},
};

/// The number of attempts if concurrent requests insert a user with the same email address.
const TRIES: usize = 3;

/// A sign-in with an identity that the provider confirmed.
pub(crate) struct SignInRequest<'a> {
    pub(crate) provider: &'a Provider,
    pub(crate) identity: Identity<'a>,
    pub(crate) profile: &'a Profile,
    /// The tokens to store.
    pub(crate) tokens: &'a Tokens,
    /// The granted scopes of a new account, separated by commas.
    pub(crate) scope: Option<&'a str>,
    /// The URL to which the link that verifies the email address redirects.
    pub(crate) callback_url: Option<&'a str>,
    /// Whether the client requests that a user is created.
    pub(crate) request_sign_up: bool,
    /// Whether no user is created, whatever the provider's settings are.
    pub(crate) disable_sign_up: bool,
    /// Whether the provider's name, image and email address replace those of the user.
    pub(crate) override_user_info: bool,
}

impl<'a> SignInRequest<'a> {
    /// A sign-in without a scope and a callback URL, which does not request a sign-up.
    pub(crate) fn new(
        provider: &'a Provider,
        identity: Identity<'a>,
        profile: &'a Profile,
        tokens: &'a Tokens,
    ) -> Self {
        Self {
            provider,
            identity,
            profile,
            tokens,
            scope: None,
            callback_url: None,
            request_sign_up: false,
            disable_sign_up: false,
            override_user_info: false,
        }
    }

    /// Whether no user is created.
    fn is_sign_up_disabled(&self) -> bool {
        self.disable_sign_up || self.provider.config.is_sign_up_disabled(self.request_sign_up)
    }
}

/// A sign-in with an identity of a user who may sign in with it.
pub(crate) struct SignedIn {
    pub(crate) outcome: sign_in::Outcome,
    /// Whether the user was created.
    pub(crate) is_new: bool,
}

/// Why a user was not signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    AccountNotLinked,
    EmailNotVerified,
    SignUpDisabled,
    /// The user of the identity was deleted.
    UnableToLinkAccount,
}

impl Reason {
    /// better-auth's words.
    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::AccountNotLinked => "account not linked",
            Self::EmailNotVerified => "email_not_verified",
            Self::SignUpDisabled => "signup disabled",
            Self::UnableToLinkAccount => "unable to link account",
        }
    }

    /// The code in `?error=`.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::AccountNotLinked => "account_not_linked",
            Self::EmailNotVerified => "email_not_verified",
            Self::SignUpDisabled => "signup_disabled",
            Self::UnableToLinkAccount => "unable_to_link_account",
        }
    }
}

/// The error of a sign-in.
pub(crate) enum SignInError {
    Refused(Reason),
    Failed(AuthError),
}

impl SignInError {
    /// The error of an endpoint without a redirect. `refusal` makes it of every reason but a
    /// missing verification of the email address.
    pub(super) fn into_auth_error(self, refusal: impl FnOnce(Reason) -> AuthError) -> AuthError {
        match self {
            Self::Refused(Reason::EmailNotVerified) => EMAIL_NOT_VERIFIED.into(),
            Self::Refused(reason) => refusal(reason),
            Self::Failed(error) => error,
        }
    }
}

/// Signs the identity's user in. Creates the user, or links the identity to one, where the rules
/// allow it.
pub(crate) async fn sign_in(
    context: &Context,
    client: &Client,
    request: &SignInRequest<'_>,
) -> Result<SignedIn, SignInError> {
    for _ in 0..TRIES {
        match Box::pin(attempt(context, client, request)).await {
            // A concurrent request inserted a user with this email address: the unique key decides.
            Err(Error::Conflict(_)) => {}
            Ok(ended) => return ended.map_err(SignInError::Refused),
            Err(error) => return Err(SignInError::Failed(error.into())),
        }
    }
    // The email address belongs to a user who cannot be replaced.
    Err(SignInError::Refused(Reason::AccountNotLinked))
}

async fn attempt(
    context: &Context,
    client: &Client,
    request: &SignInRequest<'_>,
) -> Result<Result<SignedIn, Reason>> {
    let transaction = context.db.begin().await?;
    let connection = transaction.connection();
    account::lock_identity(connection, request.identity).await?;
    let resolved = match user::resolve_user(&transaction, context, client, request).await? {
        Ok(resolved) => resolved,
        Err(reason) => {
            drop(transaction);
            record_refusal(context.db.writer(), context, client, None, reason).await?;
            return Ok(Err(reason));
        }
    };
    let ResolvedUser { user, is_new, is_changed } = resolved;
    let is_refused = request.provider.config.require_email_verification && !user.email_verified;
    mail_user(connection, context, request, &user, is_new).await?;
    let changed = is_changed.then(|| user.clone());
    let ended = if is_refused {
        let reason = Reason::EmailNotVerified;
        record_refusal(connection, context, client, Some(&user), reason).await?;
        Err(reason)
    } else {
        let attempt = Attempt {
            user,
            method: Method::Provider(request.provider.id().to_owned()),
            proof: Proof::OneFactor,
            lifetime: Lifetime::Remembered,
            client,
        };
        let outcome = sign_in::sign_in(connection, context, attempt).await?;
        Ok(SignedIn { outcome, is_new })
    };
    transaction.commit().await?;
    if let Some(user) = changed {
        session::Store::of(context).user_changed(&user).await?;
    }
    context.mailer.wake();
    Ok(ended)
}

/// Queues the mail that the sign-in causes: the link that verifies the email address, or a
/// welcome for a new user.
async fn mail_user<C: ConnectionTrait>(
    db: &C,
    context: &Context,
    request: &SignInRequest<'_>,
    user: &User,
    is_new: bool,
) -> Result<()> {
    if !context.mailer.is_on() {
        return Ok(());
    }
    let config = &context.config.email_verification;
    let must_verify = request.provider.config.require_email_verification;
    let sends_link = if is_new {
        config.send_on_sign_up || must_verify
    } else {
        config.send_on_sign_in && must_verify
    };
    let to = Recipient::User(&user.email);
    if sends_link && !user.email_verified {
        email_verification::send_link(db, context, to, user, request.callback_url).await?;
    } else if is_new {
        mail::send(db, context, to, &Message::Welcome { name: user.name.clone() }).await?;
    }
    Ok(())
}

async fn record_refusal<C: ConnectionTrait>(
    db: &C,
    context: &Context,
    client: &Client,
    user: Option<&User>,
    reason: Reason,
) -> Result<()> {
    let actor = Actor::Anonymous { subject: user.map(|user| &user.id) };
    let outcome = Outcome::Refused(reason.code());
    audit::record(db, context, Action::SignIn, actor, client, outcome).await
}
