//! Linked accounts: the rows of the table `account` that link an identity at a provider to a user,
//! with the provider's tokens.

use chrono::{DateTime, Utc};
use database::{internal, is_postgres};
use domain::{Error, Result, UserId, id::random_alphanumeric};
use sea_orm::{
    ConnectionTrait, QueryOrder, QuerySelect, Set, Statement, UpdateMany,
    entity::prelude::*,
    sea_query::{Expr, SimpleExpr},
};

use super::stored_token::StoredToken;
use crate::{context::Context, oauth::Tokens};

/// The columns of a linked account. The table has more, see [`store`](super::store).
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "account")]
struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    id: String,
    /// The user's id at the provider.
    #[sea_orm(column_name = "accountId")]
    account_id: String,
    #[sea_orm(column_name = "providerId")]
    provider_id: String,
    #[sea_orm(column_name = "userId")]
    user_id: String,
    #[sea_orm(column_name = "accessToken")]
    access_token: Option<StoredToken>,
    #[sea_orm(column_name = "refreshToken")]
    refresh_token: Option<StoredToken>,
    #[sea_orm(column_name = "idToken")]
    id_token: Option<StoredToken>,
    #[sea_orm(column_name = "accessTokenExpiresAt")]
    access_token_expires_at: Option<DateTime<Utc>>,
    #[sea_orm(column_name = "refreshTokenExpiresAt")]
    refresh_token_expires_at: Option<DateTime<Utc>>,
    scope: Option<String>,
    #[sea_orm(column_name = "createdAt")]
    created_at: DateTime<Utc>,
    #[sea_orm(column_name = "updatedAt")]
    updated_at: DateTime<Utc>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// A user at a provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Identity<'a> {
    /// The provider's id, e.g. `github`.
    pub(crate) provider: &'a str,
    /// The user's id at the provider.
    pub(crate) subject: &'a str,
}

/// A row of the table `account`; passwords have one, too. `Debug` shows no token.
#[derive(Clone, Debug)]
pub(crate) struct LinkedAccount {
    /// 32 letters and digits.
    pub(crate) id: String,
    pub(crate) user_id: UserId,
    /// The provider's id, e.g. `github`.
    pub(crate) provider: String,
    /// The user's id at the provider.
    pub(crate) subject: String,
    /// The scopes that the provider granted, separated by commas.
    pub(crate) scope: Option<String>,
    pub(crate) access_token: Option<StoredToken>,
    pub(crate) refresh_token: Option<StoredToken>,
    pub(crate) id_token: Option<StoredToken>,
    pub(crate) access_token_expires_at: Option<DateTime<Utc>>,
    pub(crate) refresh_token_expires_at: Option<DateTime<Utc>>,
}

impl LinkedAccount {
    /// Whether the stored tokens are those of `previous`, an earlier read of the account.
    pub(crate) fn has_tokens_of(&self, previous: &Self) -> bool {
        self.access_token == previous.access_token && self.refresh_token == previous.refresh_token
    }
}

impl From<Model> for LinkedAccount {
    fn from(row: Model) -> Self {
        let Model {
            id,
            account_id,
            provider_id,
            user_id,
            access_token,
            refresh_token,
            id_token,
            access_token_expires_at,
            refresh_token_expires_at,
            scope,
            created_at: _,
            updated_at: _,
        } = row;
        Self {
            id,
            user_id: UserId(user_id),
            provider: provider_id,
            subject: account_id,
            scope,
            access_token,
            refresh_token,
            id_token,
            access_token_expires_at,
            refresh_token_expires_at,
        }
    }
}

/// Locks an identity until the transaction ends, so that of two concurrent sign-ins with a new
/// identity the second one finds the account of the first. Call it before locking a user: the order
/// prevents deadlocks.
///
/// No unique index is possible: a database of better-auth may hold duplicates.
pub(crate) async fn lock_identity<C: ConnectionTrait>(
    db: &C,
    identity: Identity<'_>,
) -> Result<()> {
    let backend = db.get_database_backend();
    // SQLite runs one transaction that writes at a time.
    if !is_postgres(backend) {
        return Ok(());
    }
    let Identity { provider, subject } = identity;
    // The ids of providers have no line breaks.
    let name = format!("bookplate identity\n{provider}\n{subject}");
    let sql = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))";
    let lock = Statement::from_sql_and_values(backend, sql, [name.into()]);
    db.execute_raw(lock).await.map_err(internal)?;
    Ok(())
}

/// Finds the linked account of an identity. Fails if there are several: the operator must decide
/// which user the identity belongs to.
pub(crate) async fn find_linked<C: ConnectionTrait>(
    db: &C,
    identity: Identity<'_>,
) -> Result<Option<LinkedAccount>> {
    let Identity { provider, subject } = identity;
    if contains_nul(provider) || contains_nul(subject) {
        return Ok(None);
    }
    let rows = Entity::find()
        .filter(Column::ProviderId.eq(provider))
        .filter(Column::AccountId.eq(subject))
        .limit(2)
        .all(db);
    let mut rows = rows.await.map_err(internal)?.into_iter();
    match (rows.next(), rows.next()) {
        (row, None) => Ok(row.map(LinkedAccount::from)),
        _ => Err(Error::internal(format!(
            "several accounts of the provider {provider} have the same accountId"
        ))),
    }
}

