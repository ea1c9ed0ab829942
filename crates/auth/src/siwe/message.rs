//! Messages that wallets sign, as EIP-4361 has them.
//!
//! better-auth reads fields wherever a line has one. This parser follows the grammar instead, so
//! that a statement or a resource cannot pose as a field, and so that a wallet recognizes each
//! accepted text as a sign-in and shows its host. It is stricter in one point, schemes are http or
//! https, and laxer in two: a statement may have letters of any language, and one empty line in
//! place of two may precede the fields if there is no statement, as some clients write it.

use std::str::Split;

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
        let mut lines = text.split('\n');
        let domain = domain(lines.next()?.strip_suffix(INTRODUCTION)?)?;
        let address = crypto::ethereum::checksum_address(lines.next()?)?;
        skip_statement(&mut lines)?;
        let mut fields = Fields { next: lines.next(), lines };
        let uri = uri(fields.required("URI")?)?;
        if fields.required("Version")? != "1" {
            return None;
        }
        let chain_id = chain_id(fields.required("Chain ID")?)?;
        let nonce = fields.required("Nonce")?;
        let is_plain = nonce.bytes().all(|c| c.is_ascii_alphanumeric());
        if !is_plain || !NONCE_LEN.contains(&nonce.len()) {
            return None;
        }
        let issued_at = time(fields.required("Issued At")?)?;
        let expires_at = fields.optional_time("Expiration Time")?;
        let not_before = fields.optional_time("Not Before")?;
        if !fields.optional("Request ID").is_none_or(has_uri_characters) {
            return None;
        }
        fields.end()?;
        let nonce = nonce.to_owned();
        Some(Self { domain, address, uri, chain_id, nonce, issued_at, expires_at, not_before })
    }

    /// The host and the port of the URI, as a domain.
    pub(super) fn host_of_uri(&self) -> String {
        self.uri[url::Position::BeforeHost..url::Position::AfterPort].to_owned()
    }
}

/// Host and port of a configured domain or URL, in lower case, as better-auth compares them.
pub(super) fn normalized(domain: &str) -> String {
    let domain = domain.trim().to_lowercase();
    let domain = domain.split_once("://").map_or(domain.as_str(), |(_, rest)| rest);
    domain.split('/').next().unwrap_or_default().to_owned()
}

/// The domain of the first line, in lower case, without its scheme.
fn domain(text: &str) -> Option<String> {
    let domain = after_scheme(text).unwrap_or(text);
    let is_host = |c: u8| c.is_ascii_alphanumeric() || b"-._~:[]".contains(&c);
    domain.bytes().all(is_host).then(|| domain.to_ascii_lowercase())
}

fn after_scheme(text: &str) -> Option<&str> {
    text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"))
}

/// A URI of a page, without user information, whose host a reader could mistake.
fn uri(text: &str) -> Option<Url> {
    let authority = after_scheme(text)?.split(['/', '?', '#']).next()?;
    let is_plain = has_uri_characters(text) && !authority.contains('@');
    Url::parse(text).ok().filter(|_| is_plain)
}

/// Whether a text has no other characters than URIs. Source: RFC 3986, appendix A.
fn has_uri_characters(text: &str) -> bool {
    text.bytes().all(|c| c.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=%".contains(&c))
}

fn chain_id(text: &str) -> Option<i32> {
    let is_number = text.bytes().all(|c| c.is_ascii_digit());
    text.parse().ok().filter(|id| is_number && *id > 0)
}

/// Skips an empty line, the statement if there is one, and the empty line after it.
fn skip_statement(lines: &mut Split<'_, char>) -> Option<()> {
    if !lines.next()?.is_empty() {
        return None;
    }
    let mut ahead = lines.clone();
    let statement = ahead.next()?;
    if statement.starts_with("URI: ") && !ahead.next()?.is_empty() {
        return Some(());
    }
    lines.next();
    if statement.is_empty() {
        return Some(());
    }
    let is_text = !statement.chars().any(char::is_control);
    (is_text && lines.next()?.is_empty()).then_some(())
}

/// The fields, in their order.
struct Fields<'a> {
    next: Option<&'a str>,
    lines: Split<'a, char>,
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
            Some("Resources:") => self.lines.all(is_resource).then_some(()),
            Some(_) => None,
        }
    }
}

fn is_resource(line: &str) -> bool {
    let uri = line.strip_prefix("- ");
    uri.is_some_and(|uri| has_uri_characters(uri) && Url::parse(uri).is_ok())
}

/// A date and time of RFC 3339 in its usual form: the parser also reads others, e.g. with a space.
fn time(text: &str) -> Option<DateTime<FixedOffset>> {
    let is_usual = text.bytes().all(|c| c.is_ascii_digit() || b"-:.+TZ".contains(&c));
    DateTime::parse_from_rfc3339(text).ok().filter(|_| is_usual)
}

#[cfg(test)]
mod tests;
