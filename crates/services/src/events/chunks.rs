//! Chunks of long messages: PostgreSQL takes at most 8,000 bytes at once.
//!
//! A chunk is `PROCESS.NUMBER.INDEX.COUNT TEXT`. PostgreSQL delivers the notifications of a
//! transaction together, so that the chunks of one message come in order, with nothing in
//! between.

use std::mem;

/// Bytes of a chunk's text; less than 100 come before it.
const LENGTH: usize = 7_800;

/// The chunks of `message`.
pub(super) fn split(node: &str, number: u64, message: &str) -> Vec<String> {
    let mut texts = Vec::new();
    let mut rest = message;
    while !rest.is_empty() {
        let (text, after) = rest.split_at(rest.floor_char_boundary(LENGTH));
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

/// What a chunk completes.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Chunk {
    /// Nothing: this process sent it.
    Own,
    /// Nothing yet.
    Begun,
    /// The message, whose last chunk it is.
    Last(String),
    /// Nothing: it is no chunk, or others are missing.
    Broken,
}

impl ChunkAssembler {
    /// Adds the next chunk; `own` is the id of this process.
    pub(super) fn add(&mut self, chunk: &str, own: &str) -> Chunk {
        let Some((head, text)) = chunk.split_once(' ') else { return Chunk::Broken };
        if head.split('.').next() == Some(own) {
            return Chunk::Own;
        }
        self.add_foreign(head, text).unwrap_or(Chunk::Broken)
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
            return Some(Chunk::Last(text));
        }
        *self = Self { next: Some((message.to_owned(), index + 1, count)), text };
        Some(Chunk::Begun)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_whole_with_its_last_chunk() {
        let mut chunks = ChunkAssembler::default();
        for (number, text) in [(7, "é".repeat(6_000)), (8, "x".repeat(30_000)), (9, "é".into())] {
            let mut rest = split("one", number, &text);
            assert!(rest.iter().all(|chunk| chunk.len() < 8_000));
            let last = rest.pop().unwrap();
            for chunk in rest {
                assert_eq!(chunks.add(&chunk, "me"), Chunk::Begun);
            }
            assert_eq!(chunks.add(&last, "me"), Chunk::Last(text));
        }
    }

    #[test]
    fn chunks_without_the_others_are_broken_and_the_next_message_is_not() {
        let chunks_of = |number| split("one", number, &"x".repeat(20_000));
        let mut chunks = ChunkAssembler::default();
        // Without its beginning, as for a process that starts.
        for chunk in &chunks_of(1)[1..] {
            assert_eq!(chunks.add(chunk, "me"), Chunk::Broken);
        }
        // Without its end.
        assert_eq!(chunks.add(&chunks_of(2)[0], "me"), Chunk::Begun);
        assert_eq!(chunks.add(&chunks_of(3)[1], "me"), Chunk::Broken);
        assert_eq!(chunks.add("one.4.0.1 []", "me"), Chunk::Last("[]".to_owned()));
        assert_eq!(chunks.add("me.4.0.1 []", "me"), Chunk::Own);
    }
}
