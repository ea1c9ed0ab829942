//! The messages of `graphql-transport-ws`.
//!
//! Source: `PROTOCOL.md` of graphql-ws 6.

use async_graphql::ServerError;
use axum::extract::ws::Message;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::graphql_http::{body::has_too_many_values, json, subscription::Reply};

/// Maximum length of an operation's id, in bytes. Clients use numbers or UUIDs.
const MAX_ID_BYTES: usize = 256;

/// A message of a client.
#[derive(Debug, PartialEq)]
pub(super) enum Incoming {
    /// The client identifies itself.
    Init(Map<String, Value>),
    Ping(Option<Value>),
    Pong,
    /// The client starts an operation.
    Subscribe {
        id: String,
        request: Map<String, Value>,
    },
    /// The client stops an operation.
    Complete {
        id: String,
    },
}

/// A message of the library, with the reply that replaces its content.
pub(super) struct Outgoing {
    pub(super) message: Message,
    pub(super) reply: Option<Reply>,
}

#[derive(Deserialize)]
struct ClientMessage {
    id: Option<String>,
    r#type: String,
    payload: Option<Value>,
}

#[derive(Deserialize)]
struct ServerMessage {
    id: Option<String>,
}

impl Incoming {
    /// Reads a message. Fails with the reason for the close frame.
    pub(super) fn read(text: &str) -> Result<Self, &'static str> {
        const UNKNOWN: &str = "Invalid message received";
        if has_too_many_values(text.as_bytes()) {
            return Err("Invalid message: it has too many values");
        }
        let ClientMessage { id, r#type, payload } =
            json::read(text.as_bytes()).map_err(|_| UNKNOWN)?;
        let id = || {
            let fits = |id: &String| !id.is_empty() && id.len() <= MAX_ID_BYTES;
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

/// A `connection_init` for the library.
pub(super) fn init(payload: &Map<String, Value>) -> Message {
    Message::text(json!({ "type": "connection_init", "payload": payload }).to_string())
}

/// A `ping` for the library.
pub(super) fn ping(payload: Option<&Value>) -> Message {
    Message::text(json!({ "type": "ping", "payload": payload }).to_string())
}

/// A `subscribe` for the library. The executor has the operation already.
pub(super) fn subscribe(id: &str) -> Message {
    Message::text(json!({ "type": "subscribe", "id": id, "payload": {} }).to_string())
}

/// A `complete`, for the library or the client.
pub(super) fn complete(id: &str) -> Message {
    Message::text(json!({ "type": "complete", "id": id }).to_string())
}

/// Returns the id of the operation of a message that the library wrote, if it has one.
pub(super) fn operation_id(text: &str) -> Option<String> {
    serde_json::from_str::<ServerMessage>(text).ok()?.id
}

/// A result, which is JSON already.
pub(super) fn next(id: &str, result: &[u8]) -> Message {
    let id = Value::from(id).to_string();
    let mut text = String::with_capacity(result.len() + id.len() + 40);
    text.extend([r#"{"id":"#, &id, r#","type":"next","payload":"#]);
    text.push_str(&String::from_utf8_lossy(result));
    text.push('}');
    Message::text(text)
}

/// The errors of an operation that was not executed.
pub(super) fn error(id: &str, errors: &[ServerError]) -> Message {
    Message::text(json!({ "id": id, "type": "error", "payload": errors }).to_string())
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
    fn a_result_is_inserted_unchanged() {
        assert_eq!(
            next("a\"b", br#"{"data":{"x":1}}"#),
            Message::text(r#"{"id":"a\"b","type":"next","payload":{"data":{"x":1}}}"#)
        );
    }
}
