//! The clock of all commands.

use domain::Clock;

/// The system's clock, or with `test-clock` one that tests can move.
pub(super) fn clock() -> Clock {
    if cfg!(feature = "test-clock") { Clock::ahead() } else { Clock::system() }
}
