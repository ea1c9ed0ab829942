//! GraphQL type `User` and its queries. `/api/auth` changes accounts.

use async_graphql::{Context, ID, Object};
use domain::{
    Error, Page, Paging, UserId,
    ability::{Action, Kind},
};
use graphql_engine::{FieldCost, List};

use crate::{
    author::Author,
    book::Book,
    connection::{Arguments, Connection},
    context::ContextExt,
    cost::{CHILD_ROWS, OFFSET, PAGE_ARGUMENTS, SHORT_LIST},
    error::ApiError,
    list_field::children,
    scalar::{DateTime, Json},
};

/// Costs of the lists of a user.
pub(crate) const COSTS: &[FieldCost] = &[
    FieldCost::of("User", "accounts").items(SHORT_LIST),
    FieldCost::of("User", "books")
        .items_by(&["limit"], CHILD_ROWS)
        .arguments(&[("offset", OFFSET)]),
    FieldCost::of("User", "booksConnection").items_by(PAGE_ARGUMENTS, CHILD_ROWS),
    FieldCost::of("User", "authors")
        .items_by(&["limit"], CHILD_ROWS)
        .arguments(&[("offset", OFFSET)]),
    FieldCost::of("User", "authorsConnection").items_by(PAGE_ARGUMENTS, CHILD_ROWS),
];

/// A user account.
pub(crate) struct User(domain::User);

impl From<domain::User> for User {
    fn from(user: domain::User) -> Self {
        Self(user)
    }
}

impl User {
    /// Loads the owner of a row, together with the other owners of the level. Fails with
    /// `FORBIDDEN` if the viewer may not read the owner's row.
    pub(crate) async fn owner(ctx: &Context<'_>, id: &UserId) -> Result<Self, ApiError> {
        Ok(Self(
            Self::find(ctx, id)
                .await?
                .ok_or(Error::Forbidden { action: Action::Read, kind: Kind::User })?,
        ))
    }

    /// Loads a user in the same way; `None` if the viewer may not read the user's row.
    pub(crate) async fn find(
        ctx: &Context<'_>,
        id: &UserId,
    ) -> Result<Option<domain::User>, ApiError> {
        ctx.loaders().user(ctx.viewer_for_rows(), id).await
    }

    /// Returns `value` if the viewer may read `field` of this user.
    fn private<T>(&self, ctx: &Context<'_>, field: &str, value: T) -> Option<T> {
        ctx.services().users.may_read_field(ctx.viewer(), &self.0, field).then_some(value)
    }
}

/// A user account.
#[Object]
impl User {
    /// 32 letters and digits.
    async fn id(&self) -> ID {
        ID(self.0.id.0.clone())
    }

    /// Name shown to other users.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// URL of the user's picture.
    async fn image(&self) -> Option<&str> {
        self.0.image.as_deref()
    }

    /// Email address for signing in; null unless the viewer is this user or an administrator.
    async fn email(&self, ctx: &Context<'_>) -> Option<&str> {
        self.private(ctx, "email", &self.0.email)
    }

    /// Whether the email address is verified; null unless the viewer is this user or an
    /// administrator.
    async fn email_verified(&self, ctx: &Context<'_>) -> Option<bool> {
        self.private(ctx, "emailVerified", self.0.email_verified)
    }

    /// `user`, `admin_ro` or `admin_rw`; null unless the viewer is this user or an administrator.
    async fn role(&self, ctx: &Context<'_>) -> Option<&str> {
        self.private(ctx, "role", self.0.role.as_str())
    }

    /// Permission rules of this user in CASL's JSON form, for `createMongoAbility`; null unless
    /// the viewer is this user.
    async fn abilities(&self, ctx: &Context<'_>) -> Option<Result<Json, ApiError>> {
        let rules = ctx.services().users.rules(ctx.viewer(), &self.0)?;
        Some(Json::of(&rules.raw()))
    }

