//! The results as Markdown, for this folder's README.md.

use std::fmt::Write as _;

use crate::{
    cases::{Case, Side},
    fanout::FanOutResult,
};

/// The results of one round of a case.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Sample {
    pub(crate) per_second: f64,
    pub(crate) per_cpu_second: f64,
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
    /// The server's memory before the round and at its peak.
    pub(crate) rest_mib: f64,
    pub(crate) peak_mib: f64,
}

impl Sample {
    /// Returns the better value of each figure, and the larger memory.
    fn best(self, other: Self) -> Self {
        Self {
            per_second: self.per_second.max(other.per_second),
            per_cpu_second: self.per_cpu_second.max(other.per_cpu_second),
            p50_ms: self.p50_ms.min(other.p50_ms),
            p99_ms: self.p99_ms.min(other.p99_ms),
            rest_mib: self.rest_mib.min(other.rest_mib),
            peak_mib: self.peak_mib.max(other.peak_mib),
        }
    }
}

/// A case with its rounds.
#[derive(Debug)]
pub(crate) struct Measured {
    pub(crate) case: Case,
    pub(crate) rounds: Vec<Sample>,
}

impl Measured {
    pub(crate) fn new(case: Case) -> Self {
        Self { case, rounds: Vec::new() }
    }

    fn best(&self) -> Option<Sample> {
        self.rounds.iter().copied().reduce(Sample::best)
    }
}

/// Returns all tables.
pub(crate) fn tables(all: &[Measured]) -> String {
    format!("{}\n{}\n{}\n{}", figures(all), by_hand(all), node(all), peers(all))
}

fn figures(all: &[Measured]) -> String {
    let mut table = "| case | requests/s | requests/CPU-s | p50 ms | p99 ms | memory, peak MiB |\n\
                     |---|--:|--:|--:|--:|--:|\n"
        .to_owned();
    for measured in all {
        let Some(best) = measured.best() else { continue };
        let _ = writeln!(
            table,
            "| {} | {} | {} | {:.1} | {:.1} | {:.0}, {:.0} |",
            measured.case.name,
            thousands(best.per_second),
            thousands(best.per_cpu_second),
            best.p50_ms,
            best.p99_ms,
            best.rest_mib,
            best.peak_mib,
        );
    }
    table
}

/// Compares the case that both servers have.
fn by_hand(all: &[Measured]) -> String {
    let named = |side, part| {
        all.iter().find(|one| one.case.side == side && one.case.name.starts_with(part))
    };
    let books = "20 books with authors";
    let pair = named(Side::Bookplate, books).zip(named(Side::Handwritten, books));
    let Some((bookplate, baseline)) = pair else { return String::new() };
    let Some((our_best, their_best)) = bookplate.best().zip(baseline.best()) else {
        return String::new();
    };
    let mut rounds: Vec<f64> = (bookplate.rounds.iter().zip(&baseline.rounds))
        .map(|(bookplate, baseline)| bookplate.per_cpu_second / baseline.per_cpu_second)
        .collect();
    rounds.sort_by(f64::total_cmp);
    let (low, high) = (rounds.first().unwrap_or(&0.0), rounds.last().unwrap_or(&0.0));
    format!(
        "| {books} | requests/s | requests/CPU-s | CPU-s, round by round |\n\
         |---|--:|--:|--:|\n\
         | Bookplate / by hand | {:.2} | {:.2} | {low:.2} to {high:.2} |\n",
        our_best.per_second / their_best.per_second,
        our_best.per_cpu_second / their_best.per_cpu_second,
    )
}

fn node(all: &[Measured]) -> String {
    let session = |side| {
        let mut of_side = all.iter().filter(|one| one.case.side == side);
        of_side.find(|one| one.case.name.starts_with("`get-session`"))?.best()
    };
    let Some((bookplate, baseline)) = session(Side::Bookplate).zip(session(Side::Node)) else {
        return String::new();
    };
    format!(
        "| `get-session` | requests/s | requests/CPU-s |\n\
         |---|--:|--:|\n\
         | Bookplate / better-auth on Node | {:.1} | {:.1} |\n",
        bookplate.per_second / baseline.per_second,
        bookplate.per_cpu_second / baseline.per_cpu_second,
    )
}

fn peers(all: &[Measured]) -> String {
    let mut table = "| requests/CPU-s | Bookplate | NestJS peer | times |\n\
                     |---|--:|--:|--:|\n"
        .to_owned();
    for measured in all {
        let Some(best) = measured.best() else { continue };
        for (how, peer) in measured.case.peers {
            let comma = if how.is_empty() { "" } else { "; there: " };
            let _ = writeln!(
                table,
                "| {}{comma}{how} | {} | {} | {:.1} |",
                measured.case.name,
                thousands(best.per_cpu_second),
                thousands(*peer),
                best.per_cpu_second / peer,
            );
        }
    }
    table + "\nThe peer's figures: recorded 2026-11-20 on a machine of the same size.\n"
}

/// Formats the result of sending changes to sockets. `cpu` seconds and `mib` of memory are the
/// server's, including opening the sockets.
pub(crate) fn fan_out(result: &FanOutResult, cpu: f64, mib: f64) -> String {
    let FanOutResult { sockets, messages, median_ms, slowest_ms, closed_ms } = *result;
    let per_second = f64::from(messages) / cpu;
    format!(
        "| {} sockets | |\n|---|--:|\n\
         | messages/CPU-s, opening the sockets included | {} |\n\
         | a change has reached all, median and slowest | {median_ms:.0} ms, {slowest_ms:.0} ms |\n\
         | the session ended, all are closed | {closed_ms:.0} ms |\n\
         | memory for each socket | {:.0} KiB |\n",
        thousands(sockets.into()),
        thousands(per_second),
        // After other cases there may be room enough.
        (mib * 1024.0 / f64::from(sockets)).max(0.0),
    )
}

/// Instructions for each request.
pub(crate) fn instructions(all: &[(&str, f64)]) -> String {
    let mut table = "| case | instructions/request |\n|---|--:|\n".to_owned();
    for (name, instructions) in all {
        let _ = writeln!(table, "| {name} | {} |", thousands(*instructions));
    }
    table
}

/// `12345.6` as `12,346`.
fn thousands(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_by_three() {
        let shown = [0.4, 999.0, 1_000.0, 12_345.6, 1_234_567.0].map(thousands);
        assert_eq!(shown, ["0", "999", "1,000", "12,346", "1,234,567"]);
    }

    #[test]
    fn of_two_rounds_every_better_figure_counts() {
        let one = Sample {
            per_second: 10.0,
            per_cpu_second: 20.0,
            p50_ms: 3.0,
            p99_ms: 4.0,
            rest_mib: 5.0,
            peak_mib: 6.0,
        };
        let two = Sample { per_second: 11.0, p50_ms: 2.0, peak_mib: 7.0, ..one };
        let best = one.best(two);
        assert_eq!((best.per_second, best.per_cpu_second), (11.0, 20.0));
        assert_eq!((best.p50_ms, best.p99_ms, best.peak_mib), (2.0, 4.0, 7.0));
    }
}
