//! Users: the object and its queries. Accounts are changed under `/api/auth`.

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
    cost::{CHILD_ROWS, OFFSET, PAGE_ARGUMENTS},
    error::ApiError,
    list_field::children,
    scalar::{DateTime, Json},
};

/// What the lists of a user cost.
pub(crate) const COSTS: &[FieldCost] = &[
    FieldCost::of("User", "books")
        .items_by(&["limit"], CHILD_ROWS)
        .arguments(&[("offset", OFFSET)]),
    FieldCost::of("User", "booksConnection").items_by(PAGE_ARGUMENTS, CHILD_ROWS),
    FieldCost::of("User", "authors")
        .items_by(&["limit"], CHILD_ROWS)
        .arguments(&[("offset", OFFSET)]),
    FieldCost::of("User", "authorsConnection").items_by(PAGE_ARGUMENTS, CHILD_ROWS),
];

/// A person with an account.
pub(crate) struct User(domain::User);

impl From<domain::User> for User {
    fn from(user: domain::User) -> Self {
        Self(user)
    }
}

impl User {
    /// The owner of a row, loaded together with the other owners of the level. Fails with
    /// `FORBIDDEN` if the reader may not read the owner's row.
    pub(crate) async fn of(ctx: &Context<'_>, id: &UserId) -> Result<Self, ApiError> {
        Ok(Self(
            Self::find(ctx, id)
                .await?
                .ok_or(Error::Forbidden { action: Action::Read, kind: Kind::User })?,
        ))
    }

    /// The user of this id, loaded likewise; `None` if the reader may not read their row.
    pub(crate) async fn find(
        ctx: &Context<'_>,
        id: &UserId,
    ) -> Result<Option<domain::User>, ApiError> {
        ctx.loaders().user(ctx.reader(), id).await
    }

    /// `value`, if the viewer may see `field` of this user.
    fn private<T>(&self, ctx: &Context<'_>, field: &str, value: T) -> Option<T> {
        ctx.services().users.may_see(ctx.viewer(), &self.0, field).then_some(value)
    }
}

/// A person with an account.
#[Object]
impl User {
    /// 32 letters and digits.
    async fn id(&self) -> ID {
        ID(self.0.id.0.clone())
    }

    /// The name shown to others.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// URL of a picture.
    async fn image(&self) -> Option<&str> {
        self.0.image.as_deref()
    }

    /// The address to sign in with; null to anyone but this user and admins.
    async fn email(&self, ctx: &Context<'_>) -> Option<&str> {
        self.private(ctx, "email", &self.0.email)
    }

    /// Whether the address was verified; null to anyone but this user and admins.
    async fn email_verified(&self, ctx: &Context<'_>) -> Option<bool> {
        self.private(ctx, "emailVerified", self.0.email_verified)
    }

    /// `user`, `admin_ro` or `admin_rw`; null to anyone but this user and admins.
    async fn role(&self, ctx: &Context<'_>) -> Option<&str> {
        self.private(ctx, "role", self.0.role.as_str())
    }

    /// The rules of this user as CASL's raw JSON, from which `createMongoAbility` makes
    /// an ability; null to anyone else.
    async fn abilities(&self, ctx: &Context<'_>) -> Option<Result<Json, ApiError>> {
        let rules = ctx.services().users.rules(ctx.viewer(), &self.0)?;
        Some(Json::of(&rules.raw()))
    }

    /// When they signed up.
    async fn created_at(&self) -> DateTime {
        DateTime(self.0.created_at)
    }

    /// A page of the books that they added, in that order.
    async fn books(
        &self,
        ctx: &Context<'_>,
        #[graphql(default = 10, desc = "How many at most, 1 to 100.")] limit: i32,
        #[graphql(default = 0, desc = "How many to skip.")] offset: i32,
    ) -> Result<List<Book>, ApiError> {
        children(ctx, &self.0.id, Paging::Offset(Page::new(limit, offset)?)).await
    }

    /// A page of the authors that they added, in that order.
    async fn authors(
        &self,
        ctx: &Context<'_>,
        #[graphql(default = 10, desc = "How many at most, 1 to 100.")] limit: i32,
        #[graphql(default = 0, desc = "How many to skip.")] offset: i32,
    ) -> Result<List<Author>, ApiError> {
        children(ctx, &self.0.id, Paging::Offset(Page::new(limit, offset)?)).await
    }

    /// The books that they added, in that order: a page of them, found by cursors.
    async fn books_connection(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The first so many, 1 to 100; 10 without `first` and `last`.")]
        first: Option<i32>,
        #[graphql(desc = "The last so many, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what follows the row of this cursor.")] after: Option<String>,
        #[graphql(desc = "Only what precedes the row of this cursor.")] before: Option<String>,
    ) -> Result<Connection<Book>, ApiError> {
        Connection::of_children(ctx, &self.0.id, Arguments { first, last, after, before })
    }

    /// The authors that they added, in that order: a page of them, found by cursors.
    async fn authors_connection(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The first so many, 1 to 100; 10 without `first` and `last`.")]
        first: Option<i32>,
        #[graphql(desc = "The last so many, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what follows the row of this cursor.")] after: Option<String>,
        #[graphql(desc = "Only what precedes the row of this cursor.")] before: Option<String>,
    ) -> Result<Connection<Author>, ApiError> {
        Connection::of_children(ctx, &self.0.id, Arguments { first, last, after, before })
    }
}

#[derive(Default)]
pub(crate) struct UserQuery;

#[Object]
impl UserQuery {
    /// Who is signed in; null when nobody is.
    async fn me(&self, ctx: &Context<'_>) -> Option<Result<User, ApiError>> {
        self.find(ctx, &ctx.viewer()?.id).await
    }

    /// The user of this id; null when there is none.
    async fn user(&self, ctx: &Context<'_>, id: ID) -> Option<Result<User, ApiError>> {
        self.find(ctx, &UserId(id.0)).await
    }
}

impl UserQuery {
    async fn find(&self, ctx: &Context<'_>, id: &UserId) -> Option<Result<User, ApiError>> {
        let user = ctx.services().users.find(ctx.reader(), id).await;
        user.map_err(ApiError::from).transpose().map(|found| found.map(User::from))
    }
}
