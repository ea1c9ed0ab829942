//! The settings of accounts.

/// Settings of users' accounts.
#[derive(Clone, Copy, Debug, Default)]
pub struct Config {
    /// Whether a user may unlink their last account. (`AUTH_UNLINK_LAST_ACCOUNT`)
    pub unlink_last: bool,
}
