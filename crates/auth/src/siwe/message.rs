//! Messages that wallets sign, as EIP-4361 has them.
//!
//! better-auth reads fields wherever a line has one. This parser follows the grammar instead, so
//! that a statement or a resource cannot pose as a field.

use std::str::Lines;

use chrono::{DateTime, FixedOffset};
use url::Url;

const INTRODUCTION: &str = " wants you to sign in with your Ethereum account:";
/// better-auth's limits of a nonce's length.
const NONCE_LEN: std::ops::RangeInclusive<usize> = 8..=250;

/// A message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Message {
    /// Host and port, in lower case.
    pub(super) domain: String,
    /// With the capital letters of its checksum.
    pub(super) address: String,
    pub(super) uri: Url,
    pub(super) chain_id: i32,
    pub(super) nonce: String,
    pub(super) issued_at: DateTime<FixedOffset>,
    pub(super) expires_at: Option<DateTime<FixedOffset>>,
    pub(super) not_before: Option<DateTime<FixedOffset>>,
}

impl Message {
    /// Parses a message. `None`: it does not follow the grammar, or has a value that is not valid.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        let domain = normalized(lines.next()?.strip_suffix(INTRODUCTION)?);
        let address = crypto::ethereum::checksum_address(lines.next()?)?;
        skip_statement(&mut lines)?;
        let mut fields = Fields { next: lines.next(), lines };
        let uri = Url::parse(fields.required("URI")?).ok()?;
        if fields.required("Version")? != "1" {
            return None;
        }
        let chain_id = fields.required("Chain ID")?.parse().ok().filter(|id| *id > 0)?;
        let nonce = fields.required("Nonce")?;
        let is_plain = nonce.bytes().all(|c| c.is_ascii_alphanumeric());
        if !is_plain || !NONCE_LEN.contains(&nonce.len()) {
            return None;
        }
        let issued_at = time(fields.required("Issued At")?)?;
        let expires_at = fields.optional_time("Expiration Time")?;
        let not_before = fields.optional_time("Not Before")?;
        fields.optional("Request ID");
        fields.end()?;
        let nonce = nonce.to_owned();
        Some(Self { domain, address, uri, chain_id, nonce, issued_at, expires_at, not_before })
    }

    /// The host and the port of the URI, as a domain.
    pub(super) fn host_of_uri(&self) -> String {
        self.uri[url::Position::BeforeHost..url::Position::AfterPort].to_owned()
    }
}

/// Host and port of a domain in lower case, without scheme and path, as better-auth compares them.
pub(super) fn normalized(domain: &str) -> String {
    let domain = domain.trim().to_lowercase();
    let domain = domain.split_once("://").map_or(domain.as_str(), |(_, rest)| rest);
    domain.split('/').next().unwrap_or_default().to_owned()
}

/// Skips an empty line, the statement if there is one, and the empty line after it.
fn skip_statement(lines: &mut Lines<'_>) -> Option<()> {
    if !lines.next()?.is_empty() {
        return None;
    }
    let mut ahead = lines.clone();
    let statement = ahead.next()?;
    // Some wallets write one empty line in place of two if there is no statement.
    if statement.starts_with("URI: ") && !ahead.next()?.is_empty() {
        return Some(());
    }
    lines.next();
    if statement.is_empty() { Some(()) } else { lines.next()?.is_empty().then_some(()) }
}

/// The fields, in their order.
struct Fields<'a> {
    next: Option<&'a str>,
    lines: Lines<'a>,
}

impl<'a> Fields<'a> {
    fn required(&mut self, name: &str) -> Option<&'a str> {
        self.optional(name)
    }

    fn optional(&mut self, name: &str) -> Option<&'a str> {
        let value = self.next?.strip_prefix(name)?.strip_prefix(": ")?;
        self.next = self.lines.next();
        Some(value)
    }

    /// The outer `None`: the time is not valid.
    #[expect(clippy::option_option, reason = "see above")]
    fn optional_time(&mut self, name: &str) -> Option<Option<DateTime<FixedOffset>>> {
        match self.optional(name) {
            Some(text) => time(text).map(Some),
            None => Some(None),
        }
    }

    /// Whether nothing but resources follows.
    fn end(mut self) -> Option<()> {
        match self.next {
            None => Some(()),
            Some("Resources:") => self.lines.all(|line| line.starts_with("- ")).then_some(()),
            Some(_) => None,
        }
    }
}

