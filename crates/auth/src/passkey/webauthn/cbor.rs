//! CBOR as authenticators write it (CTAP2, "canonical"): definite lengths, shortest heads.

use minicbor::{Decoder, data::Type, decode::Error};

/// Reads items one after the other. `None` for other types and other forms.
pub(super) struct Reader<'b> {
    bytes: &'b [u8],
    decoder: Decoder<'b>,
}

/// An item of one of the types that COSE keys have.
pub(super) enum Item<'b> {
    Integer(i64),
    Bytes(&'b [u8]),
    Other,
}

impl<'b> Reader<'b> {
    pub(super) fn new(bytes: &'b [u8]) -> Self {
        Self { bytes, decoder: Decoder::new(bytes) }
    }

    /// The number of entries of a map.
    pub(super) fn map(&mut self) -> Option<u64> {
        self.read(|decoder| decoder.map().map(|length| length.map(|length| (length, length, 0))))
    }

    pub(super) fn integer(&mut self) -> Option<i64> {
        self.read(|decoder| {
            let integer = decoder.i64()?;
            // The argument of a negative integer is -1 - n.
            let argument = if integer < 0 { !integer } else { integer };
            Ok(Some((integer, argument.unsigned_abs(), 0)))
        })
    }

    pub(super) fn bytes(&mut self) -> Option<&'b [u8]> {
        if self.decoder.datatype().ok()? != Type::Bytes {
            return None;
        }
        self.read(|decoder| {
            decoder.bytes().map(|bytes| Some((bytes, length(bytes), length(bytes))))
        })
    }

    pub(super) fn text(&mut self) -> Option<&'b str> {
        if self.decoder.datatype().ok()? != Type::String {
            return None;
        }
        self.read(|decoder| {
            let text = decoder.str()?;
            Ok(Some((text, length(text.as_bytes()), length(text.as_bytes()))))
        })
    }

    pub(super) fn item(&mut self) -> Option<Item<'b>> {
        Some(match self.decoder.datatype().ok()? {
            Type::Bytes => Item::Bytes(self.bytes()?),
            Type::U8
            | Type::U16
            | Type::U32
            | Type::U64
            | Type::I8
            | Type::I16
            | Type::I32
            | Type::I64 => Item::Integer(self.integer()?),
            _ => {
                self.skip()?;
                Item::Other
            }
        })
    }

    /// Skips an item of any type, and returns its bytes.
    pub(super) fn skip(&mut self) -> Option<&'b [u8]> {
        let start = self.decoder.position();
        self.decoder.skip().ok()?;
        self.bytes.get(start..self.decoder.position())
    }

    /// Skips a map, and returns its bytes.
    pub(super) fn skip_map(&mut self) -> Option<&'b [u8]> {
        (self.decoder.datatype().ok()? == Type::Map).then(|| self.skip())?
    }

    /// The bytes that were not read.
    pub(super) fn rest(&self) -> &'b [u8] {
        self.bytes.get(self.decoder.position()..).unwrap_or_default()
    }

    /// Reads an item with `read`, which returns its value, the argument of its head and the length
    /// of its content. `None` if the head is not the shortest one.
    fn read<T>(
        &mut self,
        read: impl FnOnce(&mut Decoder<'b>) -> Result<Option<(T, u64, u64)>, Error>,
    ) -> Option<T> {
        let start = self.decoder.position();
        let (value, argument, content) = read(&mut self.decoder).ok()??;
        let taken = (self.decoder.position() - start) as u64;
        (taken == head_length(argument) + content).then_some(value)
    }
}

fn length(bytes: &[u8]) -> u64 {
    bytes.len() as u64
}

/// The length of the shortest head with this argument.
fn head_length(argument: u64) -> u64 {
    match argument {
        0..24 => 1,
        24..0x100 => 2,
        0x100..0x1_0000 => 3,
        0x1_0000..0x1_0000_0000 => 5,
        _ => 9,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_in_their_shortest_form_are_read() {
        let mut reader = Reader::new(b"\xa1\x26\x42\x01\x02\x61a\x39\x01\x00\xa0rest");
        assert_eq!(reader.map(), Some(1));
        assert_eq!(reader.integer(), Some(-7));
        assert_eq!(reader.bytes(), Some(&[1, 2][..]));
        assert_eq!(reader.text(), Some("a"));
        assert_eq!(reader.integer(), Some(-257));
        assert_eq!(reader.skip_map(), Some(&[0xa0][..]));
        assert_eq!(reader.rest(), b"rest");
    }

    #[test]
    fn longer_heads_indefinite_lengths_and_truncated_items_are_refused() {
        for bytes in [&b"\x18\x07"[..], b"\x19\x00\x20", b"\x1b\xff\xff\xff\xff\xff\xff\xff\xff"] {
            assert_eq!(Reader::new(bytes).integer(), None, "{bytes:?}");
        }
        for bytes in [&b"\x58\x01\x00"[..], b"\x5f\x41\x00\xff", b"\x42\x00", b"\x61a", b""] {
            assert_eq!(Reader::new(bytes).bytes(), None, "{bytes:?}");
        }
        for bytes in [&b"\xbf\xff"[..], b"\xb8\x01\x00\x00", b"\x80"] {
            assert_eq!(Reader::new(bytes).map(), None, "{bytes:?}");
        }
        assert_eq!(Reader::new(b"\xa1\x00").skip_map(), None);
    }
}
