//! The authors of a book that is no more, as they were kept of it.

use std::sync::Arc;

use async_graphql::{Context, async_trait::async_trait};
use domain::{Author, Placed, Position, Side, Slice, Window, keyset::KeyValue};

use super::{Arguments, Connection, Source};
use crate::{author, context::ContextExt, error::ApiError};

/// In the order of the title page.
struct Kept(Arc<[Author]>);

impl Kept {
    /// Placed as those of a book are that is still there.
    fn placed(&self, wanted: impl Fn(i32) -> bool) -> Vec<Placed<Author>> {
        let numbered = self.0.iter().zip(0..).filter(|(_, number)| wanted(*number));
        let placed = numbered.map(|(author, number)| Placed {
            row: author.clone(),
            position: Position(vec![KeyValue::Number(number), KeyValue::Text(author.id.0.clone())]),
        });
        placed.collect()
    }
}

fn number(Position(values): &Position) -> i32 {
    match values.first() {
        Some(KeyValue::Number(number)) => *number,
        _ => 0,
    }
}

#[async_trait]
impl Source<Author> for Kept {
    async fn slice(&self, _: &Context<'_>, window: &Window) -> Result<Slice<Author>, ApiError> {
        let (after, before) = (window.after().map(number), window.before().map(number));
        let mut rows = self.placed(|number| {
            after.is_none_or(|after| number > after) && before.is_none_or(|before| number < before)
        });
        if window.is_backward() {
            rows.reverse();
        }
        Ok(Slice::of(window, rows))
    }

    async fn has(&self, _: &Context<'_>, side: Side) -> Result<bool, ApiError> {
        let lies = |row: i32| match &side {
            Side::UpTo(place) => row <= number(place),
            Side::From(place) => row >= number(place),
        };
        Ok(!self.placed(lies).is_empty())
    }

    async fn count(&self, _: &Context<'_>) -> Result<u64, ApiError> {
        Ok(self.0.len() as u64)
    }
}

impl Connection<author::Author> {
    /// A page of the authors of a book that is no more. Fails with every argument that
    /// breaks a rule.
    pub(crate) fn kept(
        ctx: &Context<'_>,
        authors: &Arc<[Author]>,
        arguments: Arguments,
    ) -> Result<Self, ApiError> {
        let keyset = ctx.services().authors.by_book().keyset().clone();
        Self::new(Kept(Arc::clone(authors)), &keyset, arguments.of_children())
    }
}
