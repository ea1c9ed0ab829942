//! Reads the settings, and collects what is wrong with them.

use std::str::FromStr;

use chrono::TimeDelta;

use super::{
    env_file,
    problems::Problems,
    setting::{DefaultValue, Kind, Setting},
    settings::Settings,
};

/// Reads given values, and collects what is wrong. A wrong value is replaced by the default.
#[derive(Default)]
pub(super) struct Check {
    given: Settings,
    problems: Problems,
    /// The names of settings that were read.
    #[cfg(test)]
    pub(super) read: std::collections::BTreeSet<&'static str>,
}

impl Check {
    /// Begins with the faults of the file.
    pub(super) fn new(given: Settings) -> Self {
        let mut check = Self { given, ..Self::default() };
        let faults = check.given.env_file.faults();
        check.problems.lines.extend(faults.map(|fault| format!("{} {fault}", env_file::NAME)));
        check
    }

    pub(super) fn finish(self) -> (Settings, Problems) {
        (self.given, self.problems)
    }

    /// Adds a problem: `what` is wrong with a setting.
    pub(super) fn fail(&mut self, setting: &Setting, what: &str) {
        self.fail_with_example(setting, what, &setting.valid_value());
    }

    /// Adds a problem with another example.
    pub(super) fn fail_with_example(&mut self, setting: &Setting, what: &str, example: &str) {
        self.fail_variable(setting.name, what, example);
    }

    /// Adds a problem of a variable.
    pub(super) fn fail_variable(&mut self, name: &str, what: &str, example: &str) {
        self.problems.lines.push(format!("{name} {what}, e.g. {name}={example}"));
    }

    /// Adds a problem with advice, if no value can be an example.
    pub(super) fn fail_with_advice(&mut self, name: &str, what: &str, advice: &str) {
        self.problems.lines.push(format!("{name} {what}; {advice}"));
    }

    /// The given value.
    pub(super) fn text(&mut self, setting: &Setting) -> Option<String> {
        #[cfg(test)]
        self.read.insert(setting.name);
        self.given.value(setting).map(str::to_owned)
    }

    /// The value of a variable that is no row of the table.
    pub(super) fn variable(&self, name: &str) -> Option<String> {
        self.given.variables.value(name).map(str::to_owned)
    }

    /// The names of all variables.
    pub(super) fn variable_names(&self) -> impl Iterator<Item = String> {
        self.given.variables.names().cloned()
    }

    /// The given value, or the default.
    pub(super) fn text_or_default(&mut self, setting: &Setting) -> String {
        self.text(setting).unwrap_or_else(|| setting.default.to_string())
    }

    /// The given value, parsed.
    pub(super) fn parsed<T: FromStr>(&mut self, setting: &Setting) -> Option<T> {
        let value = self.text(setting)?;
        self.parse(setting, &value, &setting.valid_value())
    }

    fn parse<T: FromStr>(&mut self, setting: &Setting, value: &str, example: &str) -> Option<T> {
        let parsed = value.trim().parse().ok();
        if parsed.is_none() {
            let what = format!("is {}, which is not valid", shown(value));
            self.fail_with_example(setting, &what, example);
        }
        parsed
    }

    /// The value of a switch.
    pub(super) fn switch(&mut self, setting: &Setting) -> bool {
        self.switch_or(setting, setting.default == DefaultValue::Switch(true))
    }

    /// The value of a switch with a computed default.
    pub(super) fn switch_or(&mut self, setting: &Setting, default: bool) -> bool {
        let Some(value) = self.text(setting) else { return default };
        self.switch_variable(setting.name, &value).unwrap_or(default)
    }

    /// The value of a variable that is a switch. `None` if it is wrong.
    pub(super) fn switch_variable(&mut self, name: &str, value: &str) -> Option<bool> {
        let known = [("true", true), ("false", false), ("1", true), ("0", false)];
        self.one_of(name, value, &known)
    }

    /// The chosen one of `values`, which are in the order of the row's names. `None` if none is
    /// given or the given one is wrong.
    pub(super) fn choice<T: Copy, const N: usize>(
        &mut self,
        setting: &Setting,
        values: [T; N],
    ) -> Option<T> {
        let Kind::Choice(names) = setting.kind else { return None };
        let value = self.text(setting)?;
        let known: Vec<_> = names.iter().copied().zip(values).collect();
        self.one_of(setting.name, &value, &known)
    }

    fn one_of<T: Copy>(&mut self, name: &str, value: &str, known: &[(&str, T)]) -> Option<T> {
        let found = known.iter().find(|(name, _)| name.eq_ignore_ascii_case(value.trim()));
        if found.is_none() {
            let words: Vec<_> = known.iter().map(|(word, _)| *word).collect();
            let what = format!("is {}, but must be {}", shown(value), words.join(" or "));
            self.fail_variable(name, &what, words.first().unwrap_or(&""));
        }
        found.map(|(_, value)| *value)
    }

    /// The value of a number.
    pub(super) fn integer(&mut self, setting: &Setting) -> u32 {
        let DefaultValue::Integer(default) = setting.default else { return 0 };
        self.integer_or(setting, default)
    }

    /// The value of a number with a computed default.
    pub(super) fn integer_or(&mut self, setting: &Setting, default: u32) -> u32 {
        let Kind::Integer(min, max) = setting.kind else { return default };
        let Some(value) = self.text(setting) else { return default };
        let example = default.to_string();
        let number = self.parse(setting, &value, &example).unwrap_or(default);
        if !(min..=max).contains(&number) {
            let what = format!("is {number}, but must be between {min} and {max}");
            self.fail_with_example(setting, &what, &example);
        }
        number
    }

    /// The value of a number of seconds.
    pub(super) fn seconds(&mut self, setting: &Setting) -> TimeDelta {
        TimeDelta::seconds(self.integer(setting).into())
    }

    /// The values that commas separate.
    pub(super) fn items(&mut self, setting: &Setting) -> Vec<String> {
        items(&self.text(setting).unwrap_or_default())
    }

    /// The values that commas separate, parsed.
    pub(super) fn list<T: FromStr>(&mut self, setting: &Setting) -> Vec<T> {
        let (items, example) = (self.items(setting), setting.valid_value());
        items.iter().filter_map(|item| self.parse(setting, item, &example)).collect()
    }
}

/// The values that commas separate.
pub(super) fn items(value: &str) -> Vec<String> {
    let items = value.split(',').map(str::trim).filter(|item| !item.is_empty());
    items.map(str::to_owned).collect()
}

/// Shows a wrong value, unless it may be a URL with a password.
pub(super) fn shown(value: &str) -> String {
    if may_hold_password(value) {
        "a URL that may hold a password".to_owned()
    } else {
        format!("{value:?}")
    }
}

/// Whether a text may be a URL with a login or parameters, well-formed or not. An e-mail
/// address has no colon.
pub(crate) fn may_hold_password(text: &str) -> bool {
    let login = text.split_once('@').is_some_and(|(login, _)| login.contains(':'));
    let (_, rest) = text.split_once("//").unwrap_or_default();
    let parameters = rest.split_once('?').is_some_and(|(_, query)| query.contains('='));
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let port = authority.rsplit_once(':').map_or("", |(_, port)| port);
    login || parameters || !port.chars().all(|c| c.is_ascii_digit() || "*]".contains(c))
}
