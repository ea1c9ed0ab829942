//! How long rows are kept that nobody needs any more.

use chrono::TimeDelta;
use clap::Args;

use super::check::Check;

/// Settings as given; an empty value counts as absent.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Retention")]
pub struct RetentionSettings {
    /// Days for which audit events are kept [default: 365]
    #[arg(long, env = "RETENTION_AUDIT_DAYS", global = true)]
    pub retention_audit_days: Option<String>,
    /// Days for which mails are kept that were sent, without their content [default: 30]
    #[arg(long, env = "RETENTION_MAIL_DAYS", global = true)]
    pub retention_mail_days: Option<String>,
    /// Days for which mails are kept that could not be delivered [default: 90]
    #[arg(long, env = "RETENTION_FAILED_MAIL_DAYS", global = true)]
    pub retention_failed_mail_days: Option<String>,
    /// Days for which expired sessions and links are kept [default: 1]
    #[arg(long, env = "RETENTION_EXPIRED_DAYS", global = true)]
    pub retention_expired_days: Option<String>,
}

/// How long rows are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Audit events.
    pub audit: TimeDelta,
    /// Mails that were sent or stand in the development mailbox.
    pub mails: TimeDelta,
    /// Mails that were given up.
    pub failed_mails: TimeDelta,
    /// Sessions, and what mailed links bring back, after their end.
    pub expired: TimeDelta,
}

impl RetentionSettings {
    pub(super) fn check(self, check: &mut Check) -> Retention {
        let mut days = |variable, value, default, fewest| {
            TimeDelta::days(check.number(variable, value, default, fewest..=36_500).into())
        };
        Retention {
            audit: days("RETENTION_AUDIT_DAYS", self.retention_audit_days, 365, 1),
            mails: days("RETENTION_MAIL_DAYS", self.retention_mail_days, 30, 1),
            failed_mails: days(
                "RETENTION_FAILED_MAIL_DAYS",
                self.retention_failed_mail_days,
                90,
                1,
            ),
            expired: days("RETENTION_EXPIRED_DAYS", self.retention_expired_days, 1, 0),
        }
    }
}
