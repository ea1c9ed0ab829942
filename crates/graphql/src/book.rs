//! Books: the object, its inputs, its queries and its mutations.

use std::{mem, sync::Arc};

use async_graphql::{
    Context, Enum, ID, InputObject, MaybeUndefined, Object, parser::types::SelectionSet,
};
use domain::{
    Asked, AuthorId, BookField, BookId, BookPart, BookWish, Page, Patch, ability::Judged,
};

use graphql_engine::{FieldCost, List, fields};
use services::{BookShown, Shape};

use crate::{
    author::Author,
    connection::{Arguments, Connection},
    context::ContextExt,
    cost::{self, NEW_ROWS, OFFSET, PAGE_ARGUMENTS, ROWS, SEARCH, SHORT_LIST},
    error::{ApiError, loaded, nullable},
    filter::BookFilter,
    guard::SignedIn,
    input::patch,
    json_selection::shape,
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

/// A book and whose it is; its authors, if they were loaded with it.
pub(crate) struct Book {
    part: BookPart,
    authors: Option<Arc<Vec<Author>>>,
    /// Who wrote it, if it is no more.
    gone: Option<Arc<[domain::Author]>>,
}

impl From<BookPart> for Book {
    fn from(mut part: BookPart) -> Self {
        let authors = match mem::take(&mut part.authors) {
            Asked::Loaded(authors) => Some(authors.into_iter().map(Author::from).collect()),
            Asked::NotLoaded => None,
        };
        Self { part, authors: authors.map(Arc::new), gone: None }
    }
}

impl From<domain::Book> for Book {
    fn from(book: domain::Book) -> Self {
        BookPart::from(book).into()
    }
}

impl Book {
    /// A book that is no more, and who wrote it.
    pub(crate) fn gone(book: domain::Book, authors: Arc<[domain::Author]>) -> Self {
        let loaded = authors.iter().cloned().map(Author::from).collect();
        Self { part: book.into(), authors: Some(Arc::new(loaded)), gone: Some(authors) }
    }

    /// What the selected fields read. One that is not known here reads everything.
    pub(crate) fn wish(selected: &SelectionSet) -> BookWish {
        let mut wish = BookWish::default();
        for field in fields(selected) {
            match field.node.name.node.as_str() {
                "__typename" | "id" | "authorsConnection" => {}
                "owner" => wish.want(&[BookField::OwnerId]),
                "viewerCan" => wish.want(BookField::JUDGED),
                "authors" => {
                    let authors = wish.authors.get_or_insert_default();
                    Author::add_wish(&field.node.selection_set.node, authors);
                }
                name => wish.want(BookField::read_by(name)),
            }
        }
        wish
    }

    /// What a list shows of its books, if their rows have it all.
    pub(crate) fn shape(selected: &SelectionSet) -> Option<Shape<BookShown>> {
        shape(selected, |field| match field.name.node.as_str() {
            "__typename" => Some(BookShown::Text("Book")),
            "id" => Some(BookShown::Id),
            "authors" => Author::shape(&field.selection_set.node).map(BookShown::Authors),
            name => {
                let mut fields = BookField::ALL.iter().copied();
                fields.find(|field| field.name() == name).map(BookShown::Field)
            }
        })
    }
}

/// A book and whose it is.
#[Object]
impl Book {
    /// A UUID that sorts by time of creation.
    async fn id(&self) -> ID {
        ID(self.part.id.0.clone())
    }

    /// The title, 1 to 300 characters.
    async fn title(&self) -> Result<&String, ApiError> {
        loaded(&self.part.title)
    }

    /// What it is about, up to 10,000 characters.
    async fn description(&self) -> Option<Result<&String, ApiError>> {
        nullable(&self.part.description)
    }

    /// The ISBN, 13 digits without hyphens.
    async fn isbn(&self) -> Option<Result<&String, ApiError>> {
        nullable(&self.part.isbn)
    }

    /// The year of first publication; before Christ is negative.
    async fn release_year(&self) -> Option<Result<&i32, ApiError>> {
        nullable(&self.part.release_year)
    }

    /// Who wrote it, in the order of the title page; at most 100.
    async fn authors(&self, ctx: &Context<'_>) -> Result<List<Author>, ApiError> {
        match &self.authors {
            Some(authors) => Ok(List::Items(Arc::clone(authors))),
            None => Ok(ctx.loaders().authors_of(&self.part.id).await?.into()),
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
        match &self.gone {
            Some(authors) => Connection::kept(ctx, authors, arguments),
            None => Connection::of(ctx, &self.part.id, arguments),
        }
    }

    /// Who added it.
    async fn owner(&self, ctx: &Context<'_>) -> Result<User, ApiError> {
        User::of(ctx, loaded(&self.part.owner_id)?).await
    }

    /// The id of who added it, which is what rules name.
    async fn owner_id(&self) -> Result<ID, ApiError> {
        Ok(ID(loaded(&self.part.owner_id)?.0.clone()))
    }

    /// What whoever asks may do to it.
    async fn viewer_can(&self, ctx: &Context<'_>) -> Result<ViewerCan, ApiError> {
        Ok(ViewerCan::of(ctx, &Judged::try_from(&self.part)?))
    }

    /// When it was added.
    async fn created_at(&self) -> Result<DateTime, ApiError> {
        loaded(&self.part.created_at).copied().map(DateTime)
    }

    /// When it last changed.
    async fn updated_at(&self) -> Result<DateTime, ApiError> {
        loaded(&self.part.updated_at).copied().map(DateTime)
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
        let book = ctx.services().books.find(&BookId(id.0)).await;
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
        let filter = filter.unwrap_or_default().searched(search.as_deref())?;
        let order: Vec<_> = order_by.into_iter().flatten().map(Into::into).collect();
        let (books, selected) = (&ctx.services().books, &ctx.item.node.selection_set.node);
        if let Some(shape) = Book::shape(selected) {
            let list = books.list_json(filter, &order, page, &shape).await?;
            return Ok(List::RawJson(list.into()));
        }
        Ok(books.list(filter, &order, page, &Book::wish(selected)).await?.into())
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
        Ok(Some(Book::gone(book, authors.into())))
    }
}
