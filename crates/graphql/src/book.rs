//! Books: the object, its inputs, its queries and its mutations.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, InputObject, MaybeUndefined, Object};
use domain::{AuthorId, BookId, ListQuery, Loaded, Page, Paging, Patch};
use graphql_engine::{FieldCost, List};

use crate::{
    author::Author,
    connection::{Arguments, Connection},
    context::ContextExt,
    cost::{self, NEW_ROWS, OFFSET, PAGE_ARGUMENTS, ROWS, SEARCH, SHORT_LIST},
    error::ApiError,
    filter::BookFilter,
    guard::SignedIn,
    input::patch,
    list_field::{ListedObject, children, list, long_text},
    scalar::{DateTime, Upload},
    user::User,
    viewer_can::ViewerCan,
};

/// What lists of books, and of a book's authors, cost.
pub(crate) const COSTS: &[FieldCost] = &[
    FieldCost::of("Query", "books").items_by(&["limit"], ROWS).arguments(&[
        ("filter", cost::filter(&["title"])),
        ("offset", OFFSET),
        ("search", SEARCH),
    ]),
    FieldCost::of("Book", "authors").items(SHORT_LIST),
    FieldCost::of("Book", "authorsConnection").items_by(PAGE_ARGUMENTS, SHORT_LIST),
    FieldCost::of("Mutation", "createBooks").items_by(&["inputs"], NEW_ROWS),
    FieldCost::of("Mutation", "importBooks").items(NEW_ROWS),
];

/// A book and the user who added it; its authors, if they were loaded with it.
pub(crate) struct Book {
    row: domain::Book,
    /// Whether the description was loaded.
    long_texts: bool,
    authors: Option<Arc<Vec<Author>>>,
    /// The authors of a deleted book, captured before its deletion; `None` while the book
    /// exists.
    deleted_authors: Option<Arc<[domain::Author]>>,
}

impl From<domain::Book> for Book {
    fn from(row: domain::Book) -> Self {
        Loaded::from(row).into()
    }
}

impl From<Loaded<domain::Book>> for Book {
    fn from(Loaded { row, projection, nested }: Loaded<domain::Book>) -> Self {
        let authors = nested.zip(projection.nested).map(|(authors, projection)| {
            Arc::new(authors.into_iter().map(|row| Author::of_book(row, projection)).collect())
        });
        Self { row, long_texts: projection.long_texts, authors, deleted_authors: None }
    }
}

impl ListedObject for Book {
    type Row = domain::Book;
}

impl Book {
    /// A deleted book and its authors.
    pub(crate) fn deleted(book: domain::Book, authors: Arc<[domain::Author]>) -> Self {
        let loaded = authors.iter().cloned().map(Author::from).collect();
        Self { authors: Some(Arc::new(loaded)), deleted_authors: Some(authors), ..Self::from(book) }
    }
}

/// A book and whose it is.
#[Object]
impl Book {
    /// A UUID that sorts by time of creation.
    async fn id(&self) -> ID {
        ID(self.row.id.0.clone())
    }

    /// The title, 1 to 300 characters.
    async fn title(&self) -> &String {
        &self.row.title
    }

    /// What it is about, up to 10,000 characters.
    async fn description(&self) -> Option<Result<&String, ApiError>> {
        long_text(self.long_texts, self.row.description.as_ref())
    }

    /// The ISBN, 13 digits without hyphens.
    async fn isbn(&self) -> Option<&String> {
        self.row.isbn.as_ref()
    }

    /// The year of first publication; before Christ is negative.
    async fn release_year(&self) -> Option<i32> {
        self.row.release_year
    }

    /// Who wrote it, in the order of the title page; at most 100.
    async fn authors(&self, ctx: &Context<'_>) -> Result<List<Author>, ApiError> {
        match &self.authors {
            Some(authors) => Ok(List::Items(Arc::clone(authors))),
            None => children(ctx, &self.row.id, Paging::All).await,
        }
    }

