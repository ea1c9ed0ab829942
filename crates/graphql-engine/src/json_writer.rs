//! Writes objects and lists as JSON while their fields are resolved.
//!
//! async-graphql resolves each object to a tree of values, which is written afterwards: a map for
//! each item, a boxed future and a key for each field. It also truncates the path of an error
//! below an item of a list. This writer reads the selection once, calls the resolver of each
//! field for each item, and immediately writes values that are ready, as most are.

use std::{
    future::{Future, poll_fn},
    mem,
    pin::Pin,
    task::{Context, Poll},
};

use async_graphql::{
    ContainerType, ContextSelectionSet, Positioned, ServerResult, Value, parser::types::Field,
};

use crate::{
    execution_state::ExecutionState,
    internals::{resolve, selection_set},
    json,
    normalize::fields,
    response_budget::{ResponseBudget, size},
};

/// Estimated bytes of a field and its value.
const FIELD: usize = 32;

/// The selected fields of each item, as a JSON array.
///
/// Every field of every item is polled before the first is polled again: a batch loader sees
/// all keys of the level together.
pub(crate) async fn list<T: ContainerType>(
    ctx: &ContextSelectionSet<'_>,
    items: &[T],
) -> ServerResult<Value> {
    let fields: Vec<_> = fields(selection_set(ctx)).collect();
    let mut writer = Writer::new(items.len() * fields.len() * FIELD, budget(ctx));
    let mut is_started = false;
    poll_fn(|task| {
        if mem::replace(&mut is_started, true) {
            return writer.poll_pending(task);
        }
        let value = |index, item, field| resolve(ctx, Some(index), item, field);
        writer.start_list(task, items, &fields, value)?;
        writer.is_complete()
    })
    .await?;
    Ok(json::raw(writer.text()))
}

/// The selected fields of an object, as a JSON object.
pub(crate) async fn object<T: ContainerType>(
    ctx: &ContextSelectionSet<'_>,
    object: &T,
) -> ServerResult<Value> {
    let fields: Vec<_> = fields(selection_set(ctx)).collect();
    let mut writer = Writer::new(fields.len() * FIELD, budget(ctx));
    let mut is_started = false;
    poll_fn(|task| {
        if mem::replace(&mut is_started, true) {
            return writer.poll_pending(task);
        }
        writer.start_object(task, object, &fields, |field| resolve(ctx, None, object, field))?;
        writer.is_complete()
    })
    .await?;
    Ok(json::raw(writer.text()))
}

fn budget<'c>(ctx: &'c ContextSelectionSet<'_>) -> Option<&'c ResponseBudget> {
    ExecutionState::of(ctx).map(|state| &state.budget)
}

/// JSON text in which the values of pending fields are missing.
struct Writer<'b, F> {
    /// The text after the last pending field.
    text: Vec<u8>,
    /// How many bytes of `text` the budget has counted.
    counted: usize,
    budget: Option<&'b ResponseBudget>,
    /// The text before each pending field, and the field.
    pending: Vec<(Vec<u8>, Pending<F>)>,
    /// The allocation of a future that is done, for the next one.
    free: Option<Pin<Box<F>>>,
}

/// A field that was not ready at the first poll.
enum Pending<F> {
    Future(Pin<Box<F>>),
    Value(Value),
}

impl<'b, F: Future<Output = ServerResult<Value>>> Writer<'b, F> {
    fn new(capacity: usize, budget: Option<&'b ResponseBudget>) -> Self {
        let text = Vec::with_capacity(capacity);
        Self { text, counted: 0, budget, pending: Vec::new(), free: None }
    }

    /// Writes all items, except the values of fields that are pending.
    fn start_list<'i, T: ContainerType>(
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
            self.start_object(task, item, fields, |field| value(index, item, field))?;
        }
        self.text.push(b']');
        Ok(())
    }

    /// Writes an object, except the values of fields that are pending.
    fn start_object<'i, T: ContainerType>(
        &mut self,
        task: &mut Context<'_>,
        item: &T,
        fields: &[&'i Positioned<Field>],
        value: impl Fn(&'i Positioned<Field>) -> F,
    ) -> ServerResult<()> {
        self.text.push(b'{');
        for (index, field) in fields.iter().enumerate() {
            self.text.extend_from_slice(if index == 0 { b"\"" } else { b",\"" });
            self.text.extend_from_slice(field.node.response_key().node.as_bytes());
            self.text.extend_from_slice(b"\":");
            if field.node.name.node == "__typename" {
                json::write_string(&item.introspection_type_name(), &mut self.text);
            } else {
                self.start_field(task, value(field))?;
            }
        }
        self.text.push(b'}');
        self.count()
    }

    /// Writes the value of a field, unless it is pending.
    fn start_field(&mut self, task: &mut Context<'_>, future: F) -> ServerResult<()> {
        let mut future = match self.free.take() {
            Some(mut free) => {
                free.set(future);
                free
            }
            None => Box::pin(future),
        };
        match future.as_mut().poll(task) {
            Poll::Ready(value) => {
                let value = value?;
                json::write(&value, &mut self.text);
                if let Value::Binary(list) = value {
                    // The budget counted it while it was written.
                    self.counted += list.len();
                }
                self.free = Some(future);
            }
            Poll::Pending => {
                self.count()?;
                self.counted = 0;
                if let Some(budget) = self.budget {
                    budget.wait(size_of::<F>())?;
                }
                self.pending.push((mem::take(&mut self.text), Pending::Future(future)));
            }
        }
        Ok(())
    }

    /// Counts what was written since the last call.
    fn count(&mut self) -> ServerResult<()> {
        let new = self.text.len() - mem::replace(&mut self.counted, self.text.len());
        self.budget.map_or(Ok(()), |budget| budget.spend(new))
    }

    /// Ready if no field was pending at the first poll.
    fn is_complete(&self) -> Poll<ServerResult<()>> {
        if self.pending.is_empty() { Poll::Ready(Ok(())) } else { Poll::Pending }
    }

    /// Polls pending fields again. Ready when all have values.
    fn poll_pending(&mut self, task: &mut Context<'_>) -> Poll<ServerResult<()>> {
        let mut all = Poll::Ready(Ok(()));
        for (_, pending) in &mut self.pending {
            let Pending::Future(future) = pending else { continue };
            match future.as_mut().poll(task) {
                Poll::Ready(value) => {
                    let value = value?;
                    if let Some(budget) = self.budget {
                        budget.spend(size(&value))?;
                    }
                    *pending = Pending::Value(value);
                }
                Poll::Pending => all = Poll::Pending,
            }
        }
        all
    }

    /// The whole text; no field is pending.
    fn text(self) -> Vec<u8> {
        if self.pending.is_empty() {
            return self.text;
        }
        let sizes = self.pending.iter().map(|(before, pending)| match pending {
            Pending::Value(value) => before.len() + json::size(value),
            Pending::Future(_) => before.len(),
        });
        let mut text = Vec::with_capacity(sizes.sum::<usize>() + self.text.len());
        for (before, pending) in self.pending {
            text.extend_from_slice(&before);
            if let Pending::Value(value) = pending {
                json::write(&value, &mut text);
            }
        }
        text.extend_from_slice(&self.text);
        text
    }
}

#[cfg(test)]
mod tests;
