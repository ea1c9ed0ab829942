//! The `Accept` header: the formats of response that a client accepts.

use std::cmp::Ordering;

use axum::http::{HeaderMap, header::ACCEPT};

/// A format of responses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MediaType {
    /// `application/graphql-response+json`: the status is an error's.
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

/// The media ranges of a request.
pub(super) struct Accept<'h>(Vec<Range<'h>>);

/// A media range.
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

    /// Returns the preferred format, JSON without a header, or `None` if the client accepts
    /// neither.
    pub(super) fn negotiate(&self) -> Option<MediaType> {
        if self.0.is_empty() {
            return Some(MediaType::Json);
        }
        let (new, exactness) = self.quality("application/graphql-response+json");
        let (old, _) = self.quality("application/json");
        // At equal quality, the newer format needs a client that names it.
        match new.cmp(&old) {
            Ordering::Greater => Some(MediaType::GraphqlResponse),
            Ordering::Equal if old == 0 => None,
            Ordering::Equal if exactness == EXACT => Some(MediaType::GraphqlResponse),
            Ordering::Equal | Ordering::Less => Some(MediaType::Json),
        }
    }

    /// Returns the quality of `name` in thousandths, or 0 if only a wildcard matches.
    pub(super) fn named(&self, name: &str) -> u16 {
        match self.quality(name) {
            (quality, EXACT) => quality,
            _ => 0,
        }
    }

    /// Whether a browser navigates here: it names HTML, and no format of data.
    pub(super) fn prefers_page(&self) -> bool {
        let names = |name| self.named(name) > 0;
        names("text/html")
            && !names("application/json")
            && !names("application/graphql-response+json")
    }

    /// Returns the quality and exactness of the most exact range that matches `name` (RFC 9110,
    /// section 12.5.1).
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

/// The exactness of a range without a wildcard.
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
    fn the_response_has_the_preferred_format() {
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
