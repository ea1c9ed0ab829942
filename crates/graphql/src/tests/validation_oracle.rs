//! graphql-js judges the same documents, and the same values of variables.

use std::{
    io::Write,
    path::Path,
    process::{Command, Stdio},
};

use async_graphql::{Number, Value, Variables};
use serde::Deserialize;

use super::*;

const COUNT: usize = 20_000;
const SEED: u32 = 20_261_129;

/// What graphql-js thinks of a document: nothing, if it is valid. One with a single
/// operation comes with values for its variables, and what it thinks of these.
#[derive(Deserialize)]
struct Judged {
    text: String,
    fault: Option<String>,
    variables: Option<Variables>,
    misfit: Option<String>,
}

/// What this crate refuses that the specification allows, by what it says.
const OWN: [(&str, &str); 5] = [
    // Limits, each with its setting.
    ("GRAPHQL_MAX_", "limit"),
    ("nests more than", "limit"),
    ("U+0000", "text that PostgreSQL lacks"),
    ("whole number of 64 bits", "ID of more than 64 bits"),
    // Of September 2025; graphql-js 16 keeps an older one.
    ("is there under no condition", "condition at a subscription's field"),
];

/// `None` without Node, which is said, or fails where skips are forbidden.
fn judged() -> Option<Vec<Judged>> {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap();
    let clients = repository.join("tests/clients");
    let node = Command::new("node")
        .args(["validation-oracle.mjs", "../../schema.graphql"])
        .args([COUNT.to_string(), SEED.to_string()])
        .current_dir(&clients)
        .env_remove("NODE_OPTIONS")
        .stdin(Stdio::null())
        .output();
    let node = node.ok().filter(|_| clients.join("node_modules/graphql").exists());
    let Some(node) = node else {
        let what = "the comparison with graphql-js needs node, and npm ci in tests/clients";
        #[expect(clippy::disallowed_methods, reason = "of the tests, as elsewhere")]
        let skips = std::env::var("TEST_SKIPS");
        assert_ne!(skips.as_deref(), Ok("forbid"), "{what}");
        _ = writeln!(std::io::stderr(), "SKIPPED: {what}");
        return None;
    };
    assert!(node.status.success(), "{}", String::from_utf8_lossy(&node.stderr));
    let lines = node.stdout.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    Some(lines.map(|line| serde_json::from_slice(line).unwrap()).collect())
}

/// Why this crate refuses a document, or the values of its variables.
fn refusal(judged: &Judged, engine: &SchemaEngine) -> Result<(), String> {
    let document = engine.document(&judged.text).map_err(|refused| refused.message)?;
    let errors = engine.validate(&document).err().unwrap_or_default();
    for error in &errors {
        assert!(!error.locations.is_empty(), "{error:?} {}", judged.text);
        let is_place = |place: &async_graphql::Pos| place.line > 0 && place.column > 0;
        assert!(error.locations.iter().all(is_place), "{error:?} {}", judged.text);
    }
    match errors.first() {
        Some(first) => Err(first.message.clone()),
        None => Ok(()),
    }
}

/// The same value with a fraction in each whole number, which JavaScript does not see.
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

/// What this crate thinks of the values of a document's variables, if it has some.
fn misfit(judged: &Judged, engine: &SchemaEngine, fractions: bool) -> Option<Result<(), String>> {
    let mut variables = judged.variables.clone()?;
    if fractions {
        variables.values_mut().for_each(with_fractions);
    }
    // What is too long for a document here was refused.
    let operation = engine.document(&judged.text).ok()?.operation(None).ok()?;
    let is_own =
        |refused: &RequestError| OWN.iter().any(|(says, _)| refused.message.contains(says));
    match engine.check(&operation, &mut variables) {
        Err(refused) if !is_own(&refused) => Some(Err(refused.message)),
        _ => Some(Ok(())),
    }
}

#[test]
fn graphql_js_judges_twenty_thousand_documents_alike() {
    let Some(judged) = judged() else { return };
    assert_eq!(judged.len(), COUNT);
    let engine = engine();
    let (mut valid, mut invalid, mut values, mut misfits) = (0, 0, 0, 0);
    let mut own = [0; OWN.len()];
    let mut differences = Vec::new();
    for one in &judged {
        match (&one.fault, refusal(one, &engine)) {
            (None, Ok(())) => valid += 1,
            (Some(_), Err(_)) => invalid += 1,
            (None, Err(here)) => match OWN.iter().position(|(says, _)| here.contains(says)) {
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
