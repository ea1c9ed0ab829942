//! The settings of profiles.

use chrono::TimeDelta;
use database::user::OwnedTable;

/// Settings of changes that users make to themselves.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a setting")]
pub struct Config {
    /// Whether users may change their address. (`AUTH_CHANGE_EMAIL`)
    pub change_email: bool,
    /// Whether an address that was never verified changes at once, without a link.
    /// (`AUTH_CHANGE_UNVERIFIED_EMAIL`)
    pub change_unverified_email: bool,
    /// Whether users may delete their account. (`AUTH_DELETE_USER`)
    pub delete: bool,
    /// Whether deleting an account takes a mailed link. (`AUTH_DELETE_USER_VERIFICATION`)
    pub delete_by_mail: bool,
    /// How long that link is valid. (`AUTH_DELETE_USER_EXPIRES_IN`)
    pub delete_expires_in: TimeDelta,
    /// The application's tables with rows of users: an unproved sign-up is not removed if its
    /// user owns such a row.
    pub owned_tables: &'static [OwnedTable],
}

impl Default for Config {
    fn default() -> Self {
        Self {
            change_email: true,
            change_unverified_email: false,
            delete: true,
            delete_by_mail: false,
            delete_expires_in: TimeDelta::days(1),
            owned_tables: &[],
        }
    }
}
