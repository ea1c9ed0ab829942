//! GraphQL type `Book` with its inputs, queries and costs. `mutations` has its mutations.

mod mutations;

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, InputObject, MaybeUndefined, Object};
use domain::{AuthorId, BookId, ListQuery, Loaded, Page, Paging};
use graphql_engine::{FieldCost, List};

pub(crate) use self::mutations::BookMutation;
use crate::{
    author::Author,
    connection::{Arguments, Connection},
    context::ContextExt,
    cost::{self, NEW_ROWS, OFFSET, PAGE_ARGUMENTS, ROWS, SEARCH, SHORT_LIST},
    error::ApiError,
    filter::BookFilter,
    input::patch,
    list_field::{ListedObject, children, list, long_text},
    scalar::DateTime,
    user::User,
    viewer_can::ViewerCan,
};

/// Costs of lists of books and of their authors.
pub(crate) const COSTS: &[FieldCost] = &[
    FieldCost::of("Query", "books").items_by(&["limit"], ROWS).arguments(&[
        ("filter", cost::filter(&["title"])),
        ("offset", OFFSET),
        ("search", SEARCH),
    ]),
    FieldCost::of("Book", "authors").items(SHORT_LIST),
    // Most books have one author, so a page has fewer items than its default size.
    FieldCost::of("Book", "authorsConnection").items_by(PAGE_ARGUMENTS, SHORT_LIST),
    FieldCost::of("Mutation", "createBooks").items_by(&["inputs"], NEW_ROWS),
    FieldCost::of("Mutation", "importBooks").items(NEW_ROWS),
];

/// A row of a book and its authors.
pub(crate) struct Book {
    row: domain::Book,
    /// Whether the description was loaded.
    has_long_texts: bool,
    authors: BookAuthors,
}

/// The authors of a book.
enum BookAuthors {
    /// Not loaded: their resolvers load them.
    NotLoaded,
    /// Loaded with the book.
    Loaded(Arc<Vec<Author>>),
    /// The authors of a deleted book, captured before its deletion.
    Deleted(Arc<[domain::Author]>),
}

impl From<domain::Book> for Book {
    fn from(row: domain::Book) -> Self {
        Loaded::from(row).into()
    }
}

impl From<Loaded<domain::Book>> for Book {
    fn from(Loaded { row, projection, nested, .. }: Loaded<domain::Book>) -> Self {
        let authors = match (nested, projection.nested_long_texts) {
            (Some(authors), Some(long_texts)) => {
                let authors = authors.into_iter();
                let authors = authors.map(|row| Author::nested_in_book(row, long_texts));
                BookAuthors::Loaded(Arc::new(authors.collect()))
            }
            _ => BookAuthors::NotLoaded,
        };
        Self { row, has_long_texts: projection.long_texts, authors }
    }
}

impl ListedObject for Book {
    type Row = domain::Book;
}

impl Book {
    /// Creates a deleted book with its authors.
    pub(crate) fn deleted(book: domain::Book, authors: Arc<[domain::Author]>) -> Self {
        Self { authors: BookAuthors::Deleted(authors), ..Self::from(book) }
    }
}

/// A book in the library.
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

    /// A description of up to 10,000 characters.
    async fn description(&self) -> Option<Result<&String, ApiError>> {
        long_text(self.has_long_texts, self.row.description.as_ref())
    }

    /// The ISBN, 13 digits without hyphens.
    async fn isbn(&self) -> Option<&String> {
        self.row.isbn.as_ref()
    }

    /// The year of first publication; years BC are negative.
    async fn release_year(&self) -> Option<i32> {
        self.row.release_year
    }

    /// The authors in the order of the title page; at most 100.
    async fn authors(&self, ctx: &Context<'_>) -> Result<List<Author>, ApiError> {
        match &self.authors {
            BookAuthors::NotLoaded => children(ctx, &self.row.id, Paging::All).await,
            BookAuthors::Loaded(authors) => Ok(List::Items(Arc::clone(authors))),
            BookAuthors::Deleted(authors) => Ok(authors.to_vec().into()),
        }
    }

    /// The authors in the order of the title page: a page by cursor.
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
        let arguments = Arguments { first, last, after, before };
        match &self.authors {
            BookAuthors::Deleted(authors) => Connection::of_deleted(ctx, authors, arguments),
            BookAuthors::NotLoaded | BookAuthors::Loaded(_) => {
                Connection::of_children(ctx, &self.row.id, arguments)
            }
        }
    }

    /// The user who created the book.
    async fn owner(&self, ctx: &Context<'_>) -> Result<User, ApiError> {
        User::owner(ctx, &self.row.owner_id).await
    }

    /// The id of the user who created the book; permission rules use this id.
    async fn owner_id(&self) -> ID {
        ID(self.row.owner_id.0.clone())
    }

    /// The actions that the viewer may perform on the book.
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