    /// Who wrote it, in the order of the title page: a page of them, found by cursors.
    async fn authors_connection(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The first so many, 1 to 100; 10 without `first` and `last`.")]
        first: Option<i32>,
        #[graphql(desc = "The last so many, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what follows the row of this cursor.")] after: Option<String>,
        #[graphql(desc = "Only what precedes the row of this cursor.")] before: Option<String>,
    ) -> Result<Connection<Author>, ApiError> {
        let arguments = Arguments { first, last, after, before };
        match &self.deleted_authors {
            Some(authors) => Connection::of_deleted(ctx, authors, arguments),
            None => Connection::of_children(ctx, &self.row.id, arguments),
        }
    }

    /// Who added it.
    async fn owner(&self, ctx: &Context<'_>) -> Result<User, ApiError> {
        User::of(ctx, &self.row.owner_id).await
    }

    /// The id of who added it, which is what rules name.
    async fn owner_id(&self) -> ID {
        ID(self.row.owner_id.0.clone())
    }

    /// What whoever asks may do to it.
    async fn viewer_can(&self, ctx: &Context<'_>) -> ViewerCan {
        ViewerCan::of(ctx, &self.row)
    }

    /// When it was added.
    async fn created_at(&self) -> DateTime {
        DateTime(self.row.created_at)
    }

    /// When it last changed.
    async fn updated_at(&self) -> DateTime {
        DateTime(self.row.updated_at)
    }
}

/// A new book.
#[derive(InputObject)]
struct CreateBookInput {
    /// 1 to 300 characters after trimming.
    title: String,
    /// Up to 10,000 characters.
    description: Option<String>,
    /// An ISBN-10 or ISBN-13, with or without hyphens, stored in 13 digits; no other book may
    /// have it, in 10 or in 13.
    isbn: Option<String>,
    /// From -3000 to next year.
    release_year: Option<i32>,
    /// Who wrote it, in the order of the title page; at most 100.
    author_ids: Vec<ID>,
}

impl From<CreateBookInput> for domain::BookInput {
    fn from(input: CreateBookInput) -> Self {
        let CreateBookInput { title, description, isbn, release_year, author_ids } = input;
        Self { title, description, isbn, release_year, author_ids: author_ids_of(author_ids) }
    }
}

/// A change of a book: an absent field stays, `null` clears it.
#[derive(InputObject)]
struct UpdateBookInput {
    /// 1 to 300 characters after trimming; cannot be cleared.
    title: MaybeUndefined<String>,
    /// Up to 10,000 characters.
    description: MaybeUndefined<String>,
    /// An ISBN-10 or ISBN-13, with or without hyphens, stored in 13 digits; no other book may
    /// have it, in 10 or in 13.
    isbn: MaybeUndefined<String>,
    /// From -3000 to next year.
    release_year: MaybeUndefined<i32>,
    /// Replaces the whole list.
    author_ids: MaybeUndefined<Vec<ID>>,
}

impl From<UpdateBookInput> for domain::BookPatch {
    fn from(input: UpdateBookInput) -> Self {
        let UpdateBookInput { title, description, isbn, release_year, author_ids } = input;
        Self {
            title: patch(title),
            description: patch(description),
            isbn: patch(isbn),
            release_year: patch(release_year),
            author_ids: match patch(author_ids) {
                Patch::Keep => Patch::Keep,
                Patch::Clear => Patch::Clear,
                Patch::Set(ids) => Patch::Set(author_ids_of(ids)),
            },
        }
    }
}

fn author_ids_of(ids: Vec<ID>) -> Vec<AuthorId> {
    ids.into_iter().map(|ID(id)| AuthorId(id)).collect()
}

/// One key to sort books by; a book without the year comes last either way.
#[derive(Clone, Copy, Enum, PartialEq, Eq)]
#[graphql(remote = "domain::BookOrder")]
pub(crate) enum BookOrder {
    /// By title, whatever its case, A to Z.
    TitleAsc,
    /// By title, whatever its case, Z to A.
    TitleDesc,
    /// The oldest first.
    ReleaseYearAsc,
    /// The newest first.
    ReleaseYearDesc,
    /// In the order in which they were added.
    CreatedAtAsc,
    /// The last added first.
    CreatedAtDesc,
}

