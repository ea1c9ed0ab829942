//! How long rows are kept that are no longer needed.

use chrono::TimeDelta;

use super::{
    check::Check,
    setting::{Setting, settings},
};

settings! {
    "Retention", "How long rows are kept that are no longer needed.";
    AUDIT = Setting::integer(
        "RETENTION_AUDIT_DAYS", 365, (1, MAX_DAYS), "Days for which audit events are kept",
    );
    MAIL = Setting::integer(
        "RETENTION_MAIL_DAYS",
        30,
        (1, MAX_DAYS),
        "Days for which sent mails are kept, without their content",
    );
    FAILED_MAIL = Setting::integer(
        "RETENTION_FAILED_MAIL_DAYS",
        90,
        (1, MAX_DAYS),
        "Days for which mails are kept that could not be delivered",
    );
    EXPIRED = Setting::integer(
        "RETENTION_EXPIRED_DAYS",
        1,
        (0, MAX_DAYS),
        "Days for which expired sessions and links are kept",
    );
}

/// A hundred years.
const MAX_DAYS: u32 = 36_500;

/// How long rows are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Audit events.
    pub audit: TimeDelta,
    /// Mails that were sent, or are in the development mailbox.
    pub mails: TimeDelta,
    /// Mails that were given up.
    pub failed_mails: TimeDelta,
    /// Expired sessions and links.
    pub expired: TimeDelta,
}

pub(super) fn check(check: &mut Check) -> Retention {
    let mut days = |setting| TimeDelta::days(check.integer(setting).into());
    Retention {
        audit: days(&AUDIT),
        mails: days(&MAIL),
        failed_mails: days(&FAILED_MAIL),
        expired: days(&EXPIRED),
    }
}
