//! What the binary prints. `println!` and `eprintln!` panic where nobody reads or the
//! disk is full, and would end a server for want of a reader.

use std::{
    fmt::Display,
    io::{self, ErrorKind, Write},
};

use crate::failure::Failure;

/// Prints a text that nothing depends on: what it tells of is done, printed or not.
pub(crate) fn say(text: impl Display) {
    _ = write(io::stdout().lock(), text);
}

/// Prints a text to standard error, where a failure could be told to nobody.
pub fn complain(text: impl Display) {
    _ = write(io::stderr().lock(), text);
}

/// Prints what a command is for. Whoever closes the pipe has read enough, as `head`
/// does; other failures leave less than was asked for.
pub(crate) fn print(text: impl Display) -> Result<(), Failure> {
    match write(io::stdout().lock(), text) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Failure(format!("standard output cannot be written: {error}")))
        }
        _ => Ok(()),
    }
}

fn write(mut to: impl Write, text: impl Display) -> io::Result<()> {
    write!(to, "{text}")?;
    to.flush()
}
