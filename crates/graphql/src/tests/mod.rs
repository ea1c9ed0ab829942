//! Tests of the engine with this schema: validation, cost, variables.

mod complexity;
mod database_cost;
mod validation;
mod validation_oracle;
mod variables;

use async_graphql::{Value, Variables};
use graphql_engine::{LimitKind, Limits, RequestError};

use crate::engine::SchemaEngine;

fn engine_with(limits: Limits, hints: bool) -> SchemaEngine {
    SchemaEngine::new(crate::builder, &crate::costs(), limits, hints).unwrap()
}

fn engine() -> SchemaEngine {
    engine_with(Limits::default(), true)
}

/// Coerces the variables of a document's only operation.
fn coerce(
    engine: &SchemaEngine,
    text: &str,
    variables: Variables,
) -> Result<Variables, RequestError> {
    let operation = engine.document(text)?.operation(None)?;
    engine.coerce_variables(&operation, variables)
}

/// Coerces the variables of a document's only operation. Returns its complexity.
fn complexity(
    engine: &SchemaEngine,
    text: &str,
    variables: Variables,
) -> Result<usize, RequestError> {
    let operation = engine.document(text)?.operation(None)?;
    let variables = engine.coerce_variables(&operation, variables)?;
    engine.complexity(&operation, &variables)
}

/// Limits of documents only: those of variables and of complexity are at their maximum.
fn document_limits() -> Limits {
    [LimitKind::Complexity, LimitKind::ListLength, LimitKind::VariablesBytes]
        .into_iter()
        .fold(Limits::default(), |limits, kind| limits.with(kind, u32::MAX))
}

/// Returns the complexity of an operation, or `usize::MAX` if it is too large.
fn points(text: &str, variables: Value) -> usize {
    let engine = engine_with(document_limits(), true);
    match complexity(&engine, text, Variables::from_value(variables)) {
        Ok(points) => points,
        Err(error) if error.message.contains("points of complexity") => usize::MAX,
        Err(error) => panic!("{text}: {error:?}"),
    }
}
