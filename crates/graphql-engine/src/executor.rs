//! Calls the resolvers of a plan.
//!
//! `Schema::execute` first visits every field of the document several times, for its own limits
//! and suggestions: about as many instructions as resolving a list that the database writes. A
//! plan was validated and counted before, so the executor calls its resolvers at once.

use async_graphql::{
    ContainerType, ContextSelectionSet, Data, Response, ServerError, Value, Variables,
    indexmap::IndexMap, parser::types::OperationType,
};

use crate::{
    execution_state::ExecutionState,
    internals::{self, Environment},
    json_writer,
    normalize::fields,
    plan::Plan,
};

/// Executes queries and mutations without introspection.
pub(crate) struct Executor<Q, M> {
    query: Q,
    mutation: M,
    environment: Environment,
}

impl<Q: ContainerType, M: ContainerType> Executor<Q, M> {
    pub(crate) fn new(query: Q, mutation: M, environment: Environment) -> Self {
        Self { query, mutation, environment }
    }

    /// Executes a plan with these variables. Resolvers find `data` in their context.
    pub(crate) async fn execute(&self, plan: &Plan, variables: Variables, data: Data) -> Response {
        let query = self.environment.query(plan, variables, data);
        let ctx = self.environment.context(&query, plan);
        let resolved = match plan.operation_type() {
            OperationType::Query => json_writer::object(&ctx, &self.query).await,
            // The future contains those of all mutations, about 100 kB, which a query must not
            // allocate and copy.
            OperationType::Mutation => Ok(Box::pin(self.serially(&ctx)).await),
            OperationType::Subscription => {
                Err(ServerError::new("a subscription is not executed, but opened", None))
            }
        };
        let mut response = match resolved {
            Ok(data) => Response::new(data),
            Err(error) => Response::from_errors(vec![error]),
        };
        response.errors.append(&mut internals::take_errors(&query));
        response
    }

    /// Executes the fields of a mutation one after the other. A failed field is null, as every
    /// field of a mutation may be, and the results of the others are kept. This includes a failed
    /// guard or argument, for which async-graphql would make the whole response null.
    async fn serially(&self, ctx: &ContextSelectionSet<'_>) -> Value {
        let mut changes = IndexMap::new();
        let state = ExecutionState::of(ctx);
        for field in fields(internals::selection_set(ctx)) {
            // After a lost response, no further change is made.
            if state.is_some_and(ExecutionState::is_lost) {
                break;
            }
            let change = if field.node.name.node == "__typename" {
                self.mutation.introspection_type_name().into()
            } else {
                internals::resolve_or_null(ctx, &self.mutation, field).await
            };
            changes.insert(field.node.response_key().node.clone(), change);
        }
        Value::Object(changes)
    }
}
