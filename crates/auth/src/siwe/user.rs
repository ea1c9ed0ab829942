//! The user of a wallet: found or created.

use database::Transaction;
use domain::{Error, NewUser, Result, Role, SignInFields, User, UserId, id::random_alphanumeric};

use super::{
    message::Message,
    store::{self, WalletAddress},
};
use crate::{
    account::{self, Identity},
    audit::{self, Action, Actor},
    context::Context,
    email_password::permit,
    error_code::{ErrorCode, SIGN_UP_DISABLED},
    extract::Client,
    oauth::Tokens,
    plugin::Plugin,
    session::Lifetime,
    sign_in::{self, Attempt, Method, Outcome, Proof},
};

/// The provider of the accounts.
const PROVIDER: &str = "siwe";
/// better-auth's domain of addresses that receive no mail.
const PLACEHOLDER_DOMAIN: &str = "siwe.placeholder.invalid";

/// Signs in the user of the message's wallet. A new one is created, or refused if sign-up is
/// closed. `email` is the address that the client claims for a new user.
pub(super) async fn sign_in(
    context: &Context,
    client: &Client,
    message: &Message,
    email: Option<&str>,
) -> Result<Result<Outcome, ErrorCode>> {
    match try_sign_in(context, client, message, email).await {
        // A concurrent request took the address.
        Err(Error::Conflict { .. }) => try_sign_in(context, client, message, None).await,
        outcome => outcome,
    }
}

async fn try_sign_in(
    context: &Context,
    client: &Client,
    message: &Message,
    email: Option<&str>,
) -> Result<Result<Outcome, ErrorCode>> {
    let transaction = context.db.begin().await?;
    let connection = transaction.connection();
    let wallet = Identity { provider: PROVIDER, subject: &message.address };
    account::lock_identity(connection, wallet).await?;
    let user = match find(&transaction, message).await? {
        Some((user, true)) => user,
        Some((user, false)) => {
            link(&transaction, context, message, &user.id, false).await?;
            let (action, outcome) = (Action::LinkAccount, audit::Outcome::Done);
            audit::record(connection, context, action, &user.id, client, outcome).await?;
            user
        }
        None if !context.config.signs_up_by(Plugin::Siwe) => {
            let actor = Actor::Anonymous { subject: None };
            let outcome = audit::Outcome::Refused(SIGN_UP_DISABLED.name);
            audit::record(connection, context, Action::SignIn, actor, client, outcome).await?;
            transaction.commit().await?;
            return Ok(Err(SIGN_UP_DISABLED));
        }
        None => create(&transaction, context, client, message, email).await?,
    };
    let attempt = Attempt {
        user,
        method: Method::Siwe,
        proof: Proof::OneFactor,
        lifetime: Lifetime::Remembered,
        client,
    };
    let outcome = sign_in::sign_in(connection, context, attempt).await?;
    transaction.commit().await?;
    Ok(Ok(outcome))
}

/// Finds the user of a wallet, and whether the wallet is known on the message's chain.
async fn find(transaction: &Transaction, message: &Message) -> Result<Option<(User, bool)>> {
    let connection = transaction.connection();
    let mut known: Vec<WalletAddress> = Vec::new();
    for wallet in store::list(connection, &message.address).await? {
        let subject = subject(&message.address, wallet.chain_id);
        let identity = Identity { provider: PROVIDER, subject: &subject };
        let account = account::find_linked(connection, identity).await?;
        if account.is_some_and(|account| account.user_id == wallet.user_id) {
            known.push(wallet);
        } else {
            // Its user unlinked the account.
            store::delete(connection, &wallet.id).await?;
        }
    }
    let on_chain = known.iter().find(|wallet| wallet.chain_id == message.chain_id);
    let Some(wallet) = on_chain.or(known.first()) else { return Ok(None) };
    let user = transaction.users().find_locked(&wallet.user_id).await?;
    let user = user.filter(|user| user.deleted_at.is_none());
    Ok(user.map(|user| (user, on_chain.is_some())))
}

/// The id of an account.
fn subject(address: &str, chain_id: i32) -> String {
    format!("{address}:{chain_id}")
}

/// Stores the wallet on the message's chain, and its account.
async fn link(
    transaction: &Transaction,
    context: &Context,
    message: &Message,
    user: &UserId,
    is_primary: bool,
) -> Result<()> {
    let Message { address, chain_id, .. } = message;
    let (connection, now) = (transaction.connection(), context.clock.now());
    store::insert(connection, user, (address, *chain_id), is_primary, now).await?;
    let subject = subject(address, *chain_id);
    let identity = Identity { provider: PROVIDER, subject: &subject };
    let tokens = Tokens::default();
    account::insert_linked(connection, context, user, identity, &tokens, None, now).await
}

async fn create(
    transaction: &Transaction,
    context: &Context,
    client: &Client,
    message: &Message,
    email: Option<&str>,
) -> Result<User> {
    let (users, now) = (transaction.users(), context.clock.now());
    let claimed = match email {
        Some(email) if users.find_by_email(email).await?.is_none() => Some(email.to_owned()),
        _ => None,
    };
    let mut email = claimed.unwrap_or_else(|| placeholder(context, &message.address));
    if users.find_by_email(&email).await?.is_some() {
        // Another person signed up with the placeholder, perhaps to keep the wallet's owner out.
        email = format!("{}.{email}", random_alphanumeric().to_lowercase());
    }
    let permit = permit(context, new_user(message, email))?;
    let user = users.insert(permit, now).await?;
    link(transaction, context, message, &user.id, true).await?;
    let (connection, action) = (transaction.connection(), Action::SignUp);
    audit::record(connection, context, action, &user.id, client, audit::Outcome::Done).await?;
    Ok(user)
}

/// The address of a user who has none.
fn placeholder(context: &Context, wallet: &str) -> String {
    let domain = context.config.plugins.siwe.email_domain_name.as_deref();
    format!("{wallet}@{}", domain.unwrap_or(PLACEHOLDER_DOMAIN)).to_lowercase()
}

fn new_user(message: &Message, email: String) -> NewUser {
    NewUser {
        id: UserId::generate(),
        name: message.address.clone(),
        email,
        image: Some(String::new()),
        role: Role::default(),
        sign_in: SignInFields::default(),
    }
}
