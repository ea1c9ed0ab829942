//! `@simplewebauthn/server`, which better-auth uses, judges the same responses.

use base64::{Engine, prelude::BASE64_STANDARD};
use crypto::base64url;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{
    Assertion, Credential, Expected, NewCredential, verify_assertion, verify_registration,
};
use crate::passkey::authenticators;

const SEED: &str = "20261130";
const RESPONSES: usize = 3_000;

/// A response, what was expected, and the judgment: null, or what was read.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Judged {
    kind: String,
    response: Map<String, Value>,
    challenge: String,
    origin: String,
    rp_id: String,
    required: bool,
    #[serde(default)]
    key: String,
    #[serde(default)]
    counter: u32,
    #[serde(rename = "judged")]
    verdict: Value,
}

/// `None` without Node.js: the test is skipped.
fn judged() -> Option<Vec<Judged>> {
    let printed = skips::oracle(
        "passkey-oracle.mjs",
        &[SEED, &RESPONSES.to_string()],
        "@simplewebauthn/server",
    )?;
    Some(printed.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

/// Our judgment, in the form of the oracle's.
fn ours(one: &Judged) -> Value {
    let credential = Credential::from(one.response.clone());
    let origins = [one.origin.clone()];
    let expected = Expected {
        challenge: &one.challenge,
        origins: &origins,
        rp_id: &one.rp_id,
        user_verification: one.required,
    };
    if one.kind == "create" {
        let Ok(made) = verify_registration(&credential, expected) else { return Value::Null };
        let NewCredential { id, public_key, counter, aaguid, is_multi_device, is_backed_up } = made;
        return json!({
            "id": base64url::encode(&id), "key": BASE64_STANDARD.encode(public_key),
            "counter": counter, "aaguid": authenticators::uuid(aaguid),
            "multi": is_multi_device, "backedUp": is_backed_up,
        });
    }
    let key = BASE64_STANDARD.decode(&one.key).unwrap();
    match verify_assertion(&credential, expected, &key, one.counter) {
        Ok(Assertion { counter, user_verified }) => {
            json!({ "counter": counter, "verified": user_verified })
        }
        Err(_) => Value::Null,
    }
}

#[test]
fn simplewebauthn_accepts_the_same_responses() {
    let Some(responses) = judged() else { return };
    let (mut accepted, mut differences) = (0, Vec::new());
    for one in &responses {
        let ours = ours(one);
        if ours != one.verdict {
            let response = Value::from(one.response.clone());
            differences.push(format!("{response}\n  theirs: {}\n  ours: {ours}", one.verdict));
        }
        accepted += usize::from(!ours.is_null());
    }
    let shown = differences.iter().take(5).map(String::as_str).collect::<Vec<_>>();
    assert!(differences.is_empty(), "{} differ:\n{}", differences.len(), shown.join("\n"));
    assert_eq!(responses.len(), RESPONSES);
    assert!((RESPONSES / 8..RESPONSES / 2).contains(&accepted), "{accepted} accepted");
}
