//! Long messages in parts, as PostgreSQL takes no more than 8,000 bytes at once.
//!
//! A part is `NODE.NUMBER.INDEX.COUNT TEXT`. Parts of one message come in order, and
//! nothing in between: PostgreSQL tells what a transaction says in one piece.

use std::mem;

/// A part's text, in bytes; before it come less than 100.
const LENGTH: usize = 7_800;

/// The parts of `message`.
pub(super) fn split(node: &str, number: u64, message: &str) -> Vec<String> {
    let mut texts = Vec::new();
    let mut rest = message;
    while !rest.is_empty() {
        let (text, after) = rest.split_at(rest.floor_char_boundary(LENGTH));
        texts.push(text);
        rest = after;
    }
    let count = texts.len();
    let part = |(index, text)| format!("{node}.{number}.{index}.{count} {text}");
    texts.into_iter().enumerate().map(part).collect()
}

/// The message of which some parts have come.
#[derive(Default)]
pub(super) struct Parts {
    /// `NODE.NUMBER` of the message, the index of the next part and their count.
    next: Option<(String, usize, usize)>,
    text: String,
}

/// What a part brings.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// Nothing: this node said it.
    Own,
    /// Nothing yet.
    Begun,
    /// The whole message, of which it was the last.
    Last(String),
    /// Nothing that could be read: it is no part, or others are missing.
    Broken,
}

impl Parts {
    /// Takes the next part; `own` is the node that hears it.
    pub(super) fn add(&mut self, part: &str, own: &str) -> Part {
        let Some((head, text)) = part.split_once(' ') else { return Part::Broken };
        if head.split('.').next() == Some(own) {
            return Part::Own;
        }
        self.other(head, text).unwrap_or(Part::Broken)
    }

    /// Takes a part of another node's message; `None` when it is not what comes next.
    fn other(&mut self, head: &str, text: &str) -> Option<Part> {
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
            return Some(Part::Last(text));
        }
        *self = Self { next: Some((message.to_owned(), index + 1, count)), text };
        Some(Part::Begun)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_whole_with_its_last_part() {
        let mut parts = Parts::default();
        for (number, text) in [(7, "é".repeat(6_000)), (8, "x".repeat(30_000)), (9, "é".into())] {
            let mut said = split("one", number, &text);
            assert!(said.iter().all(|part| part.len() < 8_000));
            let last = said.pop().unwrap();
            for part in said {
                assert_eq!(parts.add(&part, "me"), Part::Begun);
            }
            assert_eq!(parts.add(&last, "me"), Part::Last(text));
        }
    }

    #[test]
    fn parts_without_the_others_are_broken_and_what_follows_is_not() {
        let parts_of = |number| split("one", number, &"x".repeat(20_000));
        let mut parts = Parts::default();
        // Without its beginning, as for whoever begins to listen.
        for part in &parts_of(1)[1..] {
            assert_eq!(parts.add(part, "me"), Part::Broken);
        }
        // Without its end.
        assert_eq!(parts.add(&parts_of(2)[0], "me"), Part::Begun);
        assert_eq!(parts.add(&parts_of(3)[1], "me"), Part::Broken);
        assert_eq!(parts.add("one.4.0.1 []", "me"), Part::Last("[]".to_owned()));
        assert_eq!(parts.add("me.4.0.1 []", "me"), Part::Own);
    }
}
