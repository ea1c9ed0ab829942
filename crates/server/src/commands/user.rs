//! `bookplate user`: changes a user.

use auth::redis::Redis;
use domain::{AuditAction, AuditEvent, Permit, Role, User, ability::Update};

use super::clock::clock;
use crate::{
    cli::UserChange, config::Config, database_setup::open_migrated, failure::Failure, output,
};

pub(super) async fn run(config: &Config, change: UserChange) -> Result<(), Failure> {
    let UserChange::SetRole { email, role } = change;
    let role = Role::parse(&role).ok_or_else(|| {
        let known = Role::ALL.map(Role::as_str).join(", ");
        Failure(format!("there is no role {role:?}; there are {known}"))
    })?;
    let db = open_migrated(config).await?;
    let tx = db.begin().await?;
    let user = tx.users().find_by_email(&email.trim().to_lowercase()).await?;
    let user = user.ok_or_else(|| Failure(format!("no user signs in as {email}")))?;
    let now = clock().now();
    let changed = User { role, updated_at: now, ..user.clone() };
    let permit = Permit::system("user set-role", Update, user);
    tx.users().set_role(permit, role, now).await?;
    let event = AuditEvent::by_operator(now, AuditAction::ChangeRole, &changed.id, "user set-role");
    tx.audit().insert(event).await?;
    tx.commit().await?;
    output::say(format_args!("{email} is now {role}\n"));
    notify_redis(config, &changed).await
}

async fn notify_redis(config: &Config, user: &User) -> Result<(), Failure> {
    let Some(redis) = &config.redis else { return Ok(()) };
    let redis = Redis::new(redis.clone())?;
    let notified =
        auth::session::user_changed(redis, &config.session, &config.plugins, &clock(), user).await;
    notified.map_err(|_| {
        let what = "Redis does not answer: better-auth on Node may still know the role from before";
        Failure(what.to_owned())
    })
}
