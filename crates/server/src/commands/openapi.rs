//! `bookplate openapi`: prints the document of the authentication. Nothing is opened.

use domain::id::random_alphanumeric;
use mailer::TransportConfig;

use crate::{
    config::{Config, Settings},
    failure::Failure,
    output,
};

pub(super) fn run(mut settings: Settings) -> Result<(), Failure> {
    // The document holds none, so that it may be printed where no secret is known.
    let place = &mut settings.place;
    place.better_auth_secret = Some(format!("{}{}", random_alphanumeric(), random_alphanumeric()));
    place.better_auth_secrets = None;
    let config = Config::new(settings)?;
    let mails = !matches!(config.mail.transport, TransportConfig::Off);
    let auth = config.auth(config.port, &mut Vec::new())?;
    output::print(format_args!("{:#}\n", auth::document(&auth, mails)))
}
