//! Calls the resolvers of an operation that was planned.
//!
//! async-graphql's own way to execute first looks at every field of the document again,
//! by its name, for limits and for hints of its own, which takes nearly as many
//! instructions as to resolve a list that the database writes. What is planned was
//! validated and counted before: here its resolvers are called at once.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use async_graphql::{
    ContainerType, Context, ContextSelectionSet, Data, EmptyMutation, EmptySubscription,
    IntrospectionMode, Object, Positioned, QueryEnv, QueryEnvInner, Response, Schema, SchemaEnv,
    ServerError, Value, Variables,
    extensions::Extensions,
    futures_util::FutureExt,
    indexmap::IndexMap,
    parser::types::{OperationDefinition, OperationType, SelectionSet},
};
use domain::{Error, Result};

use crate::{
    context::RequestState,
    list,
    plan::{Plan, fields},
};

/// Executes queries and mutations that ask for no part of the schema.
pub(crate) struct Executor<Q, M> {
    query: Q,
    mutation: M,
    environment: Environment,
}

impl<Q: ContainerType, M: ContainerType> Executor<Q, M> {
    /// Resolvers find `data` in their context.
    pub(crate) fn new<D: Send + Sync + 'static>(query: Q, mutation: M, data: D) -> Result<Self> {
        Ok(Self { query, mutation, environment: Environment::with(data)? })
    }

    /// Executes a plan with these variables; resolvers find `data` in their context, too.
    pub(crate) async fn execute(&self, plan: &Plan, variables: Variables, data: Data) -> Response {
        let Environment { schema, extensions, session } = &self.environment;
        // It is asked for the operation's variables alone: what is executed is the plan.
        let operation = OperationDefinition {
            ty: plan.ty,
            variable_definitions: plan.variables.clone(),
            directives: Vec::new(),
            selection_set: Positioned::new(SelectionSet { items: Vec::new() }, plan.fields.pos),
        };
        let env = QueryEnv::new(QueryEnvInner {
            extensions: extensions.clone(),
            variables,
            operation_name: None,
            operation: Positioned::new(operation, plan.fields.pos),
            fragments: HashMap::new(),
            uploads: Vec::new(),
            session_data: Arc::clone(session),
            query_data: Arc::new(data),
            http_headers: Mutex::default(),
            introspection_mode: IntrospectionMode::Enabled,
            errors: Mutex::default(),
        });
        let ctx = env.create_context(schema, None, &plan.fields, None);
        let resolved = match plan.ty {
            OperationType::Query => list::object(&ctx, &self.query).await,
            // The future holds those of all mutations, about 100 kB. A query must not carry,
            // and copy, it.
            OperationType::Mutation => Ok(Box::pin(self.serially(&ctx)).await),
            OperationType::Subscription => {
                Err(ServerError::new("a subscription is not executed, but opened", None))
            }
        };
        let mut response = match resolved {
            Ok(data) => Response::new(data),
            Err(error) => Response::from_errors(vec![error]),
        };
        response.errors.append(&mut env.errors.lock().unwrap_or_else(PoisonError::into_inner));
        response
    }

    /// Changes one after the other. One that fails is null, as every field of a mutation
    /// may be, and leaves what the others answer: whatever failed, also a guard, or an
    /// argument, for which async-graphql would make the whole answer null.
    async fn serially(&self, ctx: &ContextSelectionSet<'_>) -> Value {
        let mut changes = IndexMap::new();
        let state = RequestState::of(ctx);
        for field in fields(&ctx.item.node) {
            // An answer that cannot be given is no reason to change more.
            if state.is_some_and(RequestState::is_lost) {
                break;
            }
            let ctx = ctx.with_field(field);
            let change = if field.node.name.node == "__typename" {
                Ok(Some(self.mutation.introspection_type_name().into()))
            } else {
                self.mutation.resolve_field(&ctx).await
            };
            let change = change.unwrap_or_else(|error| {
                ctx.add_error(error);
                None
            });
            changes.insert(field.node.response_key().node.clone(), change.unwrap_or_default());
        }
        Value::Object(changes)
    }
}

/// What async-graphql calls resolvers with, whatever the request.
struct Environment {
    schema: SchemaEnv,
    /// None, which async-graphql has no other way to say.
    extensions: Extensions,
    /// Empty.
    session: Arc<Data>,
}

impl Environment {
    /// async-graphql makes it and shows it to resolvers alone: one is asked for it.
    fn with<D: Send + Sync + 'static>(data: D) -> Result<Self> {
        let probe = Probe::default();
        let seen = Arc::clone(&probe.0);
        let schema = Schema::build(probe, EmptyMutation, EmptySubscription).data(data).finish();
        schema.execute("{ look }").now_or_never();
        let seen = seen.get().cloned();
        let (schema, extensions) =
            seen.ok_or_else(|| Error::internal("async-graphql asked no resolver"))?;
        Ok(Self { schema, extensions, session: Arc::default() })
    }
}

#[derive(Default)]
struct Probe(Arc<OnceLock<(SchemaEnv, Extensions)>>);

#[Object]
impl Probe {
    async fn look(&self, ctx: &Context<'_>) -> bool {
        self.0.set((ctx.schema_env.clone(), ctx.query_env.extensions.clone())).is_ok()
    }
}
