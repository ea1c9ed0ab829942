//! The parts of a token in JWS compact serialization.

use serde_json::{Map, Value};

use super::{Algorithm, Refused};
use crate::{
    base64url::decode,
    jwt::{Claims, object},
};

/// The maximum length of a token, in bytes. Tokens with many groups have some 10 KB.
const MAX_LENGTH: usize = 32 * 1024;

pub(super) struct Token<'t> {
    header: Map<String, Value>,
    payload: &'t str,
    pub(super) signature: Vec<u8>,
    /// What the signature covers: header and payload.
    pub(super) signed: &'t str,
}

impl<'t> Token<'t> {
    pub(super) fn parse(token: &'t str) -> Result<Self, Refused> {
        if token.len() > MAX_LENGTH {
            return Err(Refused::Malformed);
        }
        let (signed, signature) = token.rsplit_once('.').ok_or(Refused::Malformed)?;
        // A fourth part is no base64url: decoding refuses its dot.
        let (header, payload) = signed.split_once('.').ok_or(Refused::Malformed)?;
        let header = object(header).map_err(|_| Refused::Malformed)?;
        // No critical extension is supported.
        if header.contains_key("crit") {
            return Err(Refused::Malformed);
        }
        let signature = decode(signature).ok_or(Refused::Malformed)?;
        Ok(Self { header, payload, signature, signed })
    }

    /// `None` for algorithms without a public key, e.g. `none`, and unknown ones.
    pub(super) fn algorithm(&self) -> Option<Algorithm> {
        Algorithm::named(self.header.get("alg")?.as_str()?)
    }

    /// The id of the key that signed the token, if the token names one.
    pub(super) fn key_id(&self) -> Result<Option<&str>, Refused> {
        match self.header.get("kid") {
            None => Ok(None),
            Some(id) => id.as_str().map(Some).ok_or(Refused::Malformed),
        }
    }

    pub(super) fn claims(&self) -> Result<Claims, Refused> {
        object(self.payload).map_err(|_| Refused::Malformed)
    }
}
