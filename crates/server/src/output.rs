//! Output of the binary. `println!` and `eprintln!` panic if the reader is gone or the disk is
//! full, which would end the server.

use std::{
    fmt::Display,
    io::{self, ErrorKind, Write},
};

use crate::failure::Failure;

/// Prints a message. Errors are ignored: what the message reports is done.
pub(crate) fn say(text: impl Display) {
    _ = write(io::stdout().lock(), text);
}

/// Prints a message to standard error. Errors are ignored.
pub fn complain(text: impl Display) {
    _ = write(io::stderr().lock(), text);
}

/// Prints the result of a command. Fails if it cannot be written, unless the reader closed the
/// pipe, as `head` does.
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
