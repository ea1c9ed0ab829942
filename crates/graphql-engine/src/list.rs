//! Lists, whose items are written as JSON while they are resolved.
//!
//! async-graphql's own lists resolve each object to a tree of values, which is written
//! afterwards: for each item a map, for each field a boxed future and a key. They also cut
//! the path of an error below an item off at the item. Here the selection is looked
//! at once, each field's resolver is called for each item, and what it answers at
//! once, as most do, is written at once. Some lists the database writes
//! ([`List::RawJson`]).

use std::{
    borrow::Cow,
    future::{Future, poll_fn},
    mem,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use async_graphql::{
    ContainerType, ContextSelectionSet, OutputType, Positioned, ServerResult, Value,
    parser::types::Field, registry::Registry,
};
use bytes::Bytes;

use crate::{
    execution_state::ExecutionState,
    internals::{resolve, selection_set},
    json,
    normalize::fields,
    response_budget::{ResponseBudget, size},
};

/// A list of the schema, of objects.
pub enum List<T> {
    /// Items, which others may have, too.
    Items(Arc<Vec<T>>),
    /// The answer: a JSON array of what is selected of each item.
    RawJson(Bytes),
}

impl<T, S: Into<T>> From<Vec<S>> for List<T> {
    fn from(items: Vec<S>) -> Self {
        Self::Items(Arc::new(items.into_iter().map(Into::into).collect()))
    }
}

impl<T: ContainerType> OutputType for List<T> {
    fn type_name() -> Cow<'static, str> {
        Vec::<T>::type_name()
    }

    fn qualified_type_name() -> String {
        Vec::<T>::qualified_type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        Vec::<T>::create_type_info(registry)
    }

    async fn resolve(
        &self,
        ctx: &ContextSelectionSet<'_>,
        _: &Positioned<Field>,
    ) -> ServerResult<Value> {
        let budget = ExecutionState::of(ctx).map(|state| &state.budget);
        let items = match self {
            Self::Items(items) => items,
            Self::RawJson(text) => {
                budget.map_or(Ok(()), |budget| budget.spend(text.len()))?;
                return Ok(json::finished(text.clone()));
            }
        };
        let fields: Vec<_> = fields(selection_set(ctx)).collect();
        let mut writer = Writer::new(items.len() * fields.len() * 32, budget);
        let mut begun = false;
        poll_fn(|task| {
            // Every field of every item is asked before one is waited for: so a loader
            // sees all keys of this level together.
            if mem::replace(&mut begun, true) {
                return writer.wait(task);
            }
            let value = |index, item, field| resolve(ctx, Some(index), item, field);
            writer.list(task, items, &fields, value)?;
            writer.begun()
        })
        .await?;
        Ok(json::finished(writer.text()))
    }
}

/// What is selected of the object that a query begins at, as JSON.
pub(crate) async fn object<T: ContainerType>(
    ctx: &ContextSelectionSet<'_>,
    object: &T,
) -> ServerResult<Value> {
    let fields: Vec<_> = fields(selection_set(ctx)).collect();
    let mut writer =
        Writer::new(fields.len() * 32, ExecutionState::of(ctx).map(|state| &state.budget));
    let mut begun = false;
    poll_fn(|task| {
        if mem::replace(&mut begun, true) {
            return writer.wait(task);
        }
        writer.object(task, object, &fields, |field| resolve(ctx, None, object, field))?;
        writer.begun()
    })
    .await?;
    Ok(json::finished(writer.text()))
}

/// JSON text, with gaps for what is not known yet.
struct Writer<'b, F> {
    text: Vec<u8>,
    /// How much of the text the budget knows.
    counted: usize,
    budget: Option<&'b ResponseBudget>,
    /// The text before each gap, and what fills it.
    gaps: Vec<(Vec<u8>, Gap<F>)>,
    /// The place of a future that is done, for the next one: most are done at once.
    place: Option<Pin<Box<F>>>,
}

enum Gap<F> {
    Open(Pin<Box<F>>),
    Filled(Value),
}