    /// The sign-in methods of the user, the oldest first; null unless the viewer is this user or an
    /// administrator.
    async fn accounts(&self, ctx: &Context<'_>) -> Result<Option<List<Account>>, ApiError> {
        Ok(ctx.loaders().accounts(ctx.viewer(), &self.0).await?.map(List::from))
    }

    /// Time of the sign-up.
    async fn created_at(&self) -> DateTime {
        DateTime(self.0.created_at)
    }

    /// A page of the books that the user created, in the order of creation.
    async fn books(
        &self,
        ctx: &Context<'_>,
        #[graphql(default = 10, desc = "Maximum number of items, 1 to 100.")] limit: i32,
        #[graphql(default = 0, desc = "Number of items to skip.")] offset: i32,
    ) -> Result<List<Book>, ApiError> {
        children(ctx, &self.0.id, Paging::Offset(Page::new(limit, offset)?)).await
    }

    /// A page of the authors that the user created, in the order of creation.
    async fn authors(
        &self,
        ctx: &Context<'_>,
        #[graphql(default = 10, desc = "Maximum number of items, 1 to 100.")] limit: i32,
        #[graphql(default = 0, desc = "Number of items to skip.")] offset: i32,
    ) -> Result<List<Author>, ApiError> {
        children(ctx, &self.0.id, Paging::Offset(Page::new(limit, offset)?)).await
    }

    /// The books that the user created, in the order of creation: a page by cursor.
    async fn books_connection(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "Number of items from the start, 1 to 100; 10 without `first` and `last`."
        )]
        first: Option<i32>,
        #[graphql(desc = "Number of items from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only items after this cursor.")] after: Option<String>,
        #[graphql(desc = "Only items before this cursor.")] before: Option<String>,
    ) -> Result<Connection<Book>, ApiError> {
        Connection::of_children(ctx, &self.0.id, Arguments { first, last, after, before })
    }

    /// The authors that the user created, in the order of creation: a page by cursor.
    async fn authors_connection(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "Number of items from the start, 1 to 100; 10 without `first` and `last`."
        )]
        first: Option<i32>,
        #[graphql(desc = "Number of items from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only items after this cursor.")] after: Option<String>,
        #[graphql(desc = "Only items before this cursor.")] before: Option<String>,
    ) -> Result<Connection<Author>, ApiError> {
        Connection::of_children(ctx, &self.0.id, Arguments { first, last, after, before })
    }
}

/// A sign-in method of a user.
pub(crate) struct Account(domain::UserAccount);

impl From<domain::UserAccount> for Account {
    fn from(account: domain::UserAccount) -> Self {
        Self(account)
    }
}

/// A sign-in method of a user. `/api/auth` links and unlinks accounts.
#[Object]
impl Account {
    /// `credential` for a password, else the id of an identity provider, such as `github`.
    async fn provider(&self) -> &str {
        &self.0.provider
    }

    /// Time when the account was linked.
    async fn created_at(&self) -> DateTime {
        DateTime(self.0.created_at)
    }
}

#[derive(Default)]
pub(crate) struct UserQuery;

#[Object]
impl UserQuery {
    /// The signed-in user; null without a sign-in.
    async fn me(&self, ctx: &Context<'_>) -> Option<Result<User, ApiError>> {
        self.find(ctx, &ctx.viewer()?.id).await
    }

    /// The user with this id; null if there is none.
    async fn user(&self, ctx: &Context<'_>, id: ID) -> Option<Result<User, ApiError>> {
        self.find(ctx, &UserId(id.0)).await
    }
}

impl UserQuery {
    async fn find(&self, ctx: &Context<'_>, id: &UserId) -> Option<Result<User, ApiError>> {
        let user = ctx.services().users.find(ctx.viewer_for_rows(), id).await;
        user.map_err(ApiError::from).transpose().map(|found| found.map(User::from))
    }
}
