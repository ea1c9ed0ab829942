//! Mutations of books.

use async_graphql::{Context, ID, Object};
use domain::BookId;
use graphql_engine::List;

use super::{Book, CreateBookInput, UpdateBookInput};
use crate::{
    context::ContextExt,
    error::ApiError,
    guard::SignedIn,
    scalar::{DateTime, Upload},
};

/// Mutations of books. Their fields are nullable, so that a failed mutation does not make the
/// results of the other mutations of a request null.
#[derive(Default)]
pub(crate) struct BookMutation;

#[Object(guard = "SignedIn")]
impl BookMutation {
    /// Creates a book, owned by the current user.
    async fn create_book(
        &self,
        ctx: &Context<'_>,
        input: CreateBookInput,
    ) -> Result<Option<Book>, ApiError> {
        Ok(Some(ctx.services().books.create(ctx.current_user()?, input.into()).await?.into()))
    }

    /// Creates 1 to 100 books, owned by the current user. If one of them is invalid, none is
    /// created. Returns the books in the order of `inputs`. On an error, `extensions.fields`
    /// names every invalid field of every input, e.g. `inputs.3.title`.
    async fn create_books(
        &self,
        ctx: &Context<'_>,
        inputs: Vec<CreateBookInput>,
    ) -> Result<Option<List<Book>>, ApiError> {
        let (user, inputs) = (ctx.current_user()?, inputs.into_iter().map(Into::into));
        Ok(Some(ctx.services().books.create_all(user, inputs.collect()).await?.into()))
    }

    /// Creates the books of a CSV file, up to 100: all or none. Returns them in the order of the
    /// file. The first row names the columns: title, description, isbn, releaseYear, authorIds
    /// (separated by `;`). Cells are separated by commas, semicolons or tabs. On an error,
    /// `extensions.fields` names every invalid cell by line and column, e.g. `rows.3.title`.
    async fn import_books(
        &self,
        ctx: &Context<'_>,
        file: Upload,
    ) -> Result<Option<List<Book>>, ApiError> {
        Ok(Some(ctx.services().books.import(ctx.current_user()?, file.0).await?.into()))
    }

    /// Updates a book. The current user must own the book or be an administrator.
    async fn update_book(
        &self,
        ctx: &Context<'_>,
        id: ID,
        input: UpdateBookInput,
        #[graphql(
            desc = "The `updatedAt` that the client read. If it has changed meanwhile, nothing is updated: the error code is `CONFLICT`, and `extensions.current` contains the current book, with `__typename` and all scalar fields."
        )]
        if_updated_at: Option<DateTime>,
    ) -> Result<Option<Book>, ApiError> {
        let (user, id) = (ctx.current_user()?, BookId(id.0));
        let seen = if_updated_at.map(|DateTime(seen)| seen);
        Ok(Some(ctx.services().books.update(user, &id, input.into(), seen).await?.into()))
    }

    /// Deletes a book and returns the deleted book. The current user must own the book or be an
    /// administrator.
    async fn delete_book(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Book>, ApiError> {
        let (user, id) = (ctx.current_user()?, BookId(id.0));
        let (book, authors) = ctx.services().books.delete(user, &id).await?;
        Ok(Some(Book::deleted(book, authors.into())))
    }
}
