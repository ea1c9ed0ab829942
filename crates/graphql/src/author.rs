//! GraphQL type `Author` with its inputs, queries, mutations and costs.

use async_graphql::{Context, Enum, ID, InputObject, MaybeUndefined, Object};
use domain::{AuthorId, ListQuery, Loaded, Page, Paging};
use graphql_engine::{FieldCost, List};

use crate::{
    book::Book,
    connection::{Arguments, Connection},
    context::ContextExt,
    cost::{self, CHILD_ROWS, OFFSET, PAGE_ARGUMENTS, ROWS, SEARCH},
    error::ApiError,
    filter::AuthorFilter,
    guard::SignedIn,
    input::patch,
    list_field::{ListedObject, children, list, long_text},
    scalar::DateTime,
    user::User,
    viewer_can::ViewerCan,
};

/// Costs of lists of authors and of their books.
pub(crate) const COSTS: &[FieldCost] = &[
    FieldCost::of("Query", "authors").items_by(&["limit"], ROWS).arguments(&[
        ("filter", cost::filter(&["name"])),
        ("offset", OFFSET),
        ("search", SEARCH),
    ]),
    FieldCost::of("Author", "books")
        .items_by(&["limit"], CHILD_ROWS)
        .arguments(&[("offset", OFFSET)]),
    FieldCost::of("Author", "booksConnection").items_by(PAGE_ARGUMENTS, CHILD_ROWS),
];

/// An author of books.
pub(crate) struct Author {
    row: domain::Author,
    /// Whether the biography was loaded.
    has_long_texts: bool,
}

impl From<domain::Author> for Author {
    fn from(row: domain::Author) -> Self {
        Self { row, has_long_texts: true }
    }
}

impl From<Loaded<domain::Author>> for Author {
    fn from(Loaded { row, projection, .. }: Loaded<domain::Author>) -> Self {
        Self { row, has_long_texts: projection.long_texts }
    }
}

impl ListedObject for Author {
    type Row = domain::Author;
}

impl Author {
    /// An author that was loaded together with a book.
    pub(crate) fn nested_in_book(row: domain::Author, has_long_texts: bool) -> Self {
        Self { row, has_long_texts }
    }
}

/// An author of books.
#[Object]
impl Author {
    /// A UUID that sorts by time of creation.
    async fn id(&self) -> ID {
        ID(self.row.id.0.clone())
    }

    /// The name, 1 to 300 characters.
    async fn name(&self) -> &String {
        &self.row.name
    }

    /// A biography of up to 10,000 characters.
    async fn bio(&self) -> Option<Result<&String, ApiError>> {
        long_text(self.has_long_texts, self.row.bio.as_ref())
    }

    /// The year of birth; years BC are negative.
    async fn birth_year(&self) -> Option<i32> {
        self.row.birth_year
    }

    /// The year of death; years BC are negative.
    async fn death_year(&self) -> Option<i32> {
        self.row.death_year
    }

    /// A page of the author's books, in the order of creation.
    async fn books(
        &self,
        ctx: &Context<'_>,
        #[graphql(default = 10, desc = "Maximum number of items, 1 to 100.")] limit: i32,
        #[graphql(default = 0, desc = "Number of items to skip.")] offset: i32,
    ) -> Result<List<Book>, ApiError> {
        children(ctx, &self.row.id, Paging::Offset(Page::new(limit, offset)?)).await
    }

    /// The author's books, in the order of creation: a page by cursor.
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
        Connection::of_children(ctx, &self.row.id, Arguments { first, last, after, before })
    }

    /// The user who created the author.
    async fn owner(&self, ctx: &Context<'_>) -> Result<User, ApiError> {
        User::owner(ctx, &self.row.owner_id).await
    }

    /// The id of the user who created the author; permission rules use this id.
    async fn owner_id(&self) -> ID {
        ID(self.row.owner_id.0.clone())
    }

    /// The actions that the viewer may perform on the author.
    async fn viewer_can(&self, ctx: &Context<'_>) -> ViewerCan {
        ViewerCan::of(ctx, &self.row)
    }

    /// Time of creation.
    async fn created_at(&self) -> DateTime {
        DateTime(self.row.created_at)
    }

    /// Time of the last change.
    async fn updated_at(&self) -> DateTime {
        DateTime(self.row.updated_at)
    }
}

/// Input for a new author.
#[derive(InputObject)]
struct CreateAuthorInput {
    /// 1 to 300 characters after trimming.
    name: String,
    /// Up to 10,000 characters.
    bio: Option<String>,
    /// From -3000 to next year.
    birth_year: Option<i32>,
    /// From -3000 to next year, not before the birth.
    death_year: Option<i32>,
}

