//! The report of an import.

use std::fmt;

use crate::plugin_check::{Missing, SETTING};

/// The numbers of rows of a table, by result.
pub(super) struct Tally {
    pub(super) table: &'static str,
    /// Rows of the source.
    pub(super) total: u64,
    pub(super) imported: u64,
    /// Rows that existed before.
    pub(super) known: u64,
    pub(super) conflicts: u64,
    pub(super) invalid: u64,
    pub(super) expired: u64,
}

/// The whole report.
#[derive(Default)]
pub(super) struct Report {
    pub(super) tallies: Vec<Tally>,
    /// Tables that the source does not have.
    pub(super) absent: Vec<String>,
    /// Columns that are not imported, `table.column`.
    pub(super) left: Vec<String>,
    /// Users whose id belongs to a different user of the target.
    pub(super) mismatched: u64,
    /// Plugins that are off and that rows need.
    pub(super) missing: Vec<Missing>,
    /// How to turn them on.
    pub(super) advice: String,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let heads = ["table", "rows", "imported", "existing", "conflicts", "invalid", "expired"];
        let [table, rows, imported, known, conflicts, invalid, expired] = heads;
        writeln!(
            f,
            "{table:<13} {rows:>9} {imported:>9} {known:>9} {conflicts:>9} {invalid:>9} {expired:>9}"
        )?;
        for Tally { table, total, imported, known, conflicts, invalid, expired } in &self.tallies {
            writeln!(
                f,
                "{table:<13} {total:>9} {imported:>9} {known:>9} {conflicts:>9} {invalid:>9} \
                 {expired:>9}"
            )?;
        }
        for table in &self.absent {
            writeln!(f, "there is no table {table}")?;
        }
        if !self.left.is_empty() {
            writeln!(f, "columns not imported: {}", self.left.join(", "))?;
        }
        if self.mismatched > 0 {
            writeln!(
                f,
                "{} users have the ids of different users of the target, as servers with numbered ids \
                 share ids: nothing of these users was imported. Give them other ids in the \
                 source, with their accounts and sessions, and import again",
                self.mismatched
            )?;
        }
        self.write_missing(f)
    }
}

impl Report {
    fn write_missing(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.missing.is_empty() {
            return Ok(());
        }
        let named: Vec<_> = self
            .missing
            .iter()
            .map(|Missing { plugin, rows }| format!("{} ({rows})", plugin.id()))
            .collect();
        writeln!(
            f,
            "{SETTING} lacks plugins that rows need: {}; until then second factors are not asked \
             for, and users of the others cannot sign in with them; {}",
            named.join(", "),
            self.advice
        )
    }
}
