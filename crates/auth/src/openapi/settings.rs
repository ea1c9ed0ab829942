//! The settings on which the document depends.

use crate::config::AuthConfig;

/// The settings on which the document depends.
#[derive(Clone, Copy)]
pub(crate) struct Settings<'a> {
    pub(crate) config: &'a AuthConfig,
    /// Whether the service sends mails.
    pub(crate) mails: bool,
}