impl From<CreateAuthorInput> for domain::AuthorInput {
    fn from(input: CreateAuthorInput) -> Self {
        let CreateAuthorInput { name, bio, birth_year, death_year } = input;
        Self { name, bio, birth_year, death_year }
    }
}

/// Update of an author: an absent field keeps its value, `null` clears it.
#[derive(InputObject)]
struct UpdateAuthorInput {
    /// 1 to 300 characters after trimming; cannot be cleared.
    name: MaybeUndefined<String>,
    /// Up to 10,000 characters.
    bio: MaybeUndefined<String>,
    /// From -3000 to next year.
    birth_year: MaybeUndefined<i32>,
    /// From -3000 to next year, not before the birth.
    death_year: MaybeUndefined<i32>,
}

impl From<UpdateAuthorInput> for domain::AuthorPatch {
    fn from(input: UpdateAuthorInput) -> Self {
        let UpdateAuthorInput { name, bio, birth_year, death_year } = input;
        Self {
            name: patch(name),
            bio: patch(bio),
            birth_year: patch(birth_year),
            death_year: patch(death_year),
        }
    }
}

/// A sort key of authors; authors without the year are last in both directions.
#[derive(Clone, Copy, Enum, PartialEq, Eq)]
#[graphql(remote = "domain::AuthorOrder")]
pub(crate) enum AuthorOrder {
    /// By name from A to Z, ignoring case.
    NameAsc,
    /// By name from Z to A, ignoring case.
    NameDesc,
    /// By year of birth, earliest first.
    BirthYearAsc,
    /// By year of birth, latest first.
    BirthYearDesc,
    /// By time of creation, oldest first.
    CreatedAtAsc,
    /// By time of creation, newest first.
    CreatedAtDesc,
}

#[derive(Default)]
pub(crate) struct AuthorQuery;

#[Object]
impl AuthorQuery {
    /// The author with this id; null if there is none.
    async fn author(&self, ctx: &Context<'_>, id: ID) -> Option<Result<Author, ApiError>> {
        let author = ctx.services().authors.find(ctx.viewer_for_rows(), &AuthorId(id.0)).await;
        author.map_err(ApiError::from).transpose().map(|found| found.map(Author::from))
    }

    /// A page of the authors that match, sorted by `orderBy`, then by id.
    async fn authors(
        &self,
        ctx: &Context<'_>,
        #[graphql(default = 50, desc = "Maximum number of items, 1 to 100.")] limit: i32,
        #[graphql(default = 0, desc = "Number of items to skip.")] offset: i32,
        filter: Option<AuthorFilter>,
        order_by: Option<Vec<AuthorOrder>>,
        #[graphql(
            desc = "Words that must all occur in the name or biography, ignoring case and diacritics; the last word may be a prefix. Sorted by relevance, then by id, unless `orderBy` is given."
        )]
        search: Option<String>,
    ) -> Result<List<Author>, ApiError> {
        let page = Paging::Offset(Page::new(limit, offset)?);
        let filter = filter.unwrap_or_default().with_search(search.as_deref())?;
        let order = order_by.into_iter().flatten();
        list(ctx, &ListQuery::new(filter, order)?, &page).await
    }
}

/// Mutations of authors; nullable like those of books.
#[derive(Default)]
pub(crate) struct AuthorMutation;

#[Object(guard = "SignedIn")]
impl AuthorMutation {
    /// Creates an author, owned by the current user.
    async fn create_author(
        &self,
        ctx: &Context<'_>,
        input: CreateAuthorInput,
    ) -> Result<Option<Author>, ApiError> {
        Ok(Some(ctx.services().authors.create(ctx.current_user()?, input.into()).await?.into()))
    }

    /// Updates an author. The current user must own the author or be an administrator.
    async fn update_author(
        &self,
        ctx: &Context<'_>,
        id: ID,
        input: UpdateAuthorInput,
        #[graphql(
            desc = "The `updatedAt` that the client read. If it has changed meanwhile, nothing is updated: the error code is `CONFLICT`, and `extensions.current` contains the current author, with `__typename` and all scalar fields."
        )]
        if_updated_at: Option<DateTime>,
    ) -> Result<Option<Author>, ApiError> {
        let (user, id) = (ctx.current_user()?, AuthorId(id.0));
        let seen = if_updated_at.map(|DateTime(seen)| seen);
        Ok(Some(ctx.services().authors.update(user, &id, input.into(), seen).await?.into()))
    }

    /// Deletes an author and returns the deleted author. The author's books remain. The current
    /// user must own the author or be an administrator.
    async fn delete_author(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Author>, ApiError> {
        let (user, id) = (ctx.current_user()?, AuthorId(id.0));
        Ok(Some(ctx.services().authors.delete(user, &id).await?.into()))
    }
}
