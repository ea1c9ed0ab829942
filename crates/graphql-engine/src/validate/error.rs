//! The errors of a document.

use async_graphql::{Pos, ServerError};

/// Nobody reads on; each word of a document may be wrong in several ways.
const MOST: usize = 50;
/// Names longer than this are no slips of the pen.
const LONGEST_SLIP: usize = 40;
/// How many names a message suggests.
const SUGGESTED: usize = 5;

/// The errors that were found so far.
#[derive(Debug)]
pub(super) struct Errors {
    found: Vec<ServerError>,
    /// Whether messages suggest names that the schema knows.
    hints: bool,
}

impl Errors {
    pub(super) fn new(hints: bool) -> Self {
        Self { found: Vec::new(), hints }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// Adds an error, and where it is.
    pub(super) fn add(&mut self, at: Pos, message: impl FnOnce() -> String) {
        self.between(&[at], message);
    }

    /// Adds an error that concerns several places.
    pub(super) fn between(&mut self, places: &[Pos], message: impl FnOnce() -> String) {
        if self.found.len() < MOST {
            let mut error = ServerError::new(message(), None);
            error.locations = places.to_vec();
            self.found.push(error);
        }
    }

    /// Adds an error about an unknown name, with the `known` names that it may have meant.
    pub(super) fn unknown<'n>(
        &mut self,
        at: Pos,
        name: &str,
        known: impl Iterator<Item = &'n str>,
        message: impl FnOnce() -> String,
    ) {
        let hints = self.hints;
        self.add(at, || message() + &if hints { suggestion(name, known) } else { String::new() });
    }

    /// The errors in the document's order, whatever the order in which they were found.
    pub(super) fn sorted(mut self) -> Vec<ServerError> {
        self.found.sort_by(|a, b| a.locations.cmp(&b.locations));
        self.found
    }
}

/// Names that differ from this one in two fifths of its letters at most.
fn suggestion<'n>(name: &str, known: impl Iterator<Item = &'n str>) -> String {
    if name.len() > LONGEST_SLIP {
        return String::new();
    }
    let lower = name.to_lowercase();
    let most = name.len() * 2 / 5 + 1;
    let near = known.filter_map(|known| {
        let distance = strsim::osa_distance(&lower, &known.to_lowercase());
        (distance <= most).then_some((distance, known))
    });
    let mut near: Vec<_> = near.collect();
    near.sort_unstable();
    near.truncate(SUGGESTED);
    let names: Vec<_> = near.iter().map(|(_, known)| format!("\"{known}\"")).collect();
    match names.split_last() {
        None => String::new(),
        Some((only, [])) => format!("; did you mean {only}?"),
        Some((last, others)) => format!("; did you mean {} or {last}?", others.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_of_the_pen_are_told_apart_from_other_names() {
        let known = || ["title", "titles", "authors", "owner"].into_iter();
        for (name, expected) in [
            ("titel", "; did you mean \"title\" or \"titles\"?"),
            ("Author", "; did you mean \"authors\"?"),
            ("colour", ""),
            (&"title".repeat(20), ""),
        ] {
            assert_eq!(suggestion(name, known()), expected, "{name}");
        }
    }

    #[test]
    fn no_more_errors_are_kept_than_somebody_reads() {
        let mut errors = Errors::new(false);
        for line in (1..=MOST + 10).rev() {
            errors.add(Pos { line, column: 1 }, || "wrong".to_owned());
        }
        let sorted = errors.sorted();
        assert_eq!(sorted.len(), MOST);
        assert!(sorted.is_sorted_by_key(|error| error.locations.clone()));
    }
}
