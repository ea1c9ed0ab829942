//! Attempts to give a password, and their limits.

use std::slice;

use domain::{Result, UserId};
use secrecy::SecretString;

use super::{Comparison, PasswordHash, Verdict};
use crate::{
    account::{self, Candidate, Login},
    audit::{self, Action, Actor, Outcome},
    context::Context,
    error::AuthError,
    extract::Client,
    limit::Failures,
    session::CurrentSession,
};

/// Wrong passwords per minute from one IP address. A few typing errors lock no user out.
const MAX_PER_IP: u32 = 12;
/// Wrong passwords per minute for one login, from all unknown clients together: one attacker may
/// have thousands of IP addresses.
const MAX_PER_LOGIN: u32 = 40;
/// Wrong passwords per minute for one user by all their logins. More than of one login, so that an
/// attacker who knows one does not keep the user out of the others.
const MAX_PER_USER: u32 = 60;
/// Wrong passwords per minute of one session or one known device. Failures of unknown clients
/// do not use this limit.
const MAX_PER_SESSION_OR_DEVICE: u32 = 10;
/// The outcome in the audit log when a limit was reached.
const TOO_MANY: Outcome = Outcome::Refused("TOO_MANY_WRONG_PASSWORDS");

/// Checks the password of a sign-in. `candidate` is the user with this login and their hash.
/// `None`: no user with a password has this login; the check takes as long, and the same limits
/// apply. `devices` are the values of the cookies of known devices.
///
/// Refusals count what the client typed: the logins of a user share no limit that shows. Over the
/// limit of the user, every password is wrong.
pub(crate) async fn try_sign_in(
    context: &Context,
    login: Login<'_>,
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
        None => limits_of_unknown_client(context, login, client),
    };
    let hidden = match device {
        Some(_) => None,
        None => limit_of_user(context, login, candidate),
    };
    let stored = candidate.map(|candidate| candidate.hash.clone());
    let subject = candidate.map(|candidate| &candidate.user.id);
    // Recorded for unknown addresses, too, so that the time of the response reveals nothing.
    let record = async || {
        warn(subject);
        let (writer, actor) = (context.db.writer(), Actor::Anonymous { subject });
        audit::record(writer, context, Action::SignIn, actor, client, TOO_MANY).await
    };
    let limits = Limits { shown: &failures, hidden: hidden.as_ref() };
    try_password(context, limits, login.text(), password, stored, record).await
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
    let limits = Limits { shown: &failures, hidden: None };
    try_password(context, limits, &user.email, password, Some(stored), record).await
}

/// The limits of a client that is no known device: per IP address and network, and per login.
fn limits_of_unknown_client(context: &Context, login: Login<'_>, client: &Client) -> Vec<Failures> {
    let of_networks = client.networks.iter().map(|network| Failures {
        key: format!("password|{}", network.text),
        max: MAX_PER_IP * network.weight,
    });
    let of_login = context.limiter.iter().map(|limiter| Failures {
        key: limiter.key_of(key_of_login(login), login.text()),
        max: MAX_PER_LOGIN,
    });
    of_networks.chain(of_login).collect()
}

/// The name of the limit of a login. That of addresses never changes: processes of two versions
/// share the counts.
fn key_of_login(login: Login<'_>) -> &'static str {
    match login {
        Login::Email(_) => "password-of",
        Login::Username(_) => "password-of-username",
        Login::PhoneNumber(_) => "password-of-phone-number",
    }
}

/// The limit of the user with this login. An unknown login has one, too, for the same work.
fn limit_of_user(
    context: &Context,
    login: Login<'_>,
    candidate: Option<&Candidate>,
) -> Option<Failures> {
    let limiter = context.limiter.as_ref()?;
    let user = candidate.map_or(login.text(), |candidate| candidate.user.id.as_str());
    Some(Failures { key: limiter.key_of("password-of-user", user), max: MAX_PER_USER })
}

/// The limits of one attempt.
#[derive(Clone, Copy)]
struct Limits<'a> {
    /// Refused with 429.
    shown: &'a [Failures],
    /// Refused as a wrong password is.
    hidden: Option<&'a Failures>,
}

/// Refuses the attempt before any hashing, if a limit is reached. Counts a failure before
/// checking and takes it back on success, so that parallel attempts cannot exceed the limit.
/// `record` writes an audit event of the refusal. Over the hidden limit, the password is checked,
/// and the right one is wrong, too.
async fn try_password(
    context: &Context,
    Limits { shown, hidden }: Limits<'_>,
    login: &str,
    password: SecretString,
    stored: Option<PasswordHash>,
    record: impl AsyncFnOnce() -> Result<()>,
) -> Result<Verdict, AuthError> {
    let Some(limiter) = &context.limiter else {
        return check_password(context, login, password, stored).await;
    };
    let counted = match limiter.consume(&context.db, shown).await? {
        Ok(counted) => counted,
        Err(seconds) => {
            record().await?;
            return Err(AuthError::too_many(seconds));
        }
    };
    let hidden = hidden.map(slice::from_ref);
    let of_user = match hidden {
        Some(hidden) => limiter.consume(&context.db, hidden).await?,
        None => Ok(counted),
    };
    let verdict = check_password(context, login, password, stored).await;
    let Ok(of_user) = of_user else {
        tracing::warn!("too many wrong passwords for the logins of a user");
        return verdict.map(|_| Verdict::Wrong);
    };
    if !matches!(verdict, Ok(Verdict::Wrong)) {
        limiter.refund(&context.db, shown, counted).await?;
        if let Some(hidden) = hidden {
            limiter.refund(&context.db, hidden, of_user).await?;
        }
    }
    verdict
}

/// Compares the password with the stored hash, or simulates the comparison if there is none.
async fn check_password(
    context: &Context,
    login: &str,
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
        None => Comparison::Simulated(simulated_forms.form(login, passwords.form())),
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
