//! Client data (section 5.8.1): what the browser knows of the page.

use super::expected::{Expected, Refused};
use crate::extract::{Document, Value, parse_json};

/// The client data of a response, as JSON of any fields.
pub(super) struct ClientData(Document);

impl ClientData {
    pub(super) fn parse(json: &[u8]) -> Result<Self, Refused> {
        parse_json(json).map(Self).ok_or(Refused::Check("malformed client data"))
    }

    /// Checks the type of the ceremony, the challenge and the page. Pages in frames of other
    /// origins are refused: a page could show a frame of this service below another one.
    pub(super) fn check(&self, kind: &str, expected: Expected<'_>) -> Result<(), Refused> {
        if self.text("type") != Some(kind) {
            return Err(Refused::Check("another ceremony"));
        }
        if self.text("challenge") != Some(expected.challenge) {
            return Err(Refused::Check("another challenge"));
        }
        let is_expected = |origin: &str| expected.origins.iter().any(|known| known == origin);
        if !self.text("origin").is_some_and(is_expected) {
            return Err(Refused::Check("another origin"));
        }
        let is_embedded = self.0.get("crossOrigin").is_some_and(Value::is_truthy)
            || self.text("topOrigin").is_some_and(|origin| !is_expected(origin));
        if is_embedded {
            return Err(Refused::Check("in a frame of another origin"));
        }
        Ok(())
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(Value::as_text)
    }
}
