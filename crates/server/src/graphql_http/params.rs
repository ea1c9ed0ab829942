//! Parameters of a request in JSON.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{
        MapAccess, SeqAccess, Visitor,
        value::{MapAccessDeserializer, SeqAccessDeserializer},
    },
};
use serde_json::{Map, Value};

/// Parameters whose types are not checked yet. A null parameter is absent; a duplicate is an
/// error.
///
/// Source: GraphQL over HTTP, "Request Parameters".
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct GraphqlParams {
    pub(super) query: Option<Value>,
    pub(super) document_id: Option<Value>,
    pub(super) operation_name: Option<Value>,
    pub(super) variables: Option<Value>,
    pub(super) extensions: Option<Value>,
}

impl From<Map<String, Value>> for GraphqlParams {
    fn from(mut fields: Map<String, Value>) -> Self {
        let mut take = |name| fields.swap_remove(name).filter(|value| !value.is_null());
        Self {
            query: take("query"),
            document_id: take("documentId"),
            operation_name: take("operationName"),
            variables: take("variables"),
            extensions: take("extensions"),
        }
    }
}

/// A JSON body.
pub(super) enum JsonBody {
    /// Boxed, because a list may have many of the other variants.
    Object(Box<GraphqlParams>),
    List(Vec<Self>),
    Other,
}

impl<'de> Deserialize<'de> for JsonBody {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = JsonBody;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<JsonBody, A::Error> {
        Box::deserialize(MapAccessDeserializer::new(map)).map(JsonBody::Object)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<JsonBody, A::Error> {
        Vec::deserialize(SeqAccessDeserializer::new(list)).map(JsonBody::List)
    }

    fn visit_str<E>(self, _: &str) -> Result<JsonBody, E> {
        Ok(JsonBody::Other)
    }

    fn visit_bool<E>(self, _: bool) -> Result<JsonBody, E> {
        Ok(JsonBody::Other)
    }

    fn visit_u64<E>(self, _: u64) -> Result<JsonBody, E> {
        Ok(JsonBody::Other)
    }

    fn visit_i64<E>(self, _: i64) -> Result<JsonBody, E> {
        Ok(JsonBody::Other)
    }

    fn visit_f64<E>(self, _: f64) -> Result<JsonBody, E> {
        Ok(JsonBody::Other)
    }

    fn visit_unit<E>(self) -> Result<JsonBody, E> {
        Ok(JsonBody::Other)
    }
}
