//! The `Accept` header: in which form an answer is wanted.

use std::cmp::Ordering;

use axum::http::{HeaderMap, header::ACCEPT};

/// A form of answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MediaType {
    /// `application/graphql-response+json`: the status tells how it went.
    GraphqlResponse,
    /// `application/json`: 200 for every well-formed request, as older clients expect.
    Json,
}

impl MediaType {
    /// The header `Content-Type`.
    pub(super) fn content_type(self) -> &'static str {
        match self {
            Self::GraphqlResponse => "application/graphql-response+json; charset=utf-8",
            Self::Json => "application/json; charset=utf-8",
        }
    }
}

/// What a request wants, in order.
pub(super) struct Accept<'h>(Vec<Range<'h>>);

/// One element of the header.
#[derive(Debug)]
struct Range<'h> {
    name: &'h str,
    /// In thousandths.
    quality: u16,
}

impl<'h> Accept<'h> {
    pub(super) fn of(headers: &'h HeaderMap) -> Self {
        let values = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
        Self(values.flat_map(|value| value.split(',')).filter_map(range).collect())
    }

    /// The form to answer in, the client's favourite first; JSON when it does not say.
    /// `None` when it wants neither.
    pub(super) fn negotiate(&self) -> Option<MediaType> {
        if self.0.is_empty() {
            return Some(MediaType::Json);
        }
        let (new, exactness) = self.quality("application/graphql-response+json");
        let (old, _) = self.quality("application/json");
        // Wanted alike, the newer form is given only to those who name it.
        match new.cmp(&old) {
            Ordering::Greater => Some(MediaType::GraphqlResponse),
            Ordering::Equal if old == 0 => None,
            Ordering::Equal if exactness == EXACT => Some(MediaType::GraphqlResponse),
            Ordering::Equal | Ordering::Less => Some(MediaType::Json),
        }
    }

    /// How much `name` is wanted, if it is named itself; in thousandths.
    pub(super) fn named(&self, name: &str) -> u16 {
        match self.quality(name) {
            (quality, EXACT) => quality,
            _ => 0,
        }
    }

    /// Whether a person's browser is asking: it names HTML, and no form of data.
    pub(super) fn prefers_page(&self) -> bool {
        let names = |name| self.named(name) > 0;
        names("text/html")
            && !names("application/json")
            && !names("application/graphql-response+json")
    }

    /// How much `name` is wanted, and how exactly it was named. The most exact range
    /// counts (RFC 9110, section 12.5.1).
    fn quality(&self, name: &str) -> (u16, u8) {
        let exactness = |range: &Range<'_>| match range.name {
            exact if exact.eq_ignore_ascii_case(name) => Some(EXACT),
            wide if wide.eq_ignore_ascii_case("application/*") => Some(1),
            "*/*" => Some(0),
            _ => None,
        };
        let matching = self.0.iter().filter_map(|range| Some((exactness(range)?, range.quality)));
        matching.max().map_or((0, 0), |(exactness, quality)| (quality, exactness))
    }
}

fn range(text: &str) -> Option<Range<'_>> {
    let mut parts = text.split(';').map(str::trim);
    let name = parts.next().filter(|name| !name.is_empty())?;
    let quality = parts.find_map(|part| part.strip_prefix("q=").or(part.strip_prefix("Q=")));
    let quality = quality.and_then(|number| number.parse::<f32>().ok()).unwrap_or(1.0);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped to 0..=1000"
    )]
    Some(Range { name, quality: (quality.clamp(0.0, 1.0) * 1000.0) as u16 })
}

/// Named to the letter.
const EXACT: u8 = 2;

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(accept: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        if !accept.is_empty() {
            headers.insert(ACCEPT, accept.parse().unwrap());
        }
        headers
    }

    #[test]
    fn the_favourite_is_answered() {
        let (new, old) = (Some(MediaType::GraphqlResponse), Some(MediaType::Json));
        for (accept, answer) in [
            ("", old),
            ("*/*", old),
            ("application/*", old),
            ("application/json", old),
            ("application/json; charset=utf-8", old),
            ("application/graphql-response+json", new),
            ("application/graphql-response+json,application/json;q=0.9", new),
            ("application/graphql-response+json, application/json", new),
            ("application/json;q=0.9, application/graphql-response+json;q=0.5", old),
            ("application/graphql-response+json;q=0, */*", old),
            (
                "application/graphql-response+json, application/graphql+json, application/json, \
              text/event-stream, multipart/mixed",
                new,
            ),
            ("text/html, */*;q=0.1", old),
            ("text/html", None),
            ("image/png", None),
            ("application/json;q=0", None),
        ] {
            assert_eq!(Accept::of(&headers(accept)).negotiate(), answer, "{accept}");
        }
    }

    #[test]
    fn a_browser_gets_the_page_and_a_program_does_not() {
        let browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
        assert!(Accept::of(&headers(browser)).prefers_page());
        for accept in ["", "*/*", "application/json", "text/html, application/json"] {
            assert!(!Accept::of(&headers(accept)).prefers_page(), "{accept}");
        }
    }
}