fn time(text: &str) -> Option<DateTime<FixedOffset>> {
    DateTime::parse_from_rfc3339(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MESSAGE: &str = "books.example.com wants you to sign in with your Ethereum account:\n\
        0xc02aaa39b223fe8d0a0e5c4f27ead9083c756cc2\n\
        \n\
        I accept the terms.\n\
        \n\
        URI: https://books.example.com/login\n\
        Version: 1\n\
        Chain ID: 1\n\
        Nonce: 32891756abcd\n\
        Issued At: 2026-11-20T12:00:00Z\n\
        Expiration Time: 2026-11-20T12:10:00.000Z\n\
        Not Before: 2026-11-20T11:59:00+00:00\n\
        Request ID: 7\n\
        Resources:\n\
        - https://example.com/claim.json";

    #[test]
    fn a_message_with_every_field_is_parsed() {
        let message = Message::parse(MESSAGE).unwrap();
        assert_eq!(message.domain, "books.example.com");
        assert_eq!(message.address, "0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2");
        assert_eq!(message.host_of_uri(), "books.example.com");
        assert_eq!((message.chain_id, message.nonce.as_str()), (1, "32891756abcd"));
        assert_eq!(message.expires_at.unwrap().timestamp() - message.issued_at.timestamp(), 600);
        assert!(message.not_before.unwrap() < message.issued_at);
        assert_eq!(Message::parse(&MESSAGE.replace('\n', "\r\n")), Some(message.clone()));
        let with_scheme = MESSAGE.replacen("books", "https://books", 1);
        assert_eq!(Message::parse(&with_scheme), Some(message));
    }

    #[test]
    fn statement_and_later_fields_are_optional() {
        let required = MESSAGE.split("\nExpiration").next().unwrap();
        assert!(Message::parse(required).unwrap().expires_at.is_none());
        for statement in ["\n", ""] {
            assert!(
                Message::parse(&required.replace("I accept the terms.\n\n", statement)).is_some()
            );
        }
        let odd = required.replace("I accept the terms.", "URI: https://evil.example");
        assert_eq!(Message::parse(&odd).unwrap().host_of_uri(), "books.example.com");
    }

    #[test]
    fn other_texts_are_refused() {
        for (from, to) in [
            (" wants", " want"),
            ("0xc02a", "0xc02"),
            ("URI: https://books.example.com/login\n", ""),
            ("URI: https", "URI: :"),
            ("Version: 1", "Version: 2"),
            ("Chain ID: 1", "Chain ID: 0"),
            ("Chain ID: 1", "Chain ID: -1"),
            ("Chain ID: 1", "Chain ID: 0x1"),
            ("Chain ID: 1", "Chain ID: 99999999999999"),
            ("Nonce: 32891756abcd", "Nonce: short"),
            ("Nonce: 32891756abcd", "Nonce: 32891756-abcd"),
            ("Issued At: 2026-11-20T12:00:00Z\n", ""),
            ("Expiration Time: 2026", "Expiration Time: soon"),
            ("Not Before: 2026", "Not Before: "),
            ("Version: 1\nChain ID: 1", "Chain ID: 1\nVersion: 1"),
            ("Nonce: 32891756abcd", "Nonce: 32891756abcd\nNonce: 32891756abce"),
            ("- https://example.com/claim.json", "Nonce: 32891756abce"),
            ("I accept the terms.", "I accept\nthe terms."),
        ] {
            let text = MESSAGE.replace(from, to);
            assert_ne!(text, MESSAGE, "{from}");
            assert_eq!(Message::parse(&text), None, "{to}");
        }
        assert_eq!(Message::parse(""), None);
    }
}
