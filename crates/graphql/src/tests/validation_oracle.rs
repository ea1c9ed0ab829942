//! Comparison with graphql-js: validity of documents, and values of variables.

use async_graphql::{Number, Value, Variables};
use serde::Deserialize;

use super::*;

const COUNT: usize = 20_000;
const SEED: u32 = 20_261_129;

/// Result of graphql-js for a document. `fault` is `None` if the document is valid. A document
/// with a single operation has values for its variables; `misfit` is the result for these.
#[derive(Deserialize)]
struct OracleResult {
    text: String,
    fault: Option<String>,
    variables: Option<Variables>,
    misfit: Option<String>,
}

/// Documents that this crate refuses although the specification allows them: part of the message,
/// and the reason.
const OWN: [(&str, &str); 5] = [
    // Limits; each has a setting.
    ("GRAPHQL_MAX_", "limit"),
    ("nests more than", "limit"),
    ("U+0000", "text that PostgreSQL lacks"),
    ("whole number of 64 bits", "ID of more than 64 bits"),
    // A rule of the specification of September 2025; graphql-js 16 implements an older version.
    ("is there under no condition", "condition at a subscription's field"),
];

/// Runs graphql-js; `None`, and a skipped test, without Node.js.
fn oracle_results() -> Option<Vec<OracleResult>> {
    let printed = skips::oracle(
        "validation-oracle.mjs",
        &["../../schema.graphql", &COUNT.to_string(), &SEED.to_string()],
        "graphql",
    )?;
    Some(printed.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

/// Returns this crate's error for a document or the values of its variables.
fn refusal(oracle_result: &OracleResult, engine: &SchemaEngine) -> Result<(), String> {
    let document = engine.document(&oracle_result.text).map_err(|error| error.message)?;
    let errors = engine.validate(&document).err().unwrap_or_default();
    for error in &errors {
        assert!(!error.locations.is_empty(), "{error:?} {}", oracle_result.text);
        let is_location = |location: &async_graphql::Pos| location.line > 0 && location.column > 0;
        assert!(error.locations.iter().all(is_location), "{error:?} {}", oracle_result.text);
    }
    match errors.first() {
        Some(first) => Err(first.message.clone()),
        None => Ok(()),
    }
}

/// Adds a fraction `.0` to each whole number, which JavaScript ignores.
fn with_fractions(value: &mut Value) {
    match value {
        Value::Number(number) => {
            if let Some(fraction) = number.as_f64().and_then(Number::from_f64) {
                *number = fraction;
            }
        }
        Value::List(items) => items.iter_mut().for_each(with_fractions),
        Value::Object(fields) => fields.values_mut().for_each(with_fractions),
        _ => {}
    }
}

/// Returns this crate's result for the values of a document's variables; `None` if there are
/// none.
fn misfit(
    oracle_result: &OracleResult,
    engine: &SchemaEngine,
    fractions: bool,
) -> Option<Result<(), String>> {
    let mut variables = oracle_result.variables.clone()?;
    if fractions {
        variables.values_mut().for_each(with_fractions);
    }
    // A document over a limit was refused before.
    let operation = engine.document(&oracle_result.text).ok()?.operation(None).ok()?;
    let is_own =
        |refused: &RequestError| OWN.iter().any(|(says, _)| refused.message.contains(says));
    let coerced = engine.coerce_variables(&operation, variables);
    match coerced.and_then(|variables| engine.complexity(&operation, &variables)) {
        Err(refused) if !is_own(&refused) => Some(Err(refused.message)),
        _ => Some(Ok(())),
    }
}

#[test]
fn twenty_thousand_documents_have_the_same_result_as_in_graphql_js() {
    let Some(results) = oracle_results() else { return };
    assert_eq!(results.len(), COUNT);
    let engine = engine();
    let (mut valid, mut invalid, mut values, mut misfits) = (0, 0, 0, 0);
    let mut own = [0; OWN.len()];
    let mut differences = Vec::new();
    for one in &results {
        match (&one.fault, refusal(one, &engine)) {
            (None, Ok(())) => valid += 1,
            (Some(_), Err(_)) => invalid += 1,
            (None, Err(here)) => match OWN.iter().position(|(text, _)| here.contains(text)) {
                Some(limit) => own[limit] += 1,
                None => differences.push(format!("here: {here}\n{}", one.text)),
            },
            (Some(there), Ok(())) => differences.push(format!("there: {there}\n{}", one.text)),
        }
        for here in [false, true].iter().filter_map(|with| misfit(one, &engine, *with)) {
            values += 1;
            misfits += usize::from(here.is_err());
            if here.is_err() != one.misfit.is_some() {
                let there = &one.misfit;
                let variables = one.variables.as_ref().unwrap();
                differences.push(format!("{here:?} {there:?}\n{variables}\n{}", one.text));
            }
        }
    }
    println!("{valid} valid, {invalid} invalid; values of {values} operations, {misfits} wrong");
    for ((_, name), count) in OWN.iter().zip(own) {
        println!("{count} with this refused here alone: {name}");
    }
    assert!(valid > COUNT / 4 && invalid > COUNT / 4 && misfits > values / 10);
    let shown = differences.iter().take(20).map(String::as_str).collect::<Vec<_>>();
    assert!(differences.is_empty(), "{} differences:\n{}", differences.len(), shown.join("\n\n"));
}
