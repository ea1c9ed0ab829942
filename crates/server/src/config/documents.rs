//! `.env.example` and `docs/configuration.md`, written from the table of settings.

use std::fmt::Write;

use super::{
    providers,
    setting::{DefaultValue, Kind, Section, Setting},
    table::{COMMANDS, SECTIONS},
};

/// The longest line of `.env.example`.
const WIDTH: usize = 92;

const ENV_HEADER: &str = "\
Every setting with its default. Copy this file to .env and change what you need; environment \
variables override it. `bookplate --help` and docs/configuration.md describe the same settings. \
A value with #, or with spaces at its ends, needs single quotes; $ and inner spaces need none. \
This file is generated: `just docs` writes it.";

const MARKDOWN_HEADER: &str = "\
<!-- Generated from the table of settings (crates/server/src/config): `just docs` writes it. -->

# Configuration

Each setting is an environment variable and a flag: `AUTH_MAX_SESSIONS` is also
`--auth-max-sessions`. Flags override environment variables, which override the file `.env` in the
working directory. [`.env.example`](../.env.example) lists every setting, `bookplate --help`
prints them.

- `.env` is read as Node's [dotenv](https://www.npmjs.com/package/dotenv) reads it. A value with
  `#`, or with spaces at its ends, needs single quotes; `$` and inner spaces need none. An
  unquoted value that a `#` cuts is reported at the start. A line that dotenv would ignore stops
  the start, with its number.
- An empty value is the same as none.
- Wrong values stop the start. All of them are reported at once, each with an example.
- Variables that look like a setting but are none (`SESSION_EXPIRES_IN`, `SMTP_PASS`) are
  reported at the start, with the setting that was probably meant.
- `bookplate doctor` checks the settings against the database, Redis, the mail server and the
  clock.
";

/// Every section in the order of the documents, with the beginning of its settings' names: in
/// `.env.example`, and in `docs/configuration.md`.
fn sections() -> impl Iterator<Item = (Section, &'static str, &'static str)> {
    const PROVIDERS: [(Section, &str, &str); 1] =
        [(providers::PROVIDER_SETTINGS, "AUTH_GITHUB_", "AUTH_<PROVIDER>_")];
    let with_family = |section: &Section| {
        let is_before = section.title == providers::SECTION.title;
        let family = PROVIDERS.into_iter().filter(move |_| is_before);
        [(*section, "", "")].into_iter().chain(family)
    };
    SECTIONS.iter().flat_map(with_family).chain([(COMMANDS, "", "")])
}

/// The text of `.env.example`.
pub(crate) fn env_example() -> String {
    let mut text = comment(ENV_HEADER);
    for (section, start, _) in sections() {
        let example = if start.is_empty() { "" } else { ", here GitHub" };
        write(&mut text, format_args!("\n# --- {}{example} ---\n", section.title));
        for setting in section.settings {
            text.push('\n');
            let default = match setting.default {
                DefaultValue::Computed(description) => format!(" Default: {description}."),
                _ => String::new(),
            };
            text.push_str(&comment(&(sentences(setting) + &default)));
            write(&mut text, format_args!("#{start}{}={}\n", setting.name, assigned(setting)));
        }
    }
    text
}

/// The text of `docs/configuration.md`.
pub(crate) fn markdown() -> String {
    let mut text = MARKDOWN_HEADER.to_owned();
    for (Section { title, about, settings }, _, start) in sections() {
        write(&mut text, format_args!("\n## {title}\n\n{about}\n\n"));
        text.push_str("| setting | default | description |\n|---|---|---|\n");
        for setting in settings {
            let default = match setting.default {
                DefaultValue::None => "none".to_owned(),
                DefaultValue::Computed(description) => description.to_owned(),
                default => format!("`{default}`"),
            };
            let (name, description) = (setting.name, sentences(setting).replace('|', "\\|"));
            write(&mut text, format_args!("| `{start}{name}` | {default} | {description} |\n"));
        }
    }
    text
}

/// The help, the details, and the valid values.
fn sentences(setting: &Setting) -> String {
    let mut text = format!("{}.", setting.help);
    if !setting.details.is_empty() {
        write(&mut text, format_args!(" {}", setting.details));
    }
    match setting.kind {
        Kind::Integer(min, max) => write(&mut text, format_args!(" From {min} to {max}.")),
        Kind::Text | Kind::Switch | Kind::Choice(_) => {}
    }
    text
}

/// The value after `NAME=`. Secrets have none.
fn assigned(setting: &Setting) -> String {
    if setting.is_secret && matches!(setting.default, DefaultValue::None) {
        return String::new();
    }
    let value = match setting.default {
        DefaultValue::None | DefaultValue::Computed(_) => setting.valid_value(),
        default => default.to_string(),
    };
    if value.contains('#') { format!("'{value}'") } else { value }
}

/// The text as comment lines.
fn comment(text: &str) -> String {
    let mut lines = String::new();
    let mut line = String::from("#");
    for word in text.split_whitespace() {
        if line.len() + 1 + word.len() > WIDTH {
            lines.push_str(&line);
            lines.push('\n');
            line.truncate(1);
        }
        line.push(' ');
        line.push_str(word);
    }
    lines + &line + "\n"
}

fn write(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    // Writing to a text does not fail.
    _ = text.write_fmt(arguments);
}
