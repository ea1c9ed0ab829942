//! jose judges the same tokens and JWKS.

use std::{
    path::Path,
    process::{Command, Stdio},
};

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
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap();
    let clients = repository.join("tests/clients");
    let node = Command::new("node")
        .args(["jwk-oracle.mjs", SEED, &TOKENS.to_string()])
        .current_dir(&clients)
        .env_remove("NODE_OPTIONS")
        .stdin(Stdio::null())
        .output();
    let node = node.ok().filter(|_| clients.join("node_modules/jose").exists());
    let Some(node) = node else {
        skips::skip(skips::CLIENTS);
        return None;
    };
    assert!(node.status.success(), "{}", String::from_utf8_lossy(&node.stderr));
    let lines = node.stdout.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    Some(lines.map(|line| serde_json::from_slice(line).unwrap()).collect())
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
