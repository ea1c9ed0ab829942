//! All wrong settings at once.

use std::fmt;

/// All wrong settings.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Problems {
    pub(super) lines: Vec<String>,
    /// Warnings that may explain the problems.
    pub(super) notices: Vec<String>,
}

impl Problems {
    /// One line for each problem, beginning with the variable's name.
    pub(crate) fn lines(&self) -> &[String] {
        &self.lines
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the settings are wrong:")?;
        let lines = self.lines.iter().chain(&self.notices);
        lines.into_iter().try_for_each(|line| write!(f, "\n  {line}"))
    }
}

impl std::error::Error for Problems {}
