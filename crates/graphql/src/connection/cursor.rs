//! Cursors: places in a list as text that clients keep and give back.
//!
//! A cursor holds the values of all keys, so that it says where to go on whatever
//! became of its row. It is base64 of a checksum and the values. The checksum covers
//! the kind of the rows and their order, too, so that a cursor of another list is
//! refused, as is a damaged one. It is no secret: whoever makes a cursor of their own
//! names a place, which everybody may do.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use chrono::DateTime;
use domain::{
    Cursor, Keyset, Position,
    keyset::{Direction, Key, KeyKind, KeyValue},
};

/// Longer than any cursor of ours: a folded title has at most 300 characters, each of
/// which folding may make 18 of, in 33 bytes.
const MAX_LENGTH: usize = 16 * 1024;

/// What writes and reads the cursors of one list.
#[derive(Clone, Debug)]
pub(crate) struct Codec {
    keyset: Keyset,
    /// The checksum so far: of the rows' kind and their order.
    seed: u64,
}

impl Codec {
    /// For rows of the type `kind`, sorted by `keyset`.
    pub(crate) fn new(kind: &str, keyset: &Keyset) -> Self {
        let mut seed = checksum(0xcbf2_9ce4_8422_2325, kind.as_bytes());
        for Key { field, direction, .. } in keyset.keys() {
            let direction = if *direction == Direction::Ascending { b"<" } else { b">" };
            seed = checksum(checksum(seed, direction), field.as_bytes());
        }
        Self { keyset: keyset.clone(), seed }
    }

    pub(crate) fn encode(&self, position: &Position) -> String {
        let Position(values) = position;
        let mut bytes = vec![0; 8];
        for value in values {
            match value {
                KeyValue::Text(text) | KeyValue::Instant(text) => {
                    let length = u16::try_from(text.len()).unwrap_or(u16::MAX);
                    bytes.extend(length.to_be_bytes());
                    bytes.extend(text.as_bytes());
                }
                KeyValue::Number(number) => bytes.extend(number.to_be_bytes()),
            }
        }
        let (sum, values) = bytes.split_at_mut(8);
        sum.copy_from_slice(&checksum(self.seed, values).to_be_bytes());
        BASE64_URL_SAFE_NO_PAD.encode(bytes)
    }

    /// An empty text is no cursor: Apollo Client sends the `endCursor` of a page that it has
    /// not, which it has as `""`.
    pub(crate) fn decode(&self, text: Option<&str>) -> Cursor {
        text.filter(|text| !text.is_empty())
            .map_or(Cursor::Absent, |text| self.position(text).map_or(Cursor::Foreign, Cursor::At))
    }

    fn position(&self, text: &str) -> Option<Position> {
        if text.len() > MAX_LENGTH {
            return None;
        }
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).ok()?;
        let (sum, mut rest) = bytes.split_first_chunk()?;
        if u64::from_be_bytes(*sum) != checksum(self.seed, rest) {
            return None;
        }
        let keys = self.keyset.keys().iter();
        let values: Option<Vec<_>> = keys.map(|key| value(key.kind, &mut rest)).collect();
        values.filter(|_| rest.is_empty()).map(Position)
    }
}

/// Takes a value from the beginning of `bytes`.
fn value(kind: KeyKind, bytes: &mut &[u8]) -> Option<KeyValue> {
    Some(match kind {
        KeyKind::Text => KeyValue::Text(text(bytes)?.to_owned()),
        KeyKind::Number => KeyValue::Number(i32::from_be_bytes(*take(bytes)?)),
        KeyKind::Instant => {
            let text = text(bytes)?;
            let instant = DateTime::parse_from_rfc3339(text).ok()?;
            // Beyond these years no text of an instant sorts as the instant does.
            let known = (0..=9999).contains(&chrono::Datelike::year(&instant.to_utc()));
            KeyValue::Instant(known.then(|| text.to_owned())?)
        }
    })
}

fn text<'b>(bytes: &mut &'b [u8]) -> Option<&'b str> {
    let length = u16::from_be_bytes(*take(bytes)?).into();
    let (text, rest) = bytes.split_at_checked(length)?;
    *bytes = rest;
    // PostgreSQL has no text with this character.
    str::from_utf8(text).ok().filter(|text| !text.contains('\0'))
}

fn take<'b, const N: usize>(bytes: &mut &'b [u8]) -> Option<&'b [u8; N]> {
    let (taken, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(taken)
}

/// FNV-1a, 64 bits: it differs whenever a single byte does.
fn checksum(seed: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(seed, |sum, byte| (sum ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3))
}
