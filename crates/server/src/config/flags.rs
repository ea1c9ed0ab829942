//! The flags of all settings, each of which also reads its environment variable.

use clap::{Arg, ArgMatches, Args, Command, FromArgMatches};

use super::{
    setting::Setting,
    settings::Settings,
    table::{self, SECTIONS},
};

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
                self.set(setting.name, value.clone());
            }
        }
        Ok(())
    }
}
