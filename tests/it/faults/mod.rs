//! Failing disks and disconnected clients: acknowledged changes exist, as read by another
//! connection, and refused changes have no effect.
//!
//! `FAULT_ROUNDS` repeats the longer tests, and `just faults` prints their figures.

mod atomic;
mod cut;
mod detached;
mod disk;
mod failing_disk;
mod proxy;

use std::io::Write;

/// Returns `FAULT_ROUNDS`, or 1.
pub(crate) fn rounds() -> usize {
    let rounds = std::env::var_os("FAULT_ROUNDS");
    rounds.map_or(1, |rounds| rounds.to_str().unwrap().parse().unwrap())
}

/// Shows what `just faults` collects.
pub(crate) fn print_figures(text: &str) {
    // `eprintln!` would be captured by the test runner.
    _ = writeln!(std::io::stderr(), "FIGURES: {text}");
}

/// A random number generator with a fixed seed.
struct Random(u64);

impl Random {
    /// Returns a number below `end`. Source: `xorshift64`.
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }
}
