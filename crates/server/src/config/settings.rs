//! Settings as given: by flag, by environment variable, or in `.env`.

use std::{collections::BTreeMap, fmt};

use super::{env_file::EnvFile, setting::Setting, variables::Variables};

/// Given values, not yet checked. A blank value is the same as none.
#[derive(Clone, Default)]
pub struct Settings {
    values: BTreeMap<&'static str, String>,
    /// All variables, for settings whose names depend on other settings.
    pub variables: Variables,
    /// The file with values of settings.
    pub env_file: EnvFile,
}

impl Settings {
    /// The given value of a setting.
    pub(super) fn value(&self, setting: &Setting) -> Option<&str> {
        let value = self.values.get(setting.name).map(String::as_str);
        value.filter(|value| !value.trim().is_empty())
    }

    /// Replaces the given value of the setting with this name.
    pub(crate) fn set(&mut self, name: &'static str, value: String) {
        self.values.insert(name, value);
    }
}

/// Without values.
impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Settings")
    }
}