#[derive(Default)]
pub(crate) struct BookQuery;

#[Object]
impl BookQuery {
    /// The book of this id; null when there is none.
    async fn book(&self, ctx: &Context<'_>, id: ID) -> Option<Result<Book, ApiError>> {
        let book = ctx.services().books.find(ctx.reader(), &BookId(id.0)).await;
        book.map_err(ApiError::from).transpose().map(|found| found.map(Book::from))
    }

    /// The books that match, sorted by `orderBy`, then by id: a page of them.
    async fn books(
        &self,
        ctx: &Context<'_>,
        #[graphql(default = 50, desc = "How many at most, 1 to 100.")] limit: i32,
        #[graphql(default = 0, desc = "How many to skip.")] offset: i32,
        filter: Option<BookFilter>,
        order_by: Option<Vec<BookOrder>>,
        #[graphql(
            desc = "Words that the title or description must have, all of them, whatever their case and diacritics; the last one may be a beginning. Sorted by relevance, then by id, unless `orderBy` says otherwise."
        )]
        search: Option<String>,
    ) -> Result<List<Book>, ApiError> {
        let page = Page::new(limit, offset)?;
        let filter = filter.unwrap_or_default().with_search(search.as_deref())?;
        let order = order_by.into_iter().flatten();
        list(ctx, ListQuery::new(filter, order, Paging::Offset(page))?).await
    }
}

#[derive(Default)]
pub(crate) struct BookMutation;

#[Object(guard = "SignedIn")]
impl BookMutation {
    /// Adds a book, owned by the current user.
    async fn create_book(
        &self,
        ctx: &Context<'_>,
        input: CreateBookInput,
    ) -> Result<Option<Book>, ApiError> {
        Ok(Some(ctx.services().books.create(ctx.current_user()?, input.into()).await?.into()))
    }

    /// Adds 1 to 100 books, owned by the current user: all, or none when one of them
    /// cannot be added. Returns them in the order of `inputs`. `extensions.fields`
    /// then names every wrong field of every input, e.g. `inputs.3.title`.
    async fn create_books(
        &self,
        ctx: &Context<'_>,
        inputs: Vec<CreateBookInput>,
    ) -> Result<Option<List<Book>>, ApiError> {
        let (user, inputs) = (ctx.current_user()?, inputs.into_iter().map(Into::into));
        Ok(Some(ctx.services().books.create_all(user, inputs.collect()).await?.into()))
    }

    /// Adds the books of a file in CSV, up to 100, all or none, and returns them in its
    /// order. Its first row names the columns: title, description, isbn, releaseYear,
    /// authorIds (separated by `;`). Cells are separated by commas, semicolons or tabs.
    /// `extensions.fields` names all that is wrong by the line of the file and the column,
    /// e.g. `rows.3.title`.
    async fn import_books(
        &self,
        ctx: &Context<'_>,
        file: Upload,
    ) -> Result<Option<List<Book>>, ApiError> {
        Ok(Some(ctx.services().books.import(ctx.current_user()?, file.0).await?.into()))
    }

    /// Changes a book that the current user owns.
    async fn update_book(
        &self,
        ctx: &Context<'_>,
        id: ID,
        input: UpdateBookInput,
        #[graphql(
            desc = "The `updatedAt` that the editor saw. When it is another one meanwhile, nothing is changed: the code is `CONFLICT`, and `extensions.current` the book as it is now, with `__typename` and the fields that are no objects."
        )]
        if_updated_at: Option<DateTime>,
    ) -> Result<Option<Book>, ApiError> {
        let (user, id) = (ctx.current_user()?, BookId(id.0));
        let seen = if_updated_at.map(|DateTime(seen)| seen);
        Ok(Some(ctx.services().books.update(user, &id, input.into(), seen).await?.into()))
    }

    /// Removes a book that the current user owns, and returns it as it was.
    async fn delete_book(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Book>, ApiError> {
        let (user, id) = (ctx.current_user()?, BookId(id.0));
        let (book, authors) = ctx.services().books.delete(user, &id).await?;
        Ok(Some(Book::deleted(book, authors.into())))
    }
}
