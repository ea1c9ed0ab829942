//! The only module that uses hidden items of async-graphql.
//!
//! - `registry::{Registry, MetaType, MetaField, MetaInputValue, MetaDirective}`: the types
//!   of the schema, and which values its scalars accept. [`SchemaIndex`] is read from them.
//! - `SchemaEnv`, `QueryEnv`, `QueryEnvInner`, `Extensions` and the contexts' `with_field`,
//!   `with_index` and `item`: what a resolver is called with. `Schema::execute` would call
//!   resolvers too, but visits every field of the document several times before that: it
//!   takes 11,100 instructions for `{ __typename }` instead of 5,500, and 23,100 for twenty
//!   books that the database wrote instead of 10,700.
//!
//! These items belong to one version of async-graphql, which the workspace pins. Tests fail if
//! the version or the items' behavior changes.

use std::{
    collections::HashMap,
    mem,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use async_graphql::{
    ContainerType, Context, ContextSelectionSet, Data, EmptyMutation, EmptySubscription,
    IntrospectionMode, Name, Object, ObjectType, Positioned, QueryEnv, QueryEnvInner, Response,
    Schema, SchemaBuilder, SchemaEnv, ServerError, ServerResult, SubscriptionType, Value,
    Variables,
    async_trait::async_trait,
    extensions::{Extension, ExtensionContext, ExtensionFactory, Extensions, NextRequest},
    futures_util::FutureExt,
    indexmap::IndexMap,
    parser::types::{Field as SelectedField, OperationDefinition, SelectionSet, Type},
    registry::{MetaDirective, MetaField, MetaInputValue, MetaType, Registry},
};

use crate::{
    FieldCost, SchemaError,
    plan::Plan,
    schema_index::{
        Definition, Directive, Field, Input, Object as ObjectDefinition, Scalar, SchemaIndex,
    },
};

type Result<T> = std::result::Result<T, SchemaError>;

/// The environment in which async-graphql calls resolvers, the same for every request.
pub(crate) struct Environment {
    schema: SchemaEnv,
    /// An instance without extensions, for which async-graphql has no constructor.
    extensions: Extensions,
    /// Empty.
    session: Arc<Data>,
}

impl Environment {
    /// The environment of the schema that `builder` builds, with its data.
    pub(crate) fn of<Q, M, S>(builder: SchemaBuilder<Q, M, S>) -> Result<Self>
    where
        Q: ObjectType + 'static,
        M: ObjectType + 'static,
        S: SubscriptionType + 'static,
    {
        let probe = ExtensionProbe::default();
        let seen = Arc::clone(&probe.0);
        builder.extension(probe).finish().execute("{ __typename }").now_or_never();
        let schema = seen.get().cloned().ok_or_else(|| changed("calls no extension"))?;

        let probe = ResolverProbe::default();
        let seen = Arc::clone(&probe.0);
        let schema_of_probe = Schema::new(probe, EmptyMutation, EmptySubscription);
        schema_of_probe.execute("{ probe }").now_or_never();
        let extensions = seen.get().cloned().ok_or_else(|| changed("calls no resolver"))?;
        Ok(Self { schema, extensions, session: Arc::default() })
    }

    /// The index of the schema, whose fields cost what `costs` says.
    pub(crate) fn index(&self, costs: &[FieldCost]) -> Result<SchemaIndex> {
        index(&self.schema.registry, costs)
    }

    /// A query environment for one execution of `plan`. Resolvers find `data` in their
    /// context.
    pub(crate) fn query(&self, plan: &Plan, variables: Variables, data: Data) -> QueryEnv {
        // Resolvers look up the definitions of variables here; the plan is what is executed.
        let operation = OperationDefinition {
            ty: plan.operation_type(),
            variable_definitions: plan.operation.node.variable_definitions.clone(),
            directives: Vec::new(),
            selection_set: Positioned::new(SelectionSet { items: Vec::new() }, plan.fields.pos),
        };
        QueryEnv::new(QueryEnvInner {
            extensions: self.extensions.clone(),
            variables,
            operation_name: None,
            operation: Positioned::new(operation, plan.fields.pos),
            fragments: HashMap::new(),
            uploads: Vec::new(),
            session_data: Arc::clone(&self.session),
            query_data: Arc::new(data),
            http_headers: Mutex::default(),
            introspection_mode: IntrospectionMode::Enabled,
            errors: Mutex::default(),
        })
    }

    /// The context of the operation's selection set.
    pub(crate) fn context<'c>(
        &'c self,
        query: &'c QueryEnv,
        plan: &'c Plan,
    ) -> ContextSelectionSet<'c> {
        query.create_context(&self.schema, None, &plan.fields, None)
    }
}

/// Returns the selection set of this context.
pub(crate) fn selection_set<'c>(ctx: &ContextSelectionSet<'c>) -> &'c SelectionSet {
    &ctx.item.node
}

/// The value of a field of `object`, which is the item `index` of a list, if of one. The
/// future owns the contexts that the resolver borrows.
pub(crate) async fn resolve<T: ContainerType>(
    ctx: &ContextSelectionSet<'_>,
    index: Option<usize>,
    object: &T,
    field: &Positioned<SelectedField>,
) -> ServerResult<Value> {
    let ctx = index.map_or_else(|| ctx.clone(), |index| ctx.with_index(index));
    let ctx = ctx.with_field(field);
    Ok(object.resolve_field(&ctx).await?.unwrap_or_default())
}

