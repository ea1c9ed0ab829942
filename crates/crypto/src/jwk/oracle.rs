//! jose judges the same tokens and JWKS.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Algorithm, Jwks};

const SEED: &str = "20261130";
const TOKENS: usize = 4_000;

/// A token, the keys and names of algorithms to verify it with, and jose's judgment.
#[derive(Deserialize)]
struct Judged {
    keys: Value,
    allowed: Vec<String>,
    token: String,
    valid: bool,
}

/// `None` without Node.js: the test is skipped.
fn judged() -> Option<Vec<Judged>> {
    let printed = skips::oracle("jwk-oracle.mjs", &[SEED, &TOKENS.to_string()], "jose")?;
    Some(printed.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

#[test]
fn jose_verifies_the_same_tokens() {
    let Some(tokens) = judged() else { return };
    let (mut accepted, mut differences) = (0, Vec::new());
    for Judged { keys, allowed, token, valid } in &tokens {
        let allowed: Vec<_> = allowed.iter().filter_map(|name| Algorithm::named(name)).collect();
        let ours = Jwks::parse(&json!({ "keys": keys })).unwrap().verify(token, &allowed);
        if ours.is_ok() != *valid {
            differences.push(format!("{token}\n  {keys}\n  jose: {valid}, ours: {ours:?}"));
        }
        accepted += usize::from(ours.is_ok());
    }
    let shown = differences.iter().take(5).map(String::as_str).collect::<Vec<_>>();
    assert!(differences.is_empty(), "{} differ:\n{}", differences.len(), shown.join("\n"));
    assert_eq!(tokens.len(), TOKENS);
    assert!((TOKENS / 10..TOKENS / 2).contains(&accepted), "{accepted} accepted");
}
