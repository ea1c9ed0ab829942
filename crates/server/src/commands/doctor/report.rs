//! The report of all findings, as text and as JSON.

use std::fmt;

use serde_json::{Value, json};

/// The result of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Ok,
    Warning,
    Wrong,
}

impl State {
    fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Wrong => "wrong",
        }
    }
}

/// The finding of one check.
#[derive(Debug)]
pub(super) struct Finding {
    pub(super) state: State,
    /// The setting or subject.
    pub(super) setting: String,
    pub(super) message: String,
    /// The advice.
    pub(super) advice: Option<String>,
}

impl Finding {
    pub(super) fn ok(setting: &str, message: impl Into<String>) -> Self {
        let (setting, message) = (setting.to_owned(), message.into());
        Self { state: State::Ok, setting, message, advice: None }
    }

    pub(super) fn warning(
        setting: &str,
        message: impl Into<String>,
        advice: impl Into<String>,
    ) -> Self {
        Self { state: State::Warning, ..Self::wrong(setting, message, advice) }
    }

    pub(super) fn wrong(
        setting: &str,
        message: impl Into<String>,
        advice: impl Into<String>,
    ) -> Self {
        let (setting, message) = (setting.to_owned(), message.into());
        Self { state: State::Wrong, setting, message, advice: Some(advice.into()) }
    }
}

/// All findings.
#[derive(Debug)]
pub(super) struct Report(pub(super) Vec<Finding>);

impl Report {
    fn count(&self, state: State) -> usize {
        self.0.iter().filter(|finding| finding.state == state).count()
    }

    pub(super) fn wrong(&self) -> usize {
        self.count(State::Wrong)
    }

    pub(super) fn json(&self) -> Value {
        let checks = self.0.iter().map(|finding| {
            let Finding { state, setting, message, advice } = finding;
            json!({
                "state": state.as_str(), "setting": setting, "message": message, "advice": advice,
            })
        });
        json!({
            "ok": self.wrong() == 0,
            "wrong": self.wrong(),
            "warnings": self.count(State::Warning),
            "checks": checks.collect::<Value>(),
        })
    }
}

/// One line for each finding, then their numbers.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Finding { state, setting, message, advice } in &self.0 {
            write!(f, "{:<7}  {setting} {message}", state.as_str())?;
            match advice {
                Some(advice) => writeln!(f, "; {advice}")?,
                None => writeln!(f)?,
            }
        }
        let (ok, warnings) = (self.count(State::Ok), self.count(State::Warning));
        let noun = if warnings == 1 { "warning" } else { "warnings" };
        writeln!(f, "{} wrong, {warnings} {noun}, {ok} ok", self.wrong())
    }
}
