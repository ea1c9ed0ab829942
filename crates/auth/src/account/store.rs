//! The table `account`, in better-auth's columns. Those of identity providers are
//! left empty.

use chrono::{DateTime, Utc};
use domain::{Result, User, UserId, id::random_alphanumeric};
use repositories::{internal, user::entity as user};
use sea_orm::{
    ConnectionTrait, Set,
    entity::prelude::*,
    sea_query::{Expr, ExprTrait},
};

use crate::password::PasswordHash;

/// The way of signing in that is a password.
const CREDENTIAL: &str = "credential";

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "account")]
pub(super) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    id: String,
    /// The user's id at the provider; ours for [`CREDENTIAL`].
    #[sea_orm(column_name = "accountId")]
    account_id: String,
    #[sea_orm(column_name = "providerId")]
    provider_id: String,
    #[sea_orm(column_name = "userId")]
    user_id: String,
    password: Option<PasswordHash>,
    #[sea_orm(column_name = "createdAt")]
    created_at: DateTime<Utc>,
    #[sea_orm(column_name = "updatedAt")]
    updated_at: DateTime<Utc>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub(super) enum Relation {
    #[sea_orm(belongs_to = "user::Entity", from = "Column::UserId", to = "user::Column::Id")]
    User,
}

impl Related<user::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::User.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}

/// A user who may sign in, if the password fits.
pub(crate) struct Candidate {
    pub(crate) user: User,
    pub(crate) hash: PasswordHash,
}

/// The user of this address, in lower case, and their password, in one statement;
/// none for deleted users and those without a password.
pub(crate) async fn find_credential<C: ConnectionTrait>(
    db: &C,
    email: &str,
) -> Result<Option<Candidate>> {
    let found = Entity::find()
        .filter(Column::ProviderId.eq(CREDENTIAL))
        .filter(Expr::col((Entity, Column::AccountId)).equals((user::Entity, user::Column::Id)))
        .filter(user::Column::Email.eq(email))
        .filter(user::Column::DeletedAt.is_null())
        .find_also_related(user::Entity)
        .one(db);
    let row = found.await.map_err(internal)?;
    Ok(row.and_then(|(account, user)| {
        Some(Candidate { user: user?.into(), hash: account.password? })
    }))
}

/// Gives a new user their password.
pub(crate) async fn insert_credential<C: ConnectionTrait>(
    db: &C,
    user: &UserId,
    hash: PasswordHash,
    now: DateTime<Utc>,
) -> Result<()> {
    let row = ActiveModel {
        id: Set(random_alphanumeric()),
        account_id: Set(user.0.clone()),
        provider_id: Set(CREDENTIAL.to_owned()),
        user_id: Set(user.0.clone()),
        password: Set(Some(hash)),
        created_at: Set(now),
        updated_at: Set(now),
    };
    Entity::insert(row).exec_without_returning(db).await.map_err(internal)?;
    Ok(())
}

/// Stores the same password in another form, unless it was changed meanwhile.
pub(crate) async fn replace_password<C: ConnectionTrait>(
    db: &C,
    user: &UserId,
    old: PasswordHash,
    new: PasswordHash,
    now: DateTime<Utc>,
) -> Result<()> {
    let updated = Entity::update_many()
        .col_expr(Column::Password, Expr::value(new))
        .col_expr(Column::UpdatedAt, Expr::value(now))
        .filter(Column::ProviderId.eq(CREDENTIAL))
        .filter(Column::UserId.eq(user.as_str()))
        .filter(Column::Password.eq(old))
        .exec(db);
    updated.await.map_err(internal)?;
    Ok(())
}
