//! The errors of a document.

use async_graphql::{Pos, ServerError};

/// Limit of errors: each word of a document may be wrong in several ways.
const MAX_ERRORS: usize = 50;
/// No names are suggested for names longer than this.
const MAX_NAME_LEN: usize = 40;
/// How many names a message suggests.
const SUGGESTED: usize = 5;

/// The errors that were found so far.
#[derive(Debug)]
pub(super) struct Errors {
    found: Vec<ServerError>,
    /// Whether messages suggest names of the schema.
    hints: bool,
}

impl Errors {
    pub(super) fn new(hints: bool) -> Self {
        Self { found: Vec::new(), hints }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// Adds an error at a position.
    pub(super) fn add(&mut self, at: Pos, message: impl FnOnce() -> String) {
        self.between(&[at], message);
    }

    /// Adds an error that concerns several positions.
    pub(super) fn between(&mut self, positions: &[Pos], message: impl FnOnce() -> String) {
        if self.found.len() < MAX_ERRORS {
            let mut error = ServerError::new(message(), None);
            error.locations = positions.to_vec();
            self.found.push(error);
        }
    }

    /// Adds an error about an unknown name, with those of the `known` names that are similar.
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

    /// The errors in the order of their positions.
    pub(super) fn sorted(mut self) -> Vec<ServerError> {
        self.found.sort_by(|a, b| a.locations.cmp(&b.locations));
        self.found
    }
}

/// The end of a message that suggests names: those that differ in at most two fifths of the
/// letters.
fn suggestion<'n>(name: &str, known: impl Iterator<Item = &'n str>) -> String {
    if name.len() > MAX_NAME_LEN {
        return String::new();
    }
    let lower = name.to_lowercase();
    let max_distance = name.len() * 2 / 5 + 1;
    let near = known.filter_map(|known| {
        let distance = strsim::osa_distance(&lower, &known.to_lowercase());
        (distance <= max_distance).then_some((distance, known))
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
    fn only_similar_names_are_suggested() {
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
    fn the_number_of_errors_is_limited() {
        let mut errors = Errors::new(false);
        for line in (1..=MAX_ERRORS + 10).rev() {
            errors.add(Pos { line, column: 1 }, || "wrong".to_owned());
        }
        let sorted = errors.sorted();
        assert_eq!(sorted.len(), MAX_ERRORS);
        assert!(sorted.is_sorted_by_key(|error| error.locations.clone()));
    }
}
