//! Limits of one execution, which resolvers of lists read from their context.

use std::sync::Arc;

use async_graphql::{Context, ContextBase, ServerResult};
use tokio::time::Instant;

use crate::{AnswerMemory, response_budget::ResponseBudget};

/// Counts the bytes of a boxed future towards the limit of pending resolvers, until the request
/// ends. The engine itself counts the bytes of resolvers' futures, but not of what they box.
/// Fails when too many resolvers are pending; the response is an error then.
pub fn count_boxed<T: ?Sized>(ctx: &Context<'_>, future: &T) -> ServerResult<()> {
    match ExecutionState::of(ctx) {
        Some(state) => state.budget.wait(size_of_val(future)),
        None => Ok(()),
    }
}

/// How much one execution may still answer, and until when.
pub(crate) struct ExecutionState {
    pub(crate) budget: ResponseBudget,
    /// The time after which a mutation begins no further field.
    deadline: Option<Instant>,
}

impl ExecutionState {
    /// Creates the state for a response of at most `limit` bytes.
    pub(crate) fn new(
        limit: usize,
        memory: Arc<dyn AnswerMemory>,
        deadline: Option<Instant>,
    ) -> Arc<Self> {
        Arc::new(Self { budget: ResponseBudget::new(limit, memory), deadline })
    }

    /// The state of the execution to which a context belongs.
    pub(crate) fn of<'c, T>(ctx: &'c ContextBase<'_, T>) -> Option<&'c Self> {
        ctx.data_opt::<Arc<Self>>().map(AsRef::as_ref)
    }

    /// Whether a mutation has timed out.
    pub(crate) fn is_overdue(&self) -> bool {
        self.deadline.is_some_and(|deadline| deadline <= Instant::now())
    }

    /// Whether no response can be given any more.
    pub(crate) fn is_lost(&self) -> bool {
        self.budget.is_exceeded() || self.budget.is_refused() || self.is_overdue()
    }
}
