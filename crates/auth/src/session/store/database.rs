//! The table `session`, in better-auth's columns.

use chrono::{DateTime, Utc};
use domain::{Result, SessionId, User, UserId, clock::SKEW};
use repositories::{Database, internal, key_in, retention, user::entity as user};
use sea_orm::{
    ConnectionTrait, QueryOrder, QuerySelect, QueryTrait, Set,
    entity::prelude::*,
    sea_query::{Expr, ExprTrait},
};

use crate::session::{Session, Token};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "session")]
struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    id: String,
    #[sea_orm(column_name = "expiresAt")]
    expires_at: DateTime<Utc>,
    token: Token,
    #[sea_orm(column_name = "createdAt")]
    created_at: DateTime<Utc>,
    #[sea_orm(column_name = "updatedAt")]
    updated_at: DateTime<Utc>,
    #[sea_orm(column_name = "ipAddress")]
    ip_address: Option<String>,
    #[sea_orm(column_name = "userAgent")]
    user_agent: Option<String>,
    #[sea_orm(column_name = "userId")]
    user_id: String,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
enum Relation {
    #[sea_orm(belongs_to = "user::Entity", from = "Column::UserId", to = "user::Column::Id")]
    User,
}

impl Related<user::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::User.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}

impl From<Model> for Session {
    fn from(row: Model) -> Self {
        let Model {
            id,
            expires_at,
            token,
            created_at,
            updated_at,
            ip_address,
            user_agent,
            user_id,
        } = row;
        Self {
            id: SessionId(id),
            token,
            user_id: UserId(user_id),
            expires_at,
            created_at,
            updated_at,
            ip_address,
            user_agent,
        }
    }
}

/// How many sessions that are too many end at once.
const PORTION: u64 = 1_000;

/// Sessions in the database.
pub(crate) struct DatabaseStore {
    /// The maximum number of sessions per user.
    max_per_user: u64,
}

impl DatabaseStore {
    pub(super) fn new(max_per_user: u32) -> Self {
        Self { max_per_user: max_per_user.into() }
    }

    /// The session of this token and its user, in one statement; a deleted user has
    /// none. Expired sessions are found.
    pub(super) async fn find<C: ConnectionTrait>(
        &self,
        db: &C,
        token: &Token,
    ) -> Result<Option<(Session, User)>> {
        let found = Entity::find()
            .filter(Column::Token.eq(token.clone()))
            .filter(user::Column::DeletedAt.is_null())
            .find_also_related(user::Entity)
            .one(db);
        let row = found.await.map_err(internal)?;
        Ok(row.and_then(|(session, user)| Some((session.into(), user?.into()))))
    }

    /// The sessions of these tokens and their users, in one statement.
    pub(super) async fn find_many<C: ConnectionTrait>(
        &self,
        db: &C,
        tokens: &[Token],
    ) -> Result<Vec<(Session, User)>> {
        let tokens = tokens.iter().map(|token| token.as_str().to_owned()).collect();
        let found = Entity::find()
            .filter(key_in(db.get_database_backend(), Column::Token, tokens))
            .filter(user::Column::DeletedAt.is_null())
            .find_also_related(user::Entity)
            .all(db);
        let rows = found.await.map_err(internal)?.into_iter();
        Ok(rows.filter_map(|(session, user)| Some((session.into(), user?.into()))).collect())
    }

    /// Keeps a new session, and ends those that are too many. Whoever signs in holds the
    /// row of their password until the transaction ends, so that of one user's sessions one
    /// at a time is added.
    pub(super) async fn insert<C: ConnectionTrait>(&self, db: &C, session: &Session) -> Result<()> {
        let Session {
            id,
            token,
            user_id,
            expires_at,
            created_at,
            updated_at,
            ip_address,
            user_agent,
        } = session;
        let row = ActiveModel {
            id: Set(id.0.clone()),
            expires_at: Set(*expires_at),
            token: Set(token.clone()),
            created_at: Set(*created_at),
            updated_at: Set(*updated_at),
            ip_address: Set(ip_address.clone()),
            user_agent: Set(user_agent.clone()),
            user_id: Set(user_id.0.clone()),
        };
        Entity::insert(row).exec_without_returning(db).await.map_err(internal)?;
        self.cut(db, session).await
    }

