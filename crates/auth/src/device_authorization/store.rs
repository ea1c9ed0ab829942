//! The table `deviceCode`, in better-auth's columns.

use chrono::{DateTime, TimeDelta, Utc};
use database::{internal, retention};
use domain::{Result, UserId, id::random_alphanumeric};
use sea_orm::{
    ConnectionTrait, QuerySelect, Set,
    entity::prelude::*,
    sea_query::{Expr, OnConflict},
};

use crate::context::Context;

/// How long an expired request is kept in addition to the interval of polls, so that the next poll
/// is answered with `expired_token`, as in better-auth.
const LAST_POLL: TimeDelta = TimeDelta::minutes(1);

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "deviceCode")]
struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    id: String,
    #[sea_orm(column_name = "deviceCode")]
    device_code: String,
    #[sea_orm(column_name = "userCode")]
    user_code: String,
    #[sea_orm(column_name = "userId")]
    user_id: Option<String>,
    #[sea_orm(column_name = "expiresAt")]
    expires_at: DateTime<Utc>,
    status: String,
    #[sea_orm(column_name = "lastPolledAt")]
    last_polled_at: Option<DateTime<Utc>>,
    /// In milliseconds.
    #[sea_orm(column_name = "pollingInterval")]
    polling_interval: Option<i32>,
    #[sea_orm(column_name = "clientId")]
    client_id: Option<String>,
    scope: Option<String>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The state of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Status {
    Pending,
    Approved,
    Denied,
    /// A status that only another server knows.
    Other(String),
}

impl Status {
    pub(super) fn as_str(&self) -> &str {
        match self {
            Self::Pending => "pending",
            Self::Approved => "approved",
            Self::Denied => "denied",
            Self::Other(other) => other,
        }
    }

    fn of(text: String) -> Self {
        match text.as_str() {
            "pending" => Self::Pending,
            "approved" => Self::Approved,
            "denied" => Self::Denied,
            _ => Self::Other(text),
        }
    }
}

/// A device client's request to sign in.
pub(super) struct DeviceRequest {
    pub(super) id: String,
    /// The user who claimed the request.
    pub(super) user_id: Option<UserId>,
    pub(super) expires_at: DateTime<Utc>,
    pub(super) status: Status,
    pub(super) last_polled_at: Option<DateTime<Utc>>,
    /// The minimum time between two polls, in milliseconds.
    pub(super) polling_interval: Option<i32>,
    pub(super) client_id: Option<String>,
    pub(super) scope: Option<String>,
}

impl From<Model> for DeviceRequest {
    fn from(row: Model) -> Self {
        let Model {
            id,
            device_code: _,
            user_code: _,
            user_id,
            expires_at,
            status,
            last_polled_at,
            polling_interval,
            client_id,
            scope,
        } = row;
        Self {
            id,
            user_id: user_id.map(UserId),
            expires_at,
            status: Status::of(status),
            last_polled_at,
            polling_interval,
            client_id,
            scope,
        }
    }
}

/// A request to store.
pub(super) struct NewDeviceRequest<'a> {
    pub(super) device_code: &'a str,
    pub(super) user_code: &'a str,
    pub(super) user_id: Option<&'a str>,
    pub(super) expires_at: DateTime<Utc>,
    pub(super) polling_interval: i32,
    pub(super) client_id: &'a str,
    pub(super) scope: Option<&'a str>,
}

/// Stores a request. Returns whether both codes were free.
pub(super) async fn insert<C: ConnectionTrait>(
    db: &C,
    request: &NewDeviceRequest<'_>,
) -> Result<bool> {
    let row = ActiveModel {
        id: Set(random_alphanumeric()),
        device_code: Set(request.device_code.to_owned()),
        user_code: Set(request.user_code.to_owned()),
        user_id: Set(request.user_id.map(str::to_owned)),
        expires_at: Set(request.expires_at),
        status: Set(Status::Pending.as_str().to_owned()),
        last_polled_at: Set(None),
        polling_interval: Set(Some(request.polling_interval)),
        client_id: Set(Some(request.client_id.to_owned())),
        scope: Set(request.scope.map(str::to_owned)),
    };
    let unless_taken = OnConflict::new().do_nothing().to_owned();
    match Entity::insert(row).on_conflict(unless_taken).exec_without_returning(db).await {
        Ok(rows) => Ok(rows > 0),
        Err(DbErr::RecordNotInserted) => Ok(false),
        Err(error) => Err(internal(error)),
    }
}