/// PostgreSQL refuses a text with U+0000, so no row has one.
fn contains_nul(text: &str) -> bool {
    text.contains('\0')
}

/// Finds an account of this user by its id, a provider's or a password's.
pub(crate) async fn find_account<C: ConnectionTrait>(
    db: &C,
    user: &UserId,
    id: &str,
) -> Result<Option<LinkedAccount>> {
    if contains_nul(id) {
        return Ok(None);
    }
    let found = Entity::find_by_id(id).filter(Column::UserId.eq(user.as_str())).one(db);
    Ok(found.await.map_err(internal)?.map(LinkedAccount::from))
}

/// Lists the accounts of a user, passwords too, the latest updated one first.
pub(crate) async fn list_accounts<C: ConnectionTrait>(
    db: &C,
    user: &UserId,
) -> Result<Vec<LinkedAccount>> {
    let rows = Entity::find()
        .filter(Column::UserId.eq(user.as_str()))
        .order_by_desc(Column::UpdatedAt)
        .all(db);
    Ok(rows.await.map_err(internal)?.into_iter().map(LinkedAccount::from).collect())
}

/// Stores the account of an identity. The caller has locked the identity.
pub(crate) async fn insert_linked<C: ConnectionTrait>(
    db: &C,
    context: &Context,
    user: &UserId,
    identity: Identity<'_>,
    tokens: &Tokens,
    scope: Option<&str>,
    now: DateTime<Utc>,
) -> Result<()> {
    let sealed =
        |token: &Option<String>| Set(token.as_ref().map(|token| StoredToken::seal(context, token)));
    let row = ActiveModel {
        id: Set(random_alphanumeric()),
        account_id: Set(identity.subject.to_owned()),
        provider_id: Set(identity.provider.to_owned()),
        user_id: Set(user.0.clone()),
        access_token: sealed(&tokens.access_token),
        refresh_token: sealed(&tokens.refresh_token),
        id_token: Set(tokens.id_token.as_deref().map(StoredToken::plain)),
        access_token_expires_at: Set(tokens.access_token_expires_at),
        refresh_token_expires_at: Set(tokens.refresh_token_expires_at),
        scope: Set(scope.map(str::to_owned)),
        created_at: Set(now),
        updated_at: Set(now),
    };
    Entity::insert(row).exec_without_returning(db).await.map_err(internal)?;
    Ok(())
}

/// Deletes the accounts of a user at all providers except `kept`. Passwords stay. Returns the
/// number of deleted accounts.
pub(crate) async fn delete_linked<C: ConnectionTrait>(
    db: &C,
    user: &UserId,
    kept: &[String],
) -> Result<u64> {
    let kept = kept.iter().map(String::as_str).chain([super::store::CREDENTIAL]);
    let deleted = Entity::delete_many()
        .filter(Column::UserId.eq(user.as_str()))
        .filter(Column::ProviderId.is_not_in(kept))
        .exec(db);
    Ok(deleted.await.map_err(internal)?.rows_affected)
}

/// Stores new tokens of an account. Absent tokens, expiry times and scopes stay as they are.
pub(crate) async fn update_tokens<C: ConnectionTrait>(
    db: &C,
    context: &Context,
    id: &str,
    tokens: &Tokens,
    scope: Option<String>,
    now: DateTime<Utc>,
) -> Result<()> {
    let update = token_update(context, tokens, now).filter(Column::Id.eq(id));
    let update = match scope {
        Some(scope) => update.col_expr(Column::Scope, Expr::value(scope)),
        None => update,
    };
    update.exec(db).await.map_err(internal)?;
    Ok(())
}

/// Stores the tokens that a refresh returned, unless the account no longer has the refresh token of
/// `before`, e.g. because a sign-in stored newer tokens. The scope stays: a provider may grant a
/// refreshed token less.
pub(crate) async fn store_refreshed<C: ConnectionTrait>(
    db: &C,
    context: &Context,
    before: &LinkedAccount,
    tokens: &Tokens,
    now: DateTime<Utc>,
) -> Result<()> {
    let update = token_update(context, tokens, now)
        .filter(Column::Id.eq(&*before.id))
        .filter(Column::RefreshToken.eq(before.refresh_token.clone()));
    update.exec(db).await.map_err(internal)?;
    Ok(())
}

/// Updates only the columns for which `tokens` has a value.
fn token_update(context: &Context, tokens: &Tokens, now: DateTime<Utc>) -> UpdateMany<Entity> {
    let sealed = |token: &str| Expr::value(StoredToken::seal(context, token));
    let id_token = |token: &str| Expr::value(StoredToken::plain(token));
    let changes: [(Column, Option<SimpleExpr>); 5] = [
        (Column::AccessToken, tokens.access_token.as_deref().map(sealed)),
        (Column::RefreshToken, tokens.refresh_token.as_deref().map(sealed)),
        (Column::IdToken, tokens.id_token.as_deref().map(id_token)),
        (Column::AccessTokenExpiresAt, tokens.access_token_expires_at.map(Expr::value)),
        (Column::RefreshTokenExpiresAt, tokens.refresh_token_expires_at.map(Expr::value)),
    ];
    let update = Entity::update_many().col_expr(Column::UpdatedAt, Expr::value(now));
    changes.into_iter().fold(update, |update, (column, value)| match value {
        Some(value) => update.col_expr(column, value),
        None => update,
    })
}