    /// Ends what is too much beside `newest`: the sessions that would end first.
    async fn cut<C: ConnectionTrait>(&self, db: &C, newest: &Session) -> Result<()> {
        let excess = Entity::find()
            .select_only()
            .column(Column::Id)
            .filter(Column::UserId.eq(newest.user_id.as_str()))
            .filter(Column::Id.ne(newest.id.as_str()))
            .order_by_desc(Column::ExpiresAt)
            .order_by_desc(Column::CreatedAt)
            .order_by_desc(Column::Id)
            .offset(self.max_per_user.saturating_sub(1))
            .limit(PORTION)
            .into_query();
        let ended = Entity::delete_many().filter(Column::Id.in_subquery(excess)).exec(db);
        ended.await.map_err(internal)?;
        Ok(())
    }

    /// Removes sessions that ended before this.
    pub(super) async fn sweep(&self, db: &Database, before: DateTime<Utc>) -> Result<u64> {
        let ended = || Entity::find().filter(Column::ExpiresAt.lt(before));
        retention::sweep(db, Column::Id, ended).await
    }

    /// Moves the session's end to `until`, unless another request has moved it
    /// beyond `due` meanwhile; also back, if a clock that went back since had moved it.
    /// Whether it did.
    pub(super) async fn extend<C: ConnectionTrait>(
        &self,
        db: &C,
        session: &Session,
        due: DateTime<Utc>,
        until: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<bool> {
        let updated = Entity::update_many()
            .col_expr(Column::ExpiresAt, Expr::value(until))
            .col_expr(Column::UpdatedAt, Expr::value(now))
            .filter(Column::Id.eq(session.id.as_str()))
            .filter(Column::ExpiresAt.lt(due).or(Column::UpdatedAt.gt(now + SKEW)))
            .exec(db);
        Ok(updated.await.map_err(internal)?.rows_affected > 0)
    }

    /// The sessions of a user that have not expired, oldest first. A Node server may have
    /// made more than there may be: those that would end first are left out.
    pub(super) async fn list<C: ConnectionTrait>(
        &self,
        db: &C,
        user: &UserId,
        now: DateTime<Utc>,
    ) -> Result<Vec<Session>> {
        let found = Entity::find()
            .filter(Column::UserId.eq(user.as_str()))
            .filter(Column::ExpiresAt.gt(now))
            .order_by_desc(Column::ExpiresAt)
            .order_by_desc(Column::CreatedAt)
            .order_by_desc(Column::Id)
            .limit(self.max_per_user)
            .all(db);
        let mut rows = found.await.map_err(internal)?;
        rows.sort_by(|a, b| (a.created_at, &a.id).cmp(&(b.created_at, &b.id)));
        Ok(rows.into_iter().map(Session::from).collect())
    }

    /// Ends the session of this token, if it is `user`'s.
    pub(super) async fn delete_of<C: ConnectionTrait>(
        &self,
        db: &C,
        user: &UserId,
        token: &Token,
    ) -> Result<()> {
        let deleted = Entity::delete_many()
            .filter(Column::Token.eq(token.clone()))
            .filter(Column::UserId.eq(user.as_str()))
            .exec(db);
        deleted.await.map_err(internal)?;
        Ok(())
    }

    /// Ends all sessions of a user, but for the one to `keep`.
    pub(super) async fn delete_all<C: ConnectionTrait>(
        &self,
        db: &C,
        user: &UserId,
        keep: Option<&Token>,
    ) -> Result<()> {
        let mut others = Entity::delete_many().filter(Column::UserId.eq(user.as_str()));
        if let Some(token) = keep {
            others = others.filter(Column::Token.ne(token.clone()));
        }
        others.exec(db).await.map_err(internal)?;
        Ok(())
    }
}
