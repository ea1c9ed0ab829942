//! Disks that fail, and clients that go away: what was acknowledged is there, as another
//! connection sees it, and what was refused stands in nobody's way.
//!
//! `FAULT_ROUNDS` repeats what the longer ones do, and `just faults` shows their figures.

mod atomic;
mod cut;
mod detached;
mod disk;
mod failing_disk;
mod proxy;

use std::io::Write;

/// How often to repeat what a test does once, or so often as it says.
pub(crate) fn rounds() -> usize {
    let rounds = std::env::var_os("FAULT_ROUNDS");
    rounds.map_or(1, |rounds| rounds.to_str().unwrap().parse().unwrap())
}

/// Shows what `just faults` collects.
pub(crate) fn figures(what: &str) {
    // Not by eprintln!, which the test runner would swallow.
    _ = writeln!(std::io::stderr(), "FIGURES: {what}");
}

/// Numbers that are the same in each run.
struct Random(u64);

impl Random {
    /// One below `end`: the generator `xorshift64`.
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }
}
