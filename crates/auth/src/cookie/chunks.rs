//! The cached session, which may be too long for one cookie: see
//! [`session::cache`](crate::session).

use axum::http::HeaderMap;
use chrono::TimeDelta;

use super::{
    CANDIDATES, Cookies, SESSION_DATA,
    read::{cookies, decoded, values},
};

/// The longest cookie, name and attributes included; better-auth's limit, below
/// the 4,096 bytes of browsers.
const LARGEST: usize = 4_050;
/// The most pieces of a longer value that are read; one that would take more is not cached.
/// Servers take no head of a request that is longer than all of them.
const PIECES: usize = 10;

impl Cookies {
    /// The cached sessions, put together if they came in pieces. Of pieces with one index
    /// the first belongs to the first cache, the second to the second.
    pub(crate) fn cached_sessions(&self, headers: &HeaderMap) -> Vec<String> {
        let name = self.name(SESSION_DATA);
        let whole = values(headers, &name).filter(|value| !value.is_empty());
        let mut found: Vec<_> = whole.take(CANDIDATES).collect();
        let mut pieces = self.pieces(headers);
        // Stable: pieces with one index keep their order.
        pieces.sort_by_key(|(index, _)| *index);
        let of_index: Vec<_> = pieces.chunk_by(|(a, _), (b, _)| a == b).collect();
        let most = of_index.iter().map(|pieces| pieces.len()).max().unwrap_or_default();
        for place in 0..most.min(CANDIDATES) {
            let piece = |pieces: &&[(usize, String)]| {
                pieces.get(place).or(pieces.last()).map(|(_, value)| value.clone())
            };
            found.push(of_index.iter().filter_map(piece).collect());
        }
        found
    }

    /// Whether a request carries a cached session, readable or not.
    pub(crate) fn has_cache(&self, headers: &HeaderMap) -> bool {
        self.cached_sessions(headers).iter().any(|value| !value.is_empty())
    }

    /// The names under which a request carries a cached session, each once.
    pub(super) fn cache_names(&self, headers: &HeaderMap) -> Vec<String> {
        let whole = values(headers, &self.name(SESSION_DATA)).next();
        let whole = whole.map(|_| SESSION_DATA.to_owned());
        let mut pieces: Vec<_> = self.pieces(headers).into_iter().map(|(index, _)| index).collect();
        pieces.sort_unstable();
        pieces.dedup();
        let pieces = pieces.into_iter().map(piece_name);
        whole.into_iter().chain(pieces).collect()
    }

    /// A cached session as one cookie or, if it is long, as several: names and values. None
    /// if it is too long.
    pub(super) fn split<'v>(
        &self,
        value: &'v str,
        life: Option<TimeDelta>,
    ) -> Vec<(String, &'v str)> {
        let around = self.name(SESSION_DATA).len() + "=.99".len();
        let around = around + self.own_attributes(life).len();
        let largest = LARGEST.saturating_sub(around).max(1);
        if value.len() <= largest {
            return vec![(SESSION_DATA.to_owned(), value)];
        }
        let mut pieces = Vec::new();
        let mut rest = value;
        while !rest.is_empty() {
            // The value is ASCII: base64 and dots.
            let (piece, tail) = rest.split_at_checked(largest).unwrap_or((rest, ""));
            pieces.push((piece_name(pieces.len()), piece));
            rest = tail;
        }
        if pieces.len() > PIECES { Vec::new() } else { pieces }
    }

    /// Pieces of the cached session with their places.
    fn pieces(&self, headers: &HeaderMap) -> Vec<(usize, String)> {
        let prefix = format!("{}.", self.name(SESSION_DATA));
        let pieces = cookies(headers, &prefix).filter_map(|cookie| {
            let suffix = cookie.name().strip_prefix(&prefix)?;
            let index: usize = suffix.parse().ok()?;
            (index.to_string() == suffix).then(|| (index, decoded(&cookie)))
        });
        pieces.filter(|(index, _)| *index < PIECES).take(PIECES * CANDIDATES).collect()
    }
}

fn piece_name(index: usize) -> String {
    format!("{SESSION_DATA}.{index}")
}
