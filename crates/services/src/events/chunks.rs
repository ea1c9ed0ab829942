//! Chunks of long messages: a notification of PostgreSQL has less than 8,000 bytes.
//!
//! A chunk is `PROCESS.NUMBER.INDEX.COUNT TEXT`. PostgreSQL delivers the notifications of a
//! transaction together, so the chunks of a message arrive in order, with no other message
//! between them.

use std::mem;

/// Maximum bytes of a chunk's text. The prefix has fewer than 100 bytes.
const MAX_TEXT_BYTES: usize = 7_800;

/// Splits `message` into chunks.
pub(super) fn split(node: &str, number: u64, message: &str) -> Vec<String> {
    let mut texts = Vec::new();
    let mut rest = message;
    while !rest.is_empty() {
        let (text, after) = rest.split_at(rest.floor_char_boundary(MAX_TEXT_BYTES));
        texts.push(text);
        rest = after;
    }
    let count = texts.len();
    let chunk = |(index, text)| format!("{node}.{number}.{index}.{count} {text}");
    texts.into_iter().enumerate().map(chunk).collect()
}

/// Assembles a message from its chunks.
#[derive(Default)]
pub(super) struct ChunkAssembler {
    /// `PROCESS.NUMBER` of the message, the index of the next chunk, and their count.
    next: Option<(String, usize, usize)>,
    text: String,
}

/// Result of adding a chunk.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Chunk {
    /// The chunk is this process's own.
    Own,
    /// The message is incomplete.
    Incomplete,
    /// The chunk completes this message.
    Complete(String),
    /// The chunk is malformed, or earlier chunks are missing.
    Invalid,
}

impl ChunkAssembler {
    /// Adds the next chunk; `own` is the id of this process.
    pub(super) fn add(&mut self, chunk: &str, own: &str) -> Chunk {
        let Some((head, text)) = chunk.split_once(' ') else { return Chunk::Invalid };
        if head.split('.').next() == Some(own) {
            return Chunk::Own;
        }
        self.add_foreign(head, text).unwrap_or(Chunk::Invalid)
    }

    /// Adds a chunk of another process's message; `None` if it is not the next one.
    fn add_foreign(&mut self, head: &str, text: &str) -> Option<Chunk> {
        let Self { next, text: before } = mem::take(self);
        let (head, count) = head.rsplit_once('.')?;
        let (message, index) = head.rsplit_once('.')?;
        let (index, count): (usize, usize) = (index.parse().ok()?, count.parse().ok()?);
        let expected = match next {
            Some(next) => next,
            None => (message.to_owned(), 0, count),
        };
        if expected != (message.to_owned(), index, count) || index >= count {
            return None;
        }
        let text = before + text;
        if index + 1 == count {
            return Some(Chunk::Complete(text));
        }
        *self = Self { next: Some((message.to_owned(), index + 1, count)), text };
        Some(Chunk::Incomplete)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_chunk_completes_a_message() {
        let mut chunks = ChunkAssembler::default();
        for (number, text) in [(7, "é".repeat(6_000)), (8, "x".repeat(30_000)), (9, "é".into())] {
            let mut rest = split("one", number, &text);
            assert!(rest.iter().all(|chunk| chunk.len() < 8_000));
            let last = rest.pop().unwrap();
            for chunk in rest {
                assert_eq!(chunks.add(&chunk, "me"), Chunk::Incomplete);
            }
            assert_eq!(chunks.add(&last, "me"), Chunk::Complete(text));
        }
    }

    #[test]
    fn incomplete_chunks_are_invalid_and_the_next_message_is_received() {
        let chunks_of = |number| split("one", number, &"x".repeat(20_000));
        let mut chunks = ChunkAssembler::default();
        // The beginning is missing, as for a process that just started.
        for chunk in &chunks_of(1)[1..] {
            assert_eq!(chunks.add(chunk, "me"), Chunk::Invalid);
        }
        // The end is missing.
        assert_eq!(chunks.add(&chunks_of(2)[0], "me"), Chunk::Incomplete);
        assert_eq!(chunks.add(&chunks_of(3)[1], "me"), Chunk::Invalid);
        assert_eq!(chunks.add("one.4.0.1 []", "me"), Chunk::Complete("[]".to_owned()));
        assert_eq!(chunks.add("me.4.0.1 []", "me"), Chunk::Own);
    }
}