impl<'b, F: Future<Output = ServerResult<Value>>> Writer<'b, F> {
    fn new(size: usize, budget: Option<&'b ResponseBudget>) -> Self {
        Self { text: Vec::with_capacity(size), counted: 0, budget, gaps: Vec::new(), place: None }
    }

    /// Writes all items, but for those fields that have to wait.
    fn list<'i, T: ContainerType>(
        &mut self,
        task: &mut Context<'_>,
        items: &'i [T],
        fields: &[&'i Positioned<Field>],
        value: impl Fn(usize, &'i T, &'i Positioned<Field>) -> F,
    ) -> ServerResult<()> {
        self.text.push(b'[');
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                self.text.push(b',');
            }
            self.object(task, item, fields, |field| value(index, item, field))?;
        }
        self.text.push(b']');
        Ok(())
    }

    /// Writes an object, but for those fields that have to wait.
    fn object<'i, T: ContainerType>(
        &mut self,
        task: &mut Context<'_>,
        item: &T,
        fields: &[&'i Positioned<Field>],
        value: impl Fn(&'i Positioned<Field>) -> F,
    ) -> ServerResult<()> {
        self.text.push(b'{');
        for (place, field) in fields.iter().enumerate() {
            self.text.extend_from_slice(if place == 0 { b"\"" } else { b",\"" });
            self.text.extend_from_slice(field.node.response_key().node.as_bytes());
            self.text.extend_from_slice(b"\":");
            if field.node.name.node == "__typename" {
                json::string(&item.introspection_type_name(), &mut self.text);
            } else {
                self.add(task, value(field))?;
            }
        }
        self.text.push(b'}');
        self.count()
    }

    /// Whether all is written already.
    fn begun(&self) -> Poll<ServerResult<()>> {
        if self.gaps.is_empty() { Poll::Ready(Ok(())) } else { Poll::Pending }
    }

    fn add(&mut self, task: &mut Context<'_>, future: F) -> ServerResult<()> {
        let mut future = match self.place.take() {
            Some(mut place) => {
                place.set(future);
                place
            }
            None => Box::pin(future),
        };
        match future.as_mut().poll(task) {
            Poll::Ready(value) => {
                let value = value?;
                json::write(&value, &mut self.text);
                if let Value::Binary(list) = value {
                    // It was counted while it was written.
                    self.counted += list.len();
                }
                self.place = Some(future);
            }
            Poll::Pending => {
                self.count()?;
                self.counted = 0;
                if let Some(budget) = self.budget {
                    budget.wait(size_of::<F>())?;
                }
                self.gaps.push((mem::take(&mut self.text), Gap::Open(future)));
            }
        }
        Ok(())
    }

    /// Tells the budget what was written since the last time.
    fn count(&mut self) -> ServerResult<()> {
        let new = self.text.len() - mem::replace(&mut self.counted, self.text.len());
        self.budget.map_or(Ok(()), |budget| budget.spend(new))
    }

    /// Asks again for what is missing.
    fn wait(&mut self, task: &mut Context<'_>) -> Poll<ServerResult<()>> {
        let mut all = Poll::Ready(Ok(()));
        for (_, gap) in &mut self.gaps {
            let Gap::Open(future) = gap else { continue };
            match future.as_mut().poll(task) {
                Poll::Ready(value) => {
                    let value = value?;
                    if let Some(budget) = self.budget {
                        budget.spend(size(&value))?;
                    }
                    *gap = Gap::Filled(value);
                }
                Poll::Pending => all = Poll::Pending,
            }
        }
        all
    }

    fn text(self) -> Vec<u8> {
        if self.gaps.is_empty() {
            return self.text;
        }
        let filled = self.gaps.iter().map(|(before, gap)| match gap {
            Gap::Filled(value) => before.len() + json::size(value),
            Gap::Open(_) => before.len(),
        });
        let mut text = Vec::with_capacity(filled.sum::<usize>() + self.text.len());
        for (before, gap) in self.gaps {
            text.extend_from_slice(&before);
            if let Gap::Filled(value) = gap {
                json::write(&value, &mut text);
            }
        }
        text.extend_from_slice(&self.text);
        text
    }
}

#[cfg(test)]
mod tests;
