//! The JSON of a credential (`PublicKeyCredential.toJSON`), as clients send it.

use crypto::base64url;
use serde_json::{Map, Value};

use super::expected::Refused;

/// The maximum number of transports, and of characters of one.
const MAX_TRANSPORTS: usize = 16;
const MAX_TRANSPORT_LEN: usize = 32;

/// A credential with the response of the authenticator, unchecked.
#[derive(Debug)]
pub(in crate::passkey) struct Credential(Map<String, Value>);

impl From<Map<String, Value>> for Credential {
    fn from(fields: Map<String, Value>) -> Self {
        Self(fields)
    }
}

impl Credential {
    /// The id in base64url.
    pub(in crate::passkey) fn id(&self) -> Option<&str> {
        self.0.get("id")?.as_str()
    }

    /// The checks of both ceremonies.
    pub(super) fn check(&self) -> Result<(), Refused> {
        let id = self.id().filter(|id| !id.is_empty());
        if id.is_none() || id != self.0.get("rawId").and_then(Value::as_str) {
            return Err(Refused::Check("no credential id in base64url"));
        }
        match self.0.get("type").and_then(Value::as_str) {
            Some("public-key") => Ok(()),
            _ => Err(Refused::Check("another type of credential")),
        }
    }

    pub(super) fn client_data(&self) -> Result<Vec<u8>, Refused> {
        self.bytes("clientDataJSON")
    }

    pub(super) fn attestation_object(&self) -> Result<Vec<u8>, Refused> {
        self.bytes("attestationObject")
    }

    pub(super) fn authenticator_data(&self) -> Result<Vec<u8>, Refused> {
        self.bytes("authenticatorData")
    }

    pub(super) fn signature(&self) -> Result<Vec<u8>, Refused> {
        self.bytes("signature")
    }

    /// How clients reach the authenticator, e.g. `usb`, separated by commas. `None` if they have
    /// another form.
    pub(in crate::passkey) fn transports(&self) -> Option<String> {
        let list = match self.response().and_then(|response| response.get("transports")) {
            None => return Some(String::new()),
            Some(list) => list.as_array().filter(|list| list.len() <= MAX_TRANSPORTS)?,
        };
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
        let is_word = |word: &&str| word.len() <= MAX_TRANSPORT_LEN && word.chars().all(plain);
        let words = list.iter().map(|word| word.as_str().filter(is_word));
        Some(words.collect::<Option<Vec<_>>>()?.join(","))
    }

    fn response(&self) -> Option<&Map<String, Value>> {
        self.0.get("response")?.as_object()
    }

    /// A field of the response in base64url, with or without padding.
    fn bytes(&self, name: &str) -> Result<Vec<u8>, Refused> {
        let text = self.response().and_then(|response| response.get(name)?.as_str());
        let bytes = text.and_then(|text| base64url::decode(text.trim_end_matches('=')));
        bytes.ok_or(Refused::Check("a field is missing or no base64url"))
    }
}
