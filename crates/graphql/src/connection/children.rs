//! The lists of children, read for all parents of a level in one statement.

use std::sync::Arc;

use async_graphql::{Context, async_trait::async_trait};
use domain::{Author, AuthorId, Book, BookId, Side, Slice, UserId, Window};
use services::{Children, Reader, Services};

use super::{Arguments, Connection, Node, Source};
use crate::{batch::Batch, context::ContextExt, error::ApiError, loader::by_question};

/// What is asked of the lists of children `T` of parents `P`.
struct Family<P, T> {
    slices: Batch<(P, Window), Slice<T>>,
    sides: Batch<(P, Side), bool>,
    counts: Batch<P, u64>,
}

impl<P, T> Default for Family<P, T> {
    fn default() -> Self {
        Self { slices: Batch::default(), sides: Batch::default(), counts: Batch::default() }
    }
}

/// What is asked of every parent's lists, in one request.
#[derive(Default)]
pub(crate) struct Families {
    author_books: Family<AuthorId, Book>,
    book_authors: Family<BookId, Author>,
    user_books: Family<UserId, Book>,
    user_authors: Family<UserId, Author>,
}

/// A row that is a child of a `P`.
trait ChildOf<P>: Sized {
    fn family(families: &Families) -> &Family<P, Self>;
    fn children(services: &Services) -> Children<'_, Reader, P, Self>;
}

macro_rules! child_of {
    ($child:ident, $parent:ident, $family:ident, $service:ident, $children:ident) => {
        impl ChildOf<$parent> for $child {
            fn family(families: &Families) -> &Family<$parent, Self> {
                &families.$family
            }

            fn children(services: &Services) -> Children<'_, Reader, $parent, Self> {
                services.$service.$children()
            }
        }
    };
}

child_of!(Book, AuthorId, author_books, books, by_author);
child_of!(Author, BookId, book_authors, authors, by_book);
child_of!(Book, UserId, user_books, books, by_owner);
child_of!(Author, UserId, user_authors, authors, by_owner);

/// The list of this parent's children.
struct Of<P>(P);

#[async_trait]
impl<P, T> Source<T> for Of<P>
where
    P: AsRef<str> + From<String> + Clone + Eq + std::hash::Hash + Send + Sync + 'static,
    T: ChildOf<P> + Clone + Send + Sync + 'static,
{
    async fn slice(&self, ctx: &Context<'_>, window: &Window) -> Result<Slice<T>, ApiError> {
        let services = Arc::clone(ctx.services());
        let load = |keys| {
            by_question(keys, async move |parents: Vec<P>, window| {
                T::children(&services).slices(&parents, &window).await
            })
        };
        let slices = &T::family(ctx.loaders().families()).slices;
        Ok(slices.load((self.0.clone(), window.clone()), load).await?.unwrap_or_default())
    }

    async fn has(&self, ctx: &Context<'_>, side: Side) -> Result<bool, ApiError> {
        let services = Arc::clone(ctx.services());
        let load = |keys| {
            by_question(keys, async move |parents: Vec<P>, side| {
                T::children(&services).have(&parents, &side).await
            })
        };
        let sides = &T::family(ctx.loaders().families()).sides;
        Ok(sides.load((self.0.clone(), side), load).await?.unwrap_or_default())
    }

    async fn count(&self, ctx: &Context<'_>) -> Result<u64, ApiError> {
        let services = Arc::clone(ctx.services());
        let load = async move |parents: Vec<P>| T::children(&services).counts(&parents).await;
        let counts = &T::family(ctx.loaders().families()).counts;
        Ok(counts.load(self.0.clone(), load).await?.unwrap_or_default())
    }
}

impl<N: Node> Connection<N> {
    /// A page of the children of `parent`. Fails with every argument that breaks a rule.
    #[expect(private_bounds, reason = "the relations are those of this file")]
    pub(crate) fn of<P>(
        ctx: &Context<'_>,
        parent: &P,
        arguments: Arguments,
    ) -> Result<Self, ApiError>
    where
        P: AsRef<str> + From<String> + Clone + Eq + std::hash::Hash + Send + Sync + 'static,
        N::Row: ChildOf<P>,
    {
        let keyset = N::Row::children(ctx.services()).keyset().clone();
        Self::new(Of(parent.clone()), &keyset, arguments.of_children())
    }
}
