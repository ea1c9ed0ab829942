//! `bookplate user`: changes a user.

use domain::{AuditAction, AuditEvent, Permit, Role, ability::Update};

use super::{Failure, clock, open_migrated};
use crate::{cli::UserChange, config::Config};

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
    let id = user.id.clone();
    let permit = Permit::system("user set-role", Update, user);
    let now = clock().now();
    tx.users().set_role(permit, role, now).await?;
    let event = AuditEvent::of_operator(now, AuditAction::ChangeRole, &id, "user set-role");
    tx.audit().insert(event).await?;
    tx.commit().await?;
    println!("{email} is now {role}");
    Ok(())
}
