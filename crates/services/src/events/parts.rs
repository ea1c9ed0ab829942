//! Long messages in parts, as PostgreSQL takes no more than 8,000 bytes at once.
//!
//! A part is `NODE.NUMBER.INDEX.COUNT TEXT`. Parts of one node come in order, and those
//! of several nodes may come in between.

use std::collections::HashMap;

/// A part's text, in bytes; before it come less than 100.
const LENGTH: usize = 7_800;
/// From how many nodes parts are kept. A node that ends in the middle of a message
/// leaves some behind.
const NODES: usize = 1_000;

/// `message` as its only part.
pub(super) fn whole(node: &str, number: u64, message: &str) -> String {
    format!("{node}.{number}.0.1 {message}")
}

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

/// Messages of which some parts have come: one of each node.
#[derive(Default)]
pub(super) struct Parts(HashMap<String, Begun>);

struct Begun {
    number: u64,
    next: usize,
    text: String,
}

impl Parts {
    /// The whole message, once this was its last part; none of the node `own`.
    pub(super) fn add(&mut self, part: &str, own: &str) -> Option<String> {
        let (head, text) = part.split_once(' ')?;
        let mut head = head.split('.');
        let node = head.next().filter(|node| *node != own)?;
        let number = head.next()?.parse().ok()?;
        let index: usize = head.next()?.parse().ok()?;
        let count: usize = head.next()?.parse().ok()?;
        let mut begun = match self.0.remove(node) {
            Some(begun) if begun.number == number && begun.next == index => begun,
            // The first, or one of a message whose beginning nobody heard.
            _ if index == 0 => Begun { number, next: 0, text: String::new() },
            _ => return None,
        };
        begun.text.push_str(text);
        begun.next += 1;
        if begun.next == count {
            return Some(begun.text);
        }
        if self.0.len() >= NODES {
            self.0.clear();
        }
        self.0.insert(node.to_owned(), begun);
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_several_nodes_may_come_in_between() {
        let (long, longer) = ("é".repeat(6_000), "x".repeat(30_000));
        let (one, two) = (split("one", 7, &long), split("two", 7, &longer));
        assert!(one.iter().chain(&two).all(|part| part.len() < 8_000));
        let mut parts = Parts::default();
        assert_eq!(parts.add(&one[0], "me"), None);
        for part in &two[..3] {
            assert_eq!(parts.add(part, "me"), None);
        }
        assert_eq!(parts.add(&one[1], "me"), Some(long));
        assert_eq!(parts.add(&two[3], "me"), Some(longer));
        assert_eq!(parts.0.len(), 0);
    }

    #[test]
    fn a_message_without_its_beginning_is_none() {
        let parts_of = |number| split("one", number, &"x".repeat(20_000));
        let mut parts = Parts::default();
        for part in &parts_of(1)[1..] {
            assert_eq!(parts.add(part, "me"), None);
        }
        assert_eq!(parts.add(&parts_of(2)[0], "me"), None);
        assert_eq!(parts.add(&parts_of(3)[1], "me"), None);
    }
}
