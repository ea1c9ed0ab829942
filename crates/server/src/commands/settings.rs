//! `bookplate settings`: prints the table of settings.

use crate::{
    cli::SettingsFormat,
    config::{
        documents::{env_example, markdown},
        providers,
    },
    failure::Failure,
    output,
};

pub(super) fn run(format: SettingsFormat) -> Result<(), Failure> {
    output::print(match format {
        SettingsFormat::Env => env_example(),
        SettingsFormat::Markdown => markdown(),
        SettingsFormat::Providers => providers::table(),
    })
}
