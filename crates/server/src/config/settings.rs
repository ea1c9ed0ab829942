//! Settings as given: by flag, by environment variable, or in `.env`.

use std::{collections::BTreeMap, fmt};

use clap::{Arg, ArgMatches, Args, Command, FromArgMatches};

use super::{
    EnvFile,
    setting::Setting,
    table::{self, SECTIONS},
};

/// Given values, not yet checked. A blank value is the same as none.
#[derive(Clone, Default)]
pub struct Settings {
    values: BTreeMap<&'static str, String>,
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

impl Args for Settings {
    fn augment_args(command: Command) -> Command {
        SECTIONS.iter().fold(command, |command, section| {
            let command = command.next_help_heading(section.title);
            section.settings.iter().fold(command, |command, setting| command.arg(flag(setting)))
        })
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

/// The flag of a setting, which also reads the environment variable.
fn flag(setting: &Setting) -> Arg {
    Arg::new(setting.name)
        .long(setting.flag())
        .env(setting.name)
        .hide_env_values(setting.is_secret)
        .global(true)
        .help(format!("{} [default: {}]", setting.help, setting.default))
}

impl FromArgMatches for Settings {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut settings = Self::default();
        settings.update_from_arg_matches(matches)?;
        Ok(settings)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        for setting in table::settings() {
            if let Some(value) = matches.get_one::<String>(setting.name) {
                self.values.insert(setting.name, value.clone());
            }
        }
        Ok(())
    }
}