/// Finds the request with this user code.
pub(super) async fn find_by_user_code<C: ConnectionTrait>(
    db: &C,
    user_code: &str,
) -> Result<Option<DeviceRequest>> {
    find(db, Entity::find().filter(Column::UserCode.eq(user_code)), user_code).await
}

/// Finds the request with this device code.
pub(super) async fn find_by_device_code<C: ConnectionTrait>(
    db: &C,
    device_code: &str,
) -> Result<Option<DeviceRequest>> {
    find(db, Entity::find().filter(Column::DeviceCode.eq(device_code)), device_code).await
}

/// Finds the request with this device code, and locks it until the transaction ends.
pub(super) async fn find_by_device_code_locked<C: ConnectionTrait>(
    db: &C,
    device_code: &str,
) -> Result<Option<DeviceRequest>> {
    let query = Entity::find().filter(Column::DeviceCode.eq(device_code)).lock_exclusive();
    find(db, query, device_code).await
}

async fn find<C: ConnectionTrait>(
    db: &C,
    query: Select<Entity>,
    code: &str,
) -> Result<Option<DeviceRequest>> {
    // PostgreSQL refuses a text with U+0000, so no row has one.
    if code.contains('\0') {
        return Ok(None);
    }
    Ok(query.one(db).await.map_err(internal)?.map(DeviceRequest::from))
}

/// Claims a pending request that no user claimed. `user` may then decide it. Of concurrent
/// calls one succeeds.
pub(super) async fn claim<C: ConnectionTrait>(db: &C, id: &str, user: &UserId) -> Result<bool> {
    let claimed = Entity::update_many()
        .col_expr(Column::UserId, Expr::value(user.as_str()))
        .filter(Column::Id.eq(id))
        .filter(Column::Status.eq(Status::Pending.as_str()))
        .filter(Column::UserId.is_null())
        .exec(db);
    Ok(claimed.await.map_err(internal)?.rows_affected > 0)
}

/// Decides a pending request that `user` claimed. Of concurrent calls one succeeds.
pub(super) async fn decide<C: ConnectionTrait>(
    db: &C,
    id: &str,
    user: &UserId,
    status: &Status,
) -> Result<bool> {
    let decided = Entity::update_many()
        .col_expr(Column::Status, Expr::value(status.as_str()))
        .filter(Column::Id.eq(id))
        .filter(Column::Status.eq(Status::Pending.as_str()))
        .filter(Column::UserId.eq(user.as_str()))
        .exec(db);
    Ok(decided.await.map_err(internal)?.rows_affected > 0)
}

/// Notes the time of a poll.
pub(super) async fn note_poll<C: ConnectionTrait>(
    db: &C,
    id: &str,
    now: DateTime<Utc>,
) -> Result<()> {
    let noted = Entity::update_many()
        .col_expr(Column::LastPolledAt, Expr::value(now))
        .filter(Column::Id.eq(id))
        .exec(db);
    noted.await.map_err(internal)?;
    Ok(())
}

/// Deletes a request. Of concurrent calls one returns `true`.
pub(super) async fn delete<C: ConnectionTrait>(db: &C, id: &str) -> Result<bool> {
    let deleted = Entity::delete_by_id(id).exec(db).await.map_err(internal)?;
    Ok(deleted.rows_affected > 0)
}

/// Deletes all requests that a user claimed or approved.
pub(crate) async fn delete_all<C: ConnectionTrait>(db: &C, user: &UserId) -> Result<()> {
    let deleted = Entity::delete_many().filter(Column::UserId.eq(user.as_str())).exec(db);
    deleted.await.map_err(internal)?;
    Ok(())
}

/// Deletes requests that have expired, in batches. Returns their number. They are not kept as long
/// as sessions and links: any client can make them.
pub(crate) async fn sweep(context: &Context) -> Result<u64> {
    let interval = context.config.plugins.device_authorization.interval;
    let before = context.clock.now() - interval - LAST_POLL;
    let expired = || Entity::find().filter(Column::ExpiresAt.lt(before));
    retention::sweep(&context.db, Column::Id, expired).await
}
