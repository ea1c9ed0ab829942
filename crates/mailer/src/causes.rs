//! Errors as texts for the log and the table.

use domain::Error;

/// An error with all its causes, for the log.
pub(crate) fn causes(error: &Error) -> String {
    let mut text = error.to_string();
    let mut next = std::error::Error::source(error);
    while let Some(cause) = next {
        text = format!("{text}: {cause}");
        next = cause.source();
    }
    text
}
