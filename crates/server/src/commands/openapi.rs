//! `bookplate openapi`: prints the OpenAPI document of the authentication. Needs no database.

use domain::id::random_alphanumeric;
use mailer::TransportConfig;

use crate::{
    config::{Config, Settings},
    failure::Failure,
    output,
};

pub(super) fn run(mut settings: Settings) -> Result<(), Failure> {
    // The document contains no secret: it can be printed where none is set.
    let secret = format!("{}{}", random_alphanumeric(), random_alphanumeric());
    settings.set("BETTER_AUTH_SECRET", secret);
    settings.set("BETTER_AUTH_SECRETS", String::new());
    let config = Config::new(settings)?;
    let mails = !matches!(config.mail.transport, TransportConfig::Off);
    let auth = config.auth(config.port, &mut Vec::new())?;
    output::print(format_args!("{:#}\n", auth::document(&auth, mails)))
}
