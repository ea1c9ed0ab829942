//! The text of a CSV file, in the encodings that spreadsheets write.

use std::borrow::Cow;

use domain::FieldError;

use super::{MAX_ERRORS, error, in_line};

const ADVICE: &str = "save the sheet as \"CSV UTF-8\"";

/// The text without its byte order mark: UTF-8, or UTF-16 with a mark, as Excel's "Unicode
/// Text". Fails with each line that is not valid UTF-8 or contains U+0000.
pub(super) fn decode(file: &[u8]) -> Result<Cow<'_, str>, Vec<FieldError>> {
    // XLSX, ODS and other ZIP archives; XLS.
    if file.starts_with(b"PK\x03\x04") || file.starts_with(b"\xd0\xcf\x11\xe0") {
        let message = "is an Excel workbook; save it as \"CSV UTF-8\"";
        return Err(vec![error("file", message)]);
    }
    let text = match file {
        [0xff, 0xfe, rest @ ..] => Cow::Owned(utf16(rest, u16::from_le_bytes)?),
        [0xfe, 0xff, rest @ ..] => Cow::Owned(utf16(rest, u16::from_be_bytes)?),
        [0xef, 0xbb, 0xbf, rest @ ..] => Cow::Borrowed(utf8(rest)?),
        file => Cow::Borrowed(utf8(file)?),
    };
    let errors = lines(&text).zip(1..).filter(|(line, _)| line.contains('\0'));
    let errors =
        errors.map(|(_, line)| in_line(line, format!("has the character U+0000; {ADVICE}")));
    let errors: Vec<_> = errors.take(MAX_ERRORS).collect();
    if errors.is_empty() { Ok(text) } else { Err(errors) }
}

/// The lines of a text without their line breaks, of whatever kind.
pub(super) fn lines(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let (line, following) = split_line(rest?);
        rest = following;
        Some(line)
    })
}

/// The first line, and what follows its end, if it has one.
pub(super) fn split_line(text: &str) -> (&str, Option<&str>) {
    let Some((line, rest)) = text.find(['\r', '\n']).and_then(|end| text.split_at_checked(end))
    else {
        return (text, None);
    };
    let following = ["\r\n", "\r", "\n"].iter().find_map(|end| rest.strip_prefix(end));
    (line, following)
}

fn utf8(bytes: &[u8]) -> Result<&str, Vec<FieldError>> {
    if let Ok(text) = str::from_utf8(bytes) {
        return Ok(text);
    }
    let (mut line, mut wrong) = (1, Vec::new());
    for chunk in bytes.utf8_chunks() {
        line += lines(chunk.valid()).count() - 1;
        if !chunk.invalid().is_empty() && wrong.last() != Some(&line) {
            wrong.push(line);
        }
    }
    let error = |line| in_line(line, format!("is not in UTF-8; {ADVICE}"));
    Err(wrong.into_iter().take(MAX_ERRORS).map(error).collect())
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<String, Vec<FieldError>> {
    let (units, rest) = bytes.as_chunks::<2>();
    let text = char::decode_utf16(units.iter().copied().map(unit)).collect::<Result<String, _>>();
    match text {
        Ok(text) if rest.is_empty() => Ok(text),
        _ => Err(vec![error("file", format!("begins as UTF-16 and is not; {ADVICE}"))]),
    }
}
