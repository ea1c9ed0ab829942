//! The table `revokedSession`: the sessions of Redis that were revoked. After a restart from a
//! snapshot, or a failover to a replica, Redis may contain some of them again; this table rejects
//! them.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use database::{Database, internal, key_in, retention, user::entity as user};
use domain::{Result, User};
use sea_orm::{
    ConnectionTrait, QuerySelect, QueryTrait, Set,
    entity::prelude::*,
    sea_query::{Expr, ExprTrait, OnConflict},
};

use crate::session::Session;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "revokedSession")]
struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    id: String,
    /// The session's end: an expired session needs no row.
    #[sea_orm(column_name = "expiresAt")]
    expires_at: DateTime<Utc>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// Records that these sessions were revoked.
pub(super) async fn insert<C: ConnectionTrait>(db: &C, ended: &[Session]) -> Result<()> {
    if ended.is_empty() {
        return Ok(());
    }
    let rows = ended.iter().map(|session| ActiveModel {
        id: Set(session.id.0.clone()),
        expires_at: Set(session.expires_at),
    });
    let once = OnConflict::column(Column::Id).do_nothing().to_owned();
    let inserted = Entity::insert_many(rows).on_conflict(once).exec_without_returning(db);
    inserted.await.map_err(internal)?;
    Ok(())
}

/// The user of a session, in one statement; `None` if the session is revoked or the user
/// deleted.
pub(super) async fn user_of<C: ConnectionTrait>(db: &C, session: &Session) -> Result<Option<User>> {
    let ended = Entity::find().select_only().expr(Expr::val(1));
    let ended = ended.filter(Column::Id.eq(session.id.as_str())).into_query();
    let found = user::Entity::find_by_id(session.user_id.as_str())
        .filter(user::Column::DeletedAt.is_null())
        .filter(Expr::exists(ended).not())
        .one(db);
    Ok(found.await.map_err(internal)?.map(User::from))
}

/// Removes revoked sessions from the list.
pub(super) async fn retain<C: ConnectionTrait>(db: &C, sessions: &mut Vec<Session>) -> Result<()> {
    if sessions.is_empty() {
        return Ok(());
    }
    let ids = sessions.iter().map(|session| session.id.0.clone()).collect();
    let ended = Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(key_in(db.get_database_backend(), Column::Id, ids))
        .into_tuple::<String>()
        .all(db);
    let ended: HashSet<_> = ended.await.map_err(internal)?.into_iter().collect();
    sessions.retain(|session| !ended.contains(&session.id.0));
    Ok(())
}

/// Ignores a failed script of Redis if the database has recorded the sessions that it should end:
/// they are invalid, whether the script ran or not.
pub(super) fn ignore_if_recorded<T>(recorded: &[Session], ended: Result<T>) -> Result<()> {
    match ended {
        Err(error) if recorded.is_empty() => Err(error),
        Err(_) => {
            tracing::warn!("Redis may still contain revoked sessions");
            Ok(())
        }
        Ok(_) => Ok(()),
    }
}

/// Deletes the rows of sessions that would have expired before this, in batches.
pub(super) async fn sweep(db: &Database, before: DateTime<Utc>) -> Result<u64> {
    retention::sweep(db, Column::Id, || Entity::find().filter(Column::ExpiresAt.lt(before))).await
}
