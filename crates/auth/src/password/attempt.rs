//! Attempts to give a password, and their limits.

use domain::{Result, UserId};
use secrecy::SecretString;

use super::{Comparison, PasswordHash, Verdict};
use crate::{
    account::{self, Candidate},
    audit::{self, Action, Actor, Outcome},
    context::Context,
    error::AuthError,
    extract::Client,
    limit::Failures,
    session::CurrentSession,
};

/// Wrong passwords per minute from one IP address. A few typing errors lock no user out.
const MAX_PER_IP: u32 = 12;
/// Wrong passwords per minute for one account, from all unknown clients together: one
/// attacker may have thousands of IP addresses.
const MAX_PER_ACCOUNT: u32 = 40;
/// Wrong passwords per minute of one session or one known device. Failures of unknown clients
/// do not use this limit.
const MAX_PER_SESSION_OR_DEVICE: u32 = 10;
/// The outcome in the audit log when a limit was reached.
const TOO_MANY: Outcome = Outcome::Refused("TOO_MANY_WRONG_PASSWORDS");

/// Checks the password of a sign-in. `candidate` is the user with this e-mail address and
/// their hash. `None`: no user with a password has this e-mail address; the check takes as
/// long, and the same limits apply. `devices` are the values of the cookies of known devices.
pub(crate) async fn try_sign_in(
    context: &Context,
    email: &str,
    client: &Client,
    devices: &[String],
    password: SecretString,
    candidate: Option<&Candidate>,
) -> Result<Verdict, AuthError> {
    let device = candidate.and_then(|Candidate { user, hash }| {
        let mut known = devices.iter();
        known.find_map(|cookie| context.devices.recognize(cookie, &user.id, hash))
    });
    let failures = match device {
        Some(device) => vec![limit_of("device", device)],
        None => limits_of_unknown_client(context, email, client),
    };
    let stored = candidate.map(|candidate| candidate.hash.clone());
    let subject = candidate.map(|candidate| &candidate.user.id);
    // Recorded for unknown addresses, too, so that the time of the response reveals nothing.
    let record = async || {
        warn(subject);
        let (writer, actor) = (context.db.writer(), Actor::Anonymous { subject });
        audit::record(writer, context, Action::SignIn, actor, client, TOO_MANY).await
    };
    try_password(context, &failures, email, password, stored, record).await
}

/// Checks the password of a signed-in user, which `action` requires.
pub(crate) async fn try_own_password(
    context: &Context,
    action: Action,
    current: &CurrentSession,
    client: &Client,
    password: SecretString,
    stored: PasswordHash,
) -> Result<Verdict, AuthError> {
    let CurrentSession { session, user, .. } = current;
    let failures = [limit_of("session", session.id.as_str())];
    let record = async || {
        warn(Some(&user.id));
        audit::record(context.db.writer(), context, action, &user.id, client, TOO_MANY).await
    };
    try_password(context, &failures, &user.email, password, Some(stored), record).await
}

/// The limits of a client that is no known device: per IP address and network, and per
/// account.
fn limits_of_unknown_client(context: &Context, email: &str, client: &Client) -> Vec<Failures> {
    let of_networks = client.networks.iter().map(|network| Failures {
        key: format!("password|{}", network.text),
        max: MAX_PER_IP * network.weight,
    });
    let of_account = context.limiter.iter().map(|limiter| Failures {
        key: limiter.key_of("password-of", email),
        max: MAX_PER_ACCOUNT,
    });
    of_networks.chain(of_account).collect()
}

/// Refuses the attempt before any hashing, if a limit is reached. Counts a failure before
/// checking and takes it back on success, so that parallel attempts cannot exceed the limit.
/// `record` writes an audit event of the refusal.
async fn try_password(
    context: &Context,
    failures: &[Failures],
    email: &str,
    password: SecretString,
    stored: Option<PasswordHash>,
    record: impl AsyncFnOnce() -> Result<()>,
) -> Result<Verdict, AuthError> {
    let Some(limiter) = &context.limiter else {
        return check_password(context, email, password, stored).await;
    };
    let counted = match limiter.consume(&context.db, failures).await? {
        Ok(counted) => counted,
        Err(seconds) => {
            record().await?;
            return Err(AuthError::too_many(seconds));
        }
    };
    let verdict = check_password(context, email, password, stored).await;
    if !matches!(verdict, Ok(Verdict::Wrong)) {
        limiter.refund(&context.db, failures, counted).await?;
    }
    verdict
}

/// Compares the password with the stored hash, or simulates the comparison if there is none.
async fn check_password(
    context: &Context,
    email: &str,
    password: SecretString,
    stored: Option<PasswordHash>,
) -> Result<Verdict, AuthError> {
    let Context { clock, db, passwords, simulated_forms, .. } = context;
    let now = clock.now();
    if simulated_forms.is_stale(now) {
        simulated_forms.learn(account::password_forms(db.reader()).await?, now);
    }
    let comparison = match stored {
        Some(stored) => Comparison::User(stored),
        None => Comparison::Simulated(simulated_forms.form(email, passwords.form())),
    };
    Ok(passwords.verify(password, comparison).await?)
}

fn warn(user: Option<&UserId>) {
    tracing::warn!(user_id = user.map(UserId::as_str), "too many wrong passwords");
}

/// The limit of one session or one known device.
fn limit_of(what: &str, id: &str) -> Failures {
    Failures { key: format!("password-{what}|{id}"), max: MAX_PER_SESSION_OR_DEVICE }
}
