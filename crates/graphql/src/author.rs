//! Authors: the object, its inputs, its queries and its mutations.

use async_graphql::{Context, Enum, ID, InputObject, MaybeUndefined, Object};
use domain::{AuthorId, ListQuery, Loaded, NestedProjection, Page, Paging};
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

/// What lists of authors, and of an author's books, cost.
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

/// Somebody who writes books.
pub(crate) struct Author {
    row: domain::Author,
    /// Whether the biography was loaded.
    long_texts: bool,
}

impl From<domain::Author> for Author {
    fn from(row: domain::Author) -> Self {
        Self { row, long_texts: true }
    }
}

impl From<Loaded<domain::Author>> for Author {
    fn from(Loaded { row, projection, nested: _ }: Loaded<domain::Author>) -> Self {
        Self { row, long_texts: projection.long_texts }
    }
}

impl ListedObject for Author {
    type Row = domain::Author;
}

impl Author {
    /// An author who was loaded together with a book.
    pub(crate) fn of_book(
        row: domain::Author,
        NestedProjection { long_texts }: NestedProjection,
    ) -> Self {
        Self { row, long_texts }
    }
}

/// Somebody who writes books.
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
        long_text(self.long_texts, self.row.bio.as_ref())
    }

    /// The year of birth; before Christ is negative.
    async fn birth_year(&self) -> Option<i32> {
        self.row.birth_year
    }

    /// The year of death; before Christ is negative.
    async fn death_year(&self) -> Option<i32> {
        self.row.death_year
    }

    /// A page of the author's books, in the order in which they were added.
    async fn books(
        &self,
        ctx: &Context<'_>,
        #[graphql(default = 10, desc = "How many at most, 1 to 100.")] limit: i32,
        #[graphql(default = 0, desc = "How many to skip.")] offset: i32,
    ) -> Result<List<Book>, ApiError> {
        children(ctx, &self.row.id, Paging::Offset(Page::new(limit, offset)?)).await
    }

    /// The author's books, in the order in which they were added: a page of them,
    /// found by cursors.
    async fn books_connection(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The first so many, 1 to 100; 10 without `first` and `last`.")]
        first: Option<i32>,
        #[graphql(desc = "The last so many, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what follows the row of this cursor.")] after: Option<String>,
        #[graphql(desc = "Only what precedes the row of this cursor.")] before: Option<String>,
    ) -> Result<Connection<Book>, ApiError> {
        Connection::of_children(ctx, &self.row.id, Arguments { first, last, after, before })
    }

    /// Who added the author.
    async fn owner(&self, ctx: &Context<'_>) -> Result<User, ApiError> {
        User::of(ctx, &self.row.owner_id).await
    }

    /// The id of who added the author, which is what rules name.
    async fn owner_id(&self) -> ID {
        ID(self.row.owner_id.0.clone())
    }

    /// What whoever asks may do to them.
    async fn viewer_can(&self, ctx: &Context<'_>) -> ViewerCan {
        ViewerCan::of(ctx, &self.row)
    }

    /// When the author was added.
    async fn created_at(&self) -> DateTime {
        DateTime(self.row.created_at)
    }

    /// When the author last changed.
    async fn updated_at(&self) -> DateTime {
        DateTime(self.row.updated_at)
    }
}

/// A new author.
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

/// A change of an author: an absent field stays, `null` clears it.
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

/// One key to sort authors by; an author without the year comes last either way.
#[derive(Clone, Copy, Enum, PartialEq, Eq)]
#[graphql(remote = "domain::AuthorOrder")]
pub(crate) enum AuthorOrder {
    /// By name, whatever its case, A to Z.
    NameAsc,
    /// By name, whatever its case, Z to A.
    NameDesc,
    /// The first born first.
    BirthYearAsc,
    /// The last born first.
    BirthYearDesc,
    /// In the order in which they were added.
    CreatedAtAsc,
    /// The last added first.
    CreatedAtDesc,
}

#[derive(Default)]
pub(crate) struct AuthorQuery;

#[Object]
impl AuthorQuery {
    /// The author of this id; null when there is none.
    async fn author(&self, ctx: &Context<'_>, id: ID) -> Option<Result<Author, ApiError>> {
        let author = ctx.services().authors.find(ctx.reader(), &AuthorId(id.0)).await;
        author.map_err(ApiError::from).transpose().map(|found| found.map(Author::from))
    }

    /// The authors that match, sorted by `orderBy`, then by id: a page of them.
    async fn authors(
        &self,
        ctx: &Context<'_>,
        #[graphql(default = 50, desc = "How many at most, 1 to 100.")] limit: i32,
        #[graphql(default = 0, desc = "How many to skip.")] offset: i32,
        filter: Option<AuthorFilter>,
        order_by: Option<Vec<AuthorOrder>>,
        #[graphql(
            desc = "Words that the name or biography must have, all of them, whatever their case and diacritics; the last one may be a beginning. Sorted by relevance, then by id, unless `orderBy` says otherwise."
        )]
        search: Option<String>,
    ) -> Result<List<Author>, ApiError> {
        let page = Page::new(limit, offset)?;
        let filter = filter.unwrap_or_default().with_search(search.as_deref())?;
        let order = order_by.into_iter().flatten();
        list(ctx, ListQuery::new(filter, order, Paging::Offset(page))?).await
    }
}

#[derive(Default)]
pub(crate) struct AuthorMutation;

#[Object(guard = "SignedIn")]
impl AuthorMutation {
    /// Adds an author, owned by the current user.
    async fn create_author(
        &self,
        ctx: &Context<'_>,
        input: CreateAuthorInput,
    ) -> Result<Option<Author>, ApiError> {
        Ok(Some(ctx.services().authors.create(ctx.current_user()?, input.into()).await?.into()))
    }

    /// Changes an author that the current user owns.
    async fn update_author(
        &self,
        ctx: &Context<'_>,
        id: ID,
        input: UpdateAuthorInput,
        #[graphql(
            desc = "The `updatedAt` that the editor saw. When it is another one meanwhile, nothing is changed: the code is `CONFLICT`, and `extensions.current` the author as they are now, with `__typename` and the fields that are no objects."
        )]
        if_updated_at: Option<DateTime>,
    ) -> Result<Option<Author>, ApiError> {
        let (user, id) = (ctx.current_user()?, AuthorId(id.0));
        let seen = if_updated_at.map(|DateTime(seen)| seen);
        Ok(Some(ctx.services().authors.update(user, &id, input.into(), seen).await?.into()))
    }

    /// Removes an author that the current user owns, and returns them as they
    /// were, but for their books, which stay.
    async fn delete_author(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Author>, ApiError> {
        let (user, id) = (ctx.current_user()?, AuthorId(id.0));
        Ok(Some(ctx.services().authors.delete(user, &id).await?.into()))
    }
}
