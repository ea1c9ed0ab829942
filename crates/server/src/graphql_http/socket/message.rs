//! The messages of `graphql-transport-ws`.
//!
//! Source: `PROTOCOL.md` of graphql-ws 6.

use async_graphql::ServerError;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::graphql_http::{body::has_too_many_values, json, live::OutboundMessage};

/// The longest id of an operation, in bytes; those of clients are numbers or UUIDs.
const LONGEST_ID: usize = 256;

/// What a client says.
#[derive(Debug, PartialEq)]
pub(super) enum Incoming {
    /// Who it is.
    Init(Map<String, Value>),
    /// Whether the server is there.
    Ping(Option<Value>),
    /// That it is there.
    Pong,
    /// To execute this.
    Subscribe { id: String, request: Map<String, Value> },
    /// To stop that.
    Complete { id: String },
}

#[derive(Deserialize)]
struct Said {
    id: Option<String>,
    r#type: String,
    payload: Option<Value>,
}

impl Incoming {
    /// Reads a message. Fails with what is wrong with it.
    pub(super) fn read(text: &str) -> Result<Self, &'static str> {
        const UNKNOWN: &str = "Invalid message received";
        if has_too_many_values(text.as_bytes()) {
            return Err("Invalid message: it has too many values");
        }
        let Said { id, r#type, payload } = json::read(text.as_bytes()).map_err(|_| UNKNOWN)?;
        let id = || {
            let fits = |id: &String| !id.is_empty() && id.len() <= LONGEST_ID;
            id.filter(fits).ok_or("Invalid message: id must be a text of 1 to 256 bytes")
        };
        match (&*r#type, payload) {
            ("connection_init", None) => Ok(Self::Init(Map::new())),
            ("connection_init", Some(Value::Object(payload))) => Ok(Self::Init(payload)),
            ("ping", payload) => Ok(Self::Ping(payload)),
            ("pong", _) => Ok(Self::Pong),
            ("subscribe", Some(Value::Object(request))) => {
                Ok(Self::Subscribe { id: id()?, request })
            }
            ("connection_init" | "subscribe", _) => {
                Err("Invalid message: payload must be an object")
            }
            ("complete", _) => Ok(Self::Complete { id: id()? }),
            _ => Err(UNKNOWN),
        }
    }
}

pub(super) fn ack() -> String {
    json!({ "type": "connection_ack" }).to_string()
}

/// With what the ping said.
pub(super) fn pong(payload: Option<Value>) -> String {
    match payload {
        Some(payload) => json!({ "type": "pong", "payload": payload }).to_string(),
        None => json!({ "type": "pong" }).to_string(),
    }
}

/// What is said of an operation.
pub(super) fn of(id: &str, words: &OutboundMessage) -> String {
    match words {
        OutboundMessage::Answer(json) => next(id, json),
        OutboundMessage::Error(errors) => error(id, errors),
        OutboundMessage::Complete => complete(id),
    }
}

/// An answer, which is JSON already.
fn next(id: &str, answer: &[u8]) -> String {
    let id = Value::from(id).to_string();
    let mut text = String::with_capacity(answer.len() + id.len() + 40);
    text.extend([r#"{"id":"#, &id, r#","type":"next","payload":"#]);
    text.push_str(&String::from_utf8_lossy(answer));
    text.push('}');
    text
}

/// An operation was not executed.
pub(super) fn error(id: &str, errors: &[ServerError]) -> String {
    json!({ "id": id, "type": "error", "payload": errors }).to_string()
}

fn complete(id: &str) -> String {
    json!({ "id": id, "type": "complete" }).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_of_the_protocol_are_read() {
        let id = "1".to_owned();
        for (text, expected) in [
            (r#"{"type":"connection_init"}"#, Incoming::Init(Map::new())),
            (r#"{"type":"connection_init","payload":null}"#, Incoming::Init(Map::new())),
            (r#"{"type":"ping"}"#, Incoming::Ping(None)),
            (r#"{"type":"pong","payload":{"a":1}}"#, Incoming::Pong),
            (r#"{"id":"1","type":"complete"}"#, Incoming::Complete { id: id.clone() }),
            (
                r#"{"id":"1","type":"subscribe","payload":{}}"#,
                Incoming::Subscribe { id, request: Map::new() },
            ),
        ] {
            assert_eq!(Incoming::read(text), Ok(expected), "{text}");
        }
        for text in [
            "",
            "null",
            "[]",
            "{}",
            r#"{"type":1}"#,
            r#"{"type":"start","id":"1","payload":{}}"#,
            r#"{"type":"next","id":"1","payload":{}}"#,
            r#"{"type":"connection_init","payload":"token"}"#,
            r#"{"type":"subscribe","payload":{}}"#,
            r#"{"type":"subscribe","id":1,"payload":{}}"#,
            r#"{"type":"subscribe","id":"","payload":{}}"#,
            r#"{"type":"subscribe","id":"1","payload":"{ me }"}"#,
            r#"{"type":"complete"}"#,
            &format!(r#"{{"type":"complete","id":"{}"}}"#, "x".repeat(257)),
            &format!(r#"{{"type":"ping","payload":[{}0]}}"#, "[],".repeat(70_000)),
            &format!(r#"{{"type":"ping","payload":{}0{}}}"#, "[".repeat(200), "]".repeat(200)),
        ] {
            assert!(Incoming::read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn an_answer_is_put_in_as_it_is() {
        assert_eq!(
            next("a\"b", br#"{"data":{"x":1}}"#),
            r#"{"id":"a\"b","type":"next","payload":{"data":{"x":1}}}"#
        );
    }
}
