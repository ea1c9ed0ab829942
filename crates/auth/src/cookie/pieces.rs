//! The cached session, which may be too long for one cookie: see
//! [`session::cache`](crate::session).

use axum::http::{HeaderMap, HeaderValue};
use chrono::TimeDelta;

use super::{
    Cookies, SESSION_DATA,
    read::{cookies, decoded},
};

/// The longest cookie, name and attributes included; better-auth's limit, below
/// the 4,096 bytes of browsers.
const LARGEST: usize = 4_050;
/// The most pieces of a longer value that are read.
const PIECES: usize = 100;

impl Cookies {
    /// The cached session, put together if it came in pieces.
    pub(crate) fn cached_session(&self, headers: &HeaderMap) -> Option<String> {
        let whole = self.value(headers, SESSION_DATA).filter(|value| !value.is_empty());
        if whole.is_some() {
            return whole;
        }
        let mut pieces = self.pieces(headers);
        pieces.sort_by_key(|(index, _)| *index);
        let joined: String = pieces.into_iter().map(|(_, value)| value).collect();
        Some(joined).filter(|joined| !joined.is_empty())
    }

    /// Sets the cached session, in pieces if it is long, and removes what it leaves of
    /// the one before: a whole one that stayed beside the pieces would count.
    pub(crate) fn cache_session(
        &self,
        value: &str,
        life: Option<TimeDelta>,
        headers: &HeaderMap,
    ) -> Vec<HeaderValue> {
        let name = self.name(SESSION_DATA);
        let attributes = self.attributes(life).len();
        let largest = LARGEST.saturating_sub(name.len() + attributes + "=.99".len()).max(1);
        if value.len() <= largest {
            let mut set = self.expire_pieces(headers);
            set.push(self.set(SESSION_DATA, value, life));
            return set;
        }
        let mut rest = value;
        let mut kept = 0;
        let whole = cookies(headers).any(|cookie| cookie.name() == name);
        let mut set: Vec<_> = whole.then(|| self.expire(SESSION_DATA)).into_iter().collect();
        while !rest.is_empty() {
            // The value is ASCII: base64 and dots.
            let (piece, tail) = rest.split_at_checked(largest).unwrap_or((rest, ""));
            set.push(self.set(&format!("{SESSION_DATA}.{kept}"), piece, life));
            (rest, kept) = (tail, kept + 1);
        }
        let stale = self.pieces(headers).into_iter().filter(|(index, _)| *index >= kept);
        set.extend(stale.map(|(index, _)| self.expire(&format!("{SESSION_DATA}.{index}"))));
        set
    }

    /// Removes the cached session.
    pub(crate) fn expire_cache(&self, headers: &HeaderMap) -> Vec<HeaderValue> {
        [self.expire(SESSION_DATA)].into_iter().chain(self.expire_pieces(headers)).collect()
    }

    pub(super) fn expire_pieces(&self, headers: &HeaderMap) -> Vec<HeaderValue> {
        let pieces = self.pieces(headers).into_iter();
        pieces.map(|(index, _)| self.expire(&format!("{SESSION_DATA}.{index}"))).collect()
    }

    /// Pieces of the cached session with their places.
    fn pieces(&self, headers: &HeaderMap) -> Vec<(usize, String)> {
        let prefix = format!("{}.", self.name(SESSION_DATA));
        let pieces = cookies(headers).filter_map(|cookie| {
            let index = cookie.name().strip_prefix(&prefix)?.parse().ok()?;
            Some((index, decoded(&cookie)))
        });
        pieces.filter(|(index, _)| *index < PIECES).take(PIECES).collect()
    }
}
