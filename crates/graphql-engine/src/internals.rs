//! Reads the index from async-graphql's registry, which is what executes: questions about
//! the schema are in it, and what its scalars take.

use std::{
    collections::HashMap,
    sync::{Arc, OnceLock},
};

use async_graphql::{
    Name, Response, SchemaEnv,
    async_trait::async_trait,
    extensions::{Extension, ExtensionContext, ExtensionFactory, NextRequest},
    futures_util::FutureExt,
    indexmap::IndexMap,
    parser::types::Type,
    registry::{MetaDirective, MetaField, MetaInputValue, MetaType, Registry},
};
use domain::{Error, Result};

use super::index::{Definition, Directive, Field, Index, Input, Object, Scalar};

impl Index {
    /// The index of this service's schema.
    pub(crate) fn new() -> Result<Self> {
        let seen = Look::default();
        let schema = crate::builder().extension(Look(Arc::clone(&seen.0))).finish();
        schema.execute("{ __typename }").now_or_never();
        let environment = seen.0.get();
        let environment =
            environment.ok_or_else(|| Error::internal("async-graphql showed no registry"))?;
        Self::read(&environment.registry)
    }

    fn read(registry: &Registry) -> Result<Self> {
        let types = registry.types.iter().map(|(name, ty)| Ok((Name::new(name), definition(ty)?)));
        let directives = registry.directives.values().map(directive);
        let question =
            |name, ty, arguments| Ok((Name::new(name), Field { ty: parsed(ty)?, arguments }));
        let name = Input { name: Name::new("name"), ty: parsed("String!")?, has_default: false };
        Ok(Self {
            types: types.collect::<Result<_>>()?,
            directives: directives.collect::<Result<_>>()?,
            questions: HashMap::from([
                question("__schema", "__Schema!", Vec::new())?,
                question("__type", "__Type", vec![name])?,
            ]),
            typename: Field { ty: parsed("String!")?, arguments: Vec::new() },
        })
    }
}

/// async-graphql shows its registry to extensions alone.
#[derive(Default)]
struct Look(Arc<OnceLock<SchemaEnv>>);

impl ExtensionFactory for Look {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Self(Arc::clone(&self.0)))
    }
}

#[async_trait]
impl Extension for Look {
    async fn request(&self, ctx: &ExtensionContext<'_>, next: NextRequest<'_>) -> Response {
        // Failing means that it was seen before.
        _ = self.0.set(ctx.schema_env.clone());
        next.run(ctx).await
    }
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
        MetaType::Object { name, fields, .. } => Definition::Object(Object {
            name: Name::new(name),
            fields: fields.values().map(field).collect::<Result<_>>()?,
        }),
        MetaType::InputObject { name, .. }
        | MetaType::Interface { name, .. }
        | MetaType::Union { name, .. } => {
            let message = format!(
                "validation knows no such types as {name}: neither interfaces, unions nor one-of inputs"
            );
            return Err(Error::internal(message));
        }
    })
}

fn field(field: &MetaField) -> Result<(Name, Field)> {
    let arguments = inputs(&field.args)?;
    Ok((Name::new(&field.name), Field { ty: parsed(&field.ty)?, arguments }))
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
        let has_default = input.default_value.is_some();
        Ok(Input { name: Name::new(&input.name), ty: parsed(&input.ty)?, has_default })
    });
    inputs.collect()
}

fn parsed(ty: &str) -> Result<Type> {
    Type::new(ty).ok_or_else(|| Error::internal(format!("{ty} is no type")))
}
