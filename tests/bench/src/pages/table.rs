//! The times as a Markdown table.

use std::{fmt::Write as _, time::Duration};

/// The times of a case.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Times {
    number: usize,
    p50_ms: f64,
    p99_ms: f64,
}

impl Times {
    pub(crate) fn of(mut took: Vec<Duration>) -> Self {
        took.sort_unstable();
        let ms = |percent: usize| {
            // The smallest time that this percentage of times does not exceed.
            let place = (took.len() * percent).div_ceil(100).saturating_sub(1);
            took.get(place).map_or(0.0, |took| took.as_secs_f64() * 1_000.0)
        };
        Self { number: took.len(), p50_ms: ms(50), p99_ms: ms(99) }
    }
}

pub(crate) fn of(rows: &[(String, Times)]) -> String {
    let mut table = "| request | p50 ms | p99 ms | requests |\n|---|--:|--:|--:|\n".to_owned();
    for (name, Times { number, p50_ms, p99_ms }) in rows {
        // Writing to a string does not fail.
        _ = writeln!(table, "| {name} | {p50_ms:.1} | {p99_ms:.1} | {number} |");
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_hundred_times_the_last_but_one_is_not_exceeded_by_99_percent() {
        let took = (1..=100).rev().map(Duration::from_millis).collect();
        assert_eq!(Times::of(took), Times { number: 100, p50_ms: 50.0, p99_ms: 99.0 });
        let one = Times::of(vec![Duration::from_micros(1_500)]);
        assert_eq!(one, Times { number: 1, p50_ms: 1.5, p99_ms: 1.5 });
        assert_eq!(of(&[("x".to_owned(), one)]).lines().last(), Some("| x | 1.5 | 1.5 | 1 |"));
        assert_eq!(Times::of(Vec::new()), Times { number: 0, p50_ms: 0.0, p99_ms: 0.0 });
    }
}
