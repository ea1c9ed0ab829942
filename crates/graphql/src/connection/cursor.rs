//! Cursors as opaque text for clients.
//!
//! A cursor contains the row's value of each sort key, so it stays valid when the row is changed
//! or deleted. It is base64 of a checksum and these values. The checksum also covers the type of
//! the rows and their order, so that damaged cursors and cursors of other lists are refused. The
//! checksum is not a protection: a client may construct a cursor for any position.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use chrono::DateTime;
use domain::{Cursor, CursorValues, FieldType, SortOrder, SortValue, sort::Direction};

/// Maximum length of a cursor. A folded title has at most 300 characters; folding may expand each
/// to 18, of 33 bytes.
const MAX_LENGTH: usize = 16 * 1024;

/// Encodes and decodes the cursors of one list.
#[derive(Clone, Debug)]
pub(crate) struct CursorCodec {
    order: SortOrder,
    /// The checksum of the rows' type and sort order.
    seed: u64,
}

impl CursorCodec {
    /// Creates the codec for rows of the type `kind`, sorted by `order`.
    pub(crate) fn new(kind: &str, order: &SortOrder) -> Self {
        let mut seed = checksum(0xcbf2_9ce4_8422_2325, kind.as_bytes());
        for term in order.terms() {
            let direction = if term.direction == Direction::Ascending { b"<" } else { b">" };
            seed = checksum(checksum(seed, direction), term.key.name().as_bytes());
        }
        Self { order: order.clone(), seed }
    }

    pub(crate) fn encode(&self, CursorValues(values): &CursorValues) -> String {
        let mut bytes = vec![0; 8];
        for value in values {
            match value {
                SortValue::Text(text) => {
                    let length = u16::try_from(text.len()).unwrap_or(u16::MAX);
                    bytes.extend(length.to_be_bytes());
                    bytes.extend(text.as_bytes());
                }
                SortValue::Int(number) => bytes.extend(number.to_be_bytes()),
            }
        }
        let (sum, values) = bytes.split_at_mut(8);
        sum.copy_from_slice(&checksum(self.seed, values).to_be_bytes());
        BASE64_URL_SAFE_NO_PAD.encode(bytes)
    }

    /// An empty text means no cursor: Apollo Client sends `""` as the `endCursor` of a page that
    /// it does not have.
    pub(crate) fn decode(&self, text: Option<&str>) -> Cursor {
        text.filter(|text| !text.is_empty())
            .map_or(Cursor::Absent, |text| self.values(text).map_or(Cursor::Invalid, Cursor::At))
    }

    fn values(&self, text: &str) -> Option<CursorValues> {
        if text.len() > MAX_LENGTH {
            return None;
        }
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).ok()?;
        let (sum, mut rest) = bytes.split_first_chunk()?;
        if u64::from_be_bytes(*sum) != checksum(self.seed, rest) {
            return None;
        }
        let terms = self.order.terms().iter();
        let values: Option<Vec<_>> = terms.map(|term| value(term.key.ty(), &mut rest)).collect();
        values.filter(|_| rest.is_empty()).map(CursorValues)
    }
}

/// Splits a value off the beginning of `bytes`.
fn value(ty: FieldType, bytes: &mut &[u8]) -> Option<SortValue> {
    Some(match ty {
        FieldType::Id | FieldType::Text { .. } => SortValue::Text(text(bytes)?.to_owned()),
        FieldType::Int | FieldType::Boolean => SortValue::Int(i32::from_be_bytes(*take(bytes)?)),
        FieldType::Instant => {
            let text = text(bytes)?;
            let instant = DateTime::parse_from_rfc3339(text).ok()?;
            // Beyond these years no text of an instant sorts as the instant does.
            let known = (0..=9999).contains(&chrono::Datelike::year(&instant.to_utc()));
            SortValue::Text(known.then(|| text.to_owned())?)
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
