//! Mailing links, and signing in with one.

use axum::http::HeaderMap;
use database::Transaction;
use domain::{Error, Result, User};
use mailer::{Message, Recipient};

use super::{
    error::{INVALID_TOKEN, MAILS_OFF, NEW_USER_SIGNUP_DISABLED},
    input::Request,
    record::{Record, identifier, new_token},
    requester,
};
use crate::{
    audit::{self, Action, Actor},
    context::Context,
    error::AuthError,
    extract::{Client, email},
    mail,
    mailbox::{self, Found, MAX_INSERT_TRIES, Owner, Profile},
    page::HOME,
    plugin::Plugin,
    sign_in::{Method, Outcome},
    verification::{self, MailedSecret},
};

/// Mails a link, or simulates it if no user has the address and none may be created.
pub(super) async fn request(
    context: &Context,
    input: &Request,
    headers: &HeaderMap,
) -> Result<(), AuthError> {
    if !context.mailer.is_on() {
        return Err(MAILS_OFF.into());
    }
    let (config, now) = (&context.config.plugins.magic_link, context.clock.now());
    let email = input.email.as_str();
    let user = context.db.users().find_by_email(email).await?;
    let requester = requester::current(context, headers).await?;
    let token = new_token();
    let record = Record::new(email, input.name.clone());
    let secret = MailedSecret {
        value: serde_json::to_string(&record).map_err(Error::internal)?,
        created_at: now,
        expires_at: now + config.expires_in,
        epoch: Some(user.as_ref().map_or(0, |user| user.epoch)),
    };
    let message = message(context, user.as_ref(), &token, input);
    let to = if user.is_some() || context.config.signs_up_by(Plugin::MagicLink) {
        Recipient::User(email)
    } else {
        Recipient::Simulated(email)
    };
    let expires_at = secret.expires_at;
    let transaction = context.db.begin().await?;
    let connection = transaction.connection();
    if let Some(requester) = requester {
        requester::store(connection, context, &token, &requester, expires_at).await?;
    }
    let identifier = identifier(context, &token);
    verification::Store::of(context).put_mailed(connection, &identifier, secret, now).await?;
    mail::send(connection, context, to, &message).await?;
    transaction.commit().await?;
    context.mailer.wake();
    Ok(())
}

fn message(context: &Context, user: Option<&User>, token: &str, input: &Request) -> Message {
    Message::MagicLink {
        name: user.map(|user| user.name.clone()).unwrap_or_default(),
        url: url(context, token, input),
        expires_in: context.config.plugins.magic_link.expires_in,
    }
}

fn url(context: &Context, token: &str, input: &Request) -> String {
    let given = |url: &Option<String>| url.clone().filter(|url| !url.is_empty());
    let callback = given(&input.callback_url).unwrap_or_else(|| HOME.to_owned());
    let new_user = given(&input.new_user_callback_url);
    let error = given(&input.error_callback_url);
    let further = [("newUserCallbackURL", &new_user), ("errorCallbackURL", &error)];
    let further = further.iter().filter_map(|(name, url)| Some((*name, url.as_deref()?)));
    let query = [("token", token), ("callbackURL", callback.as_str())].into_iter();
    context.url_for("/magic-link/verify", &query.chain(further).collect::<Vec<_>>())
}

/// How the use of a link ended.
pub(super) enum Used {
    /// The sign-in, and whether the user was created by it.
    SignIn { outcome: Outcome, is_new: bool },
    /// The code of the refusal.
    Refused(&'static str),
}

/// Whether a link could be used now. Does not use it.
pub(super) async fn is_valid(context: &Context, token: &str) -> Result<bool> {
    let identifier = identifier(context, token);
    let store = verification::Store::of(context);
    let value = store.find_value(context.db.reader(), &identifier).await?;
    Ok(value.is_some_and(|value| Record::parse(&value).is_some()))
}

/// Signs the owner of the link's address in, once.
pub(super) async fn use_link(
    context: &Context,
    token: &str,
    client: &Client,
) -> Result<Used, AuthError> {
    for _ in 0..MAX_INSERT_TRIES {
        match Box::pin(attempt(context, token, client)).await {
            // A concurrent request inserted a user with this address: the unique key decides.
            Err(Error::Conflict(_)) => {}
            ended => return Ok(ended?),
        }
    }
    Err(Error::Busy.into())
}

async fn attempt(context: &Context, token: &str, client: &Client) -> Result<Used> {
    let transaction = context.db.begin().await?;
    match find_owner(&transaction, context, token, client).await? {
        Ok(owner) => {
            let (is_new, method) = (owner.is_new, Method::MagicLink);
            let outcome =
                mailbox::sign_in_owner(context, transaction, owner, method, client).await?;
            Ok(Used::SignIn { outcome, is_new })
        }
        Err((code, subject)) => {
            let connection = transaction.connection();
            let actor = Actor::Anonymous { subject: subject.as_ref().map(|user| &user.id) };
            let outcome = audit::Outcome::Refused(code);
            audit::record(connection, context, Action::SignIn, actor, client, outcome).await?;
            transaction.commit().await?;
            Ok(Used::Refused(code))
        }
    }
}

/// Takes the link, and finds or creates the user. Fails with the code of a refusal and the user
/// whom it concerns.
async fn find_owner(
    transaction: &Transaction,
    context: &Context,
    token: &str,
    client: &Client,
) -> Result<Result<Owner, (&'static str, Option<User>)>> {
    let (connection, identifier) = (transaction.connection(), identifier(context, token));
    let secret = verification::Store::of(context).take_mailed(connection, &identifier).await?;
    let secret = secret.filter(|secret| secret.expires_at >= context.clock.now());
    let record = secret.as_ref().and_then(|secret| Record::parse(&secret.value));
    let (Some(secret), Some(Record { email, name, .. })) = (secret, record) else {
        return Ok(Err((INVALID_TOKEN, None)));
    };
    let Some(email) = email::normalize(&email) else { return Ok(Err((INVALID_TOKEN, None))) };
    let may_sign_up = context.config.signs_up_by(Plugin::MagicLink);
    let profile = Profile { name: name.unwrap_or_default(), image: None };
    let profile = Some(profile).filter(|_| may_sign_up);
    let found = mailbox::find_owner(transaction, context, client, (&email, &secret), profile);
    Ok(match found.await? {
        Found::Owner(owner) => Ok(*owner),
        Found::Stale => Err((INVALID_TOKEN, transaction.users().find_by_email(&email).await?)),
        Found::NoUser => Err((NEW_USER_SIGNUP_DISABLED, None)),
    })
}
