//! Log line of a change.

use domain::ability::{Actor, Permit, PermitAction, Subject};

/// Logs who changed which row. The request's id is a field of the log line's span.
pub fn log_change<A: PermitAction, S: Subject>(permit: &Permit<A, S>, id: &str) {
    let (action, kind) = (permit.action(), S::KIND);
    match permit.by() {
        Actor::User(user) => {
            tracing::info!(user_id = %user.id, role = %user.role, %action, %kind, id, "data changed");
        }
        Actor::System(reason) => tracing::debug!(reason, %action, %kind, id, "data changed"),
    }
}
