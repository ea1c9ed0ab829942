//! The start screen: the URLs, demo logins and warnings.

use std::{
    fmt,
    io::{IsTerminal, stdout},
};

use crate::{
    app::Opened,
    config::Config,
    seed::{Login, Seeded},
    telemetry::no_color,
};

/// Advice for development that other hosts can reach.
pub(crate) const PUBLIC: &str = "Set APP_ENV=production; until then it has production's limits, \
                                 and no mailbox at a public URL.";

/// The content of the screen, which `Display` writes.
pub(crate) struct StartScreen<'a> {
    pub(crate) config: &'a Config,
    pub(crate) port: u16,
    pub(crate) opened: &'a Opened,
    pub(crate) seeded: Option<&'a Seeded>,
}

impl StartScreen<'_> {
    /// The public URL, without a trailing slash.
    pub(crate) fn url(&self) -> String {
        match &self.config.deployment.base_url {
            Some(url) => url.as_str().trim_end_matches('/').to_owned(),
            None => format!("http://localhost:{}", self.port),
        }
    }

    /// The changes of the database, e.g. ` (created, migrated)`.
    fn changes(&self) -> String {
        let added = self.seeded.is_some_and(|seeded| seeded.books.added > 0);
        let changes: Vec<_> = [
            (self.opened.created, "created"),
            (self.opened.migrated, "migrated"),
            (added, "demo data added"),
        ]
        .into_iter()
        .filter_map(|(done, change)| done.then_some(change))
        .collect();
        if changes.is_empty() { String::new() } else { format!(" ({})", changes.join(", ")) }
    }
}

impl fmt::Display for StartScreen<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let colored = stdout().is_terminal() && !no_color();
        let paint = |code: &str, text: &str| {
            if colored { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
        };
        let Config { environment, database_url, .. } = self.config;
        let name = paint("1", concat!("bookplate ", env!("CARGO_PKG_VERSION")));
        writeln!(f, "\n  {name}   {environment}   {database_url}{}\n", self.changes())?;
        if let Some(what) = self.config.public_development() {
            writeln!(f, "  {}\n", paint("1;31", &format!("!!! APP_ENV {what}. {PUBLIC}")))?;
        }
        let url = self.url();
        let reference = format!("{}/reference", self.config.deployment.base_path);
        for (what, path) in [("GraphiQL", "/graphql"), ("Auth reference", &reference)] {
            writeln!(f, "  {what:<18}{}", paint("36", &format!("{url}{path}")))?;
        }
        if self.config.has_mailbox() {
            let inbox = paint("36", &format!("{url}/dev/mail"));
            writeln!(f, "  {:<18}{inbox}", "Mail inbox (dev)")?;
        }
        if let Some(redis) = &self.config.redis {
            writeln!(f, "  {:<18}{}", "Sessions", redis.url)?;
        }
        writeln!(f, "  {:<18}/healthz /readyz", "Health")?;
        if let Some(seeded) = self.seeded {
            writeln!(f, "  {:<18}{}", "Demo logins", seeded.emails().join(", "))?;
            for Login { email, password } in &seeded.logins {
                writeln!(f, "  {:<18}{email}  {password}", "")?;
            }
            if seeded.logins.is_empty() {
                let text = "by the passwords that were shown when they were added, or set since";
                writeln!(f, "  {:<18}{text}", "")?;
            }
        }
        for notice in &self.opened.notices {
            writeln!(f, "  {}", paint("33", &format!("! {notice}")))?;
        }
        writeln!(f)
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::cli::Cli;

    #[test]
    fn demo_users_with_unknown_passwords_are_listed_too() {
        let seeded = Seeded::default();
        let cli = Cli::try_parse_from(["bookplate"]).unwrap();
        let config = Config::new(cli.settings).unwrap();
        let opened = Opened::default();
        let screen =
            StartScreen { config: &config, port: 3000, opened: &opened, seeded: Some(&seeded) };
        let screen = screen.to_string();
        assert!(screen.contains("alice@example.com, bob@example.com"), "{screen}");
        assert!(screen.contains("by the passwords that were shown"), "{screen}");
    }

    fn screen(flags: &[&str]) -> String {
        let args = ["bookplate", "--better-auth-secret=0123456789abcdefghijklmnopqrstuv"];
        let cli = Cli::try_parse_from(args.iter().chain(flags)).unwrap();
        let config = Config::new(cli.settings).unwrap();
        let opened = Opened::default();
        StartScreen { config: &config, port: 3000, opened: &opened, seeded: None }.to_string()
    }

    #[test]
    fn development_that_others_reach_is_warned_of() {
        for (flags, loud, mailbox) in [
            (&[][..], false, true),
            (&["--host=0.0.0.0"], true, true),
            (&["--better-auth-url=https://books.example.com"], true, false),
            (&["--app-env=production", "--host=0.0.0.0"], false, false),
        ] {
            let screen = screen(flags);
            assert_eq!(screen.contains("!!! APP_ENV is development, but"), loud, "{screen}");
            assert_eq!(screen.contains("/dev/mail"), mailbox, "{screen}");
        }
    }
}