/// The value of a field of `object`, or null and an error of the response.
pub(crate) async fn resolve_or_null<T: ContainerType>(
    ctx: &ContextSelectionSet<'_>,
    object: &T,
    field: &Positioned<SelectedField>,
) -> Value {
    let ctx = ctx.with_field(field);
    match object.resolve_field(&ctx).await {
        Ok(value) => value.unwrap_or_default(),
        Err(error) => {
            ctx.add_error(error);
            Value::Null
        }
    }
}

/// The errors of fields that are null.
pub(crate) fn take_errors(query: &QueryEnv) -> Vec<ServerError> {
    mem::take(&mut query.errors.lock().unwrap_or_else(PoisonError::into_inner))
}

/// Takes the schema's environment from the context of an extension.
#[derive(Default)]
struct ExtensionProbe(Arc<OnceLock<SchemaEnv>>);

impl ExtensionFactory for ExtensionProbe {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Self(Arc::clone(&self.0)))
    }
}

#[async_trait]
impl Extension for ExtensionProbe {
    async fn request(&self, ctx: &ExtensionContext<'_>, next: NextRequest<'_>) -> Response {
        // It fails if a request came before, with the same environment.
        _ = self.0.set(ctx.schema_env.clone());
        next.run(ctx).await
    }
}

/// Takes the empty list of extensions from the context of a resolver.
#[derive(Default)]
struct ResolverProbe(Arc<OnceLock<Extensions>>);

#[Object]
impl ResolverProbe {
    async fn probe(&self, ctx: &Context<'_>) -> bool {
        self.0.set(ctx.query_env.extensions.clone()).is_ok()
    }
}

fn changed(what: &str) -> SchemaError {
    SchemaError(format!("async-graphql {what} any more: read internals.rs"))
}

fn index(registry: &Registry, costs: &[FieldCost]) -> Result<SchemaIndex> {
    let types = registry.types.iter().map(|(name, ty)| Ok((Name::new(name), definition(ty)?)));
    let directives = registry.directives.values().map(directive);
    let introspection_field = |name, ty, arguments| {
        Ok((Name::new(name), Field { ty: parsed(ty)?, arguments, cost: None }))
    };
    let name = Input { name: Name::new("name"), ty: parsed("String!")?, default: None };
    let mut index = SchemaIndex {
        types: types.collect::<Result<_>>()?,
        directives: directives.collect::<Result<_>>()?,
        introspection_fields: HashMap::from([
            introspection_field("__schema", "__Schema!", Vec::new())?,
            introspection_field("__type", "__Type", vec![name])?,
        ]),
        typename: Field { ty: parsed("String!")?, arguments: Vec::new(), cost: None },
        query: Name::new(&registry.query_type),
        mutation: registry.mutation_type.as_ref().map(Name::new),
        subscription: registry.subscription_type.as_ref().map(Name::new),
    };
    index.declare(costs)?;
    Ok(index)
}

fn definition(ty: &MetaType) -> Result<Definition> {
    Ok(match ty {
        MetaType::Scalar { name, is_valid, .. } => {
            Definition::Scalar(Scalar::new(name, is_valid.as_ref()))
        }
        MetaType::Enum { enum_values, .. } => {
            Definition::Enum(enum_values.keys().map(Name::new).collect())
        }
        MetaType::InputObject { input_fields, oneof: false, .. } => {
            Definition::Input(inputs(input_fields)?)
        }
        MetaType::Object { name, fields, .. } => Definition::Object(ObjectDefinition {
            name: Name::new(name),
            fields: fields.values().map(field).collect::<Result<_>>()?,
        }),
        MetaType::InputObject { name, .. }
        | MetaType::Interface { name, .. }
        | MetaType::Union { name, .. } => {
            let message = format!(
                "the type {name} is not supported: neither interfaces, unions nor one-of inputs are"
            );
            return Err(SchemaError(message));
        }
    })
}

fn field(field: &MetaField) -> Result<(Name, Field)> {
    let arguments = inputs(&field.args)?;
    Ok((Name::new(&field.name), Field { ty: parsed(&field.ty)?, arguments, cost: None }))
}

fn directive(directive: &MetaDirective) -> Result<(Name, Directive)> {
    let locations = directive.locations.iter().map(|location| format!("{location:?}"));
    let known = Directive {
        locations: locations.collect(),
        arguments: inputs(&directive.args)?,
        is_repeatable: directive.is_repeatable,
    };
    Ok((Name::new(&directive.name), known))
}

fn inputs(inputs: &IndexMap<String, MetaInputValue>) -> Result<Vec<Input>> {
    let inputs = inputs.values().map(|input| {
        let default = input.default_value.clone();
        Ok(Input { name: Name::new(&input.name), ty: parsed(&input.ty)?, default })
    });
    inputs.collect()
}

fn parsed(ty: &str) -> Result<Type> {
    Type::new(ty).ok_or_else(|| SchemaError(format!("{ty} is not a type")))
}

#[cfg(test)]
mod tests;