/// Input for a new book.
#[derive(InputObject)]
struct CreateBookInput {
    /// 1 to 300 characters after trimming.
    title: String,
    /// Up to 10,000 characters.
    description: Option<String>,
    /// An ISBN-10 or ISBN-13, with or without hyphens; stored in 13 digits. No other book may
    /// have the same ISBN, in either form.
    isbn: Option<String>,
    /// From -3000 to next year.
    release_year: Option<i32>,
    /// The authors in the order of the title page; at most 100.
    author_ids: Vec<ID>,
}

impl From<CreateBookInput> for domain::BookInput {
    fn from(input: CreateBookInput) -> Self {
        let CreateBookInput { title, description, isbn, release_year, author_ids } = input;
        Self { title, description, isbn, release_year, author_ids: author_ids_of(author_ids) }
    }
}

/// Update of a book: an absent field keeps its value, `null` clears it.
#[derive(InputObject)]
struct UpdateBookInput {
    /// 1 to 300 characters after trimming; cannot be cleared.
    title: MaybeUndefined<String>,
    /// Up to 10,000 characters.
    description: MaybeUndefined<String>,
    /// An ISBN-10 or ISBN-13, with or without hyphens; stored in 13 digits. No other book may
    /// have the same ISBN, in either form.
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
            author_ids: patch(author_ids).map(author_ids_of),
        }
    }
}

fn author_ids_of(ids: Vec<ID>) -> Vec<AuthorId> {
    ids.into_iter().map(|ID(id)| AuthorId(id)).collect()
}

/// A sort key of books; books without the year are last in both directions.
#[derive(Clone, Copy, Enum, PartialEq, Eq)]
#[graphql(remote = "domain::BookOrder")]
pub(crate) enum BookOrder {
    /// By title from A to Z, ignoring case.
    TitleAsc,
    /// By title from Z to A, ignoring case.
    TitleDesc,
    /// By year of publication, oldest first.
    ReleaseYearAsc,
    /// By year of publication, newest first.
    ReleaseYearDesc,
    /// By time of creation, oldest first.
    CreatedAtAsc,
    /// By time of creation, newest first.
    CreatedAtDesc,
}

#[derive(Default)]
pub(crate) struct BookQuery;

#[Object]
impl BookQuery {
    /// The book with this id; null if there is none.
    async fn book(&self, ctx: &Context<'_>, id: ID) -> Option<Result<Book, ApiError>> {
        let book = ctx.services().books.find(ctx.viewer_for_rows(), &BookId(id.0)).await;
        book.map_err(ApiError::from).transpose().map(|found| found.map(Book::from))
    }

    /// A page of the books that match, sorted by `orderBy`, then by id.
    async fn books(
        &self,
        ctx: &Context<'_>,
        #[graphql(default = 50, desc = "Maximum number of items, 1 to 100.")] limit: i32,
        #[graphql(default = 0, desc = "Number of items to skip.")] offset: i32,
        filter: Option<BookFilter>,
        order_by: Option<Vec<BookOrder>>,
        #[graphql(
            desc = "Words that must all occur in the title or description, ignoring case and diacritics; the last word may be a prefix. Sorted by relevance, then by id, unless `orderBy` is given."
        )]
        search: Option<String>,
    ) -> Result<List<Book>, ApiError> {
        let page = Paging::Offset(Page::new(limit, offset)?);
        let filter = filter.unwrap_or_default().with_search(search.as_deref())?;
        let order = order_by.into_iter().flatten();
        list(ctx, &ListQuery::new(filter, order)?, &page).await
    }
}
