//! The cookies of a cached session, which may be too long for one: see
//! [`session::cache`](crate::session).

use axum::http::HeaderMap;
use chrono::TimeDelta;

use super::{
    CANDIDATES, Cookies, SESSION_DATA,
    read::{cookies, decoded, values},
};

/// The maximum length of a cookie with name and attributes: better-auth's limit, below the 4,096
/// bytes of browsers.
pub(crate) const MAX_COOKIE_LEN: usize = 4_050;
/// The maximum number of chunks that are read. A session that would need more is not cached.
/// Servers accept no request head that is longer than all of them.
const MAX_CHUNKS: usize = 10;

impl Cookies {
    /// The cached sessions of a request, joined if they are in chunks. Of several chunks with one
    /// index the first belongs to the first session, the second to the second.
    pub(crate) fn cached_sessions(&self, headers: &HeaderMap) -> Vec<String> {
        let name = self.name(SESSION_DATA);
        let whole = values(headers, &name).filter(|value| !value.is_empty());
        let mut found: Vec<_> = whole.take(CANDIDATES).collect();
        let mut chunks = self.chunks(headers);
        // Stable: chunks with one index keep their order.
        chunks.sort_by_key(|(index, _)| *index);
        let of_index: Vec<_> = chunks.chunk_by(|(a, _), (b, _)| a == b).collect();
        let count = of_index.iter().map(|chunks| chunks.len()).max().unwrap_or_default();
        for position in 0..count.min(CANDIDATES) {
            let chunk = |chunks: &&[(usize, String)]| {
                chunks.get(position).or(chunks.last()).map(|(_, value)| value.clone())
            };
            found.push(of_index.iter().filter_map(chunk).collect());
        }
        found
    }

    /// Whether a request has a cached session, readable or not.
    pub(crate) fn has_cache(&self, headers: &HeaderMap) -> bool {
        self.cached_sessions(headers).iter().any(|value| !value.is_empty())
    }

    /// The names of a request's cookies of cached sessions, each once.
    pub(super) fn cache_names(&self, headers: &HeaderMap) -> Vec<String> {
        let whole = values(headers, &self.name(SESSION_DATA)).next();
        let whole = whole.map(|_| SESSION_DATA.to_owned());
        let mut chunks: Vec<_> = self.chunks(headers).into_iter().map(|(index, _)| index).collect();
        chunks.sort_unstable();
        chunks.dedup();
        let chunks = chunks.into_iter().map(chunk_name);
        whole.into_iter().chain(chunks).collect()
    }

    /// Splits a cached session into one cookie or, if it is long, several: names and values. Empty
    /// if it is too long.
    pub(super) fn split<'v>(
        &self,
        value: &'v str,
        life: Option<TimeDelta>,
    ) -> Vec<(String, &'v str)> {
        let overhead = self.name(SESSION_DATA).len() + "=.99".len();
        let overhead = overhead + self.own_attributes(life).len();
        let max_len = MAX_COOKIE_LEN.saturating_sub(overhead).max(1);
        if value.len() <= max_len {
            return vec![(SESSION_DATA.to_owned(), value)];
        }
        let mut chunks = Vec::new();
        let mut rest = value;
        while !rest.is_empty() {
            // The value is ASCII: base64 and dots.
            let (chunk, tail) = rest.split_at_checked(max_len).unwrap_or((rest, ""));
            chunks.push((chunk_name(chunks.len()), chunk));
            rest = tail;
        }
        if chunks.len() > MAX_CHUNKS { Vec::new() } else { chunks }
    }

    /// The chunks of cached sessions with their indexes.
    fn chunks(&self, headers: &HeaderMap) -> Vec<(usize, String)> {
        let prefix = format!("{}.", self.name(SESSION_DATA));
        let chunks = cookies(headers, &prefix).filter_map(|cookie| {
            let suffix = cookie.name().strip_prefix(&prefix)?;
            let index: usize = suffix.parse().ok()?;
            (index.to_string() == suffix).then(|| (index, decoded(&cookie)))
        });
        chunks.filter(|(index, _)| *index < MAX_CHUNKS).take(MAX_CHUNKS * CANDIDATES).collect()
    }
}

fn chunk_name(index: usize) -> String {
    format!("{SESSION_DATA}.{index}")
}
