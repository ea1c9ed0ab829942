//! The rows of the table of settings.
//!
//! A setting is declared once, with [`settings!`] in its section's file. Flags, environment
//! variables, help, `.env.example`, `docs/configuration.md`, suggestions for misspelled names
//! and the tests are made from the row. To add one, write its row and read it in the `check`
//! of the same file, then run `just docs`.

use std::fmt;

/// A setting: an environment variable, and a flag of the same words.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// The environment variable.
    pub name: &'static str,
    /// What values are valid.
    pub kind: Kind,
    /// The value if none is given.
    pub default: DefaultValue,
    /// A valid value, for error messages and documentation.
    example: &'static str,
    /// One sentence without a period, for `--help` and documentation.
    pub help: &'static str,
    /// Further sentences, for documentation.
    pub details: &'static str,
    /// Whether help must not show the value, as it may contain a password.
    pub is_secret: bool,
}

/// What values of a setting are valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A text, checked by its section.
    Text,
    /// `true` or `false`, or `1` or `0`.
    Switch,
    /// A whole number from the first to the second.
    Integer(u32, u32),
    /// One of these words.
    Choice(&'static [&'static str]),
}

/// The value of a setting if none is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DefaultValue {
    /// There is none.
    None,
    /// This text.
    Text(&'static str),
    /// This number.
    Integer(u32),
    /// This switch.
    Switch(bool),
    /// Depends on other settings, as described.
    Computed(&'static str),
}

impl fmt::Display for DefaultValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("none"),
            Self::Text(text) | Self::Computed(text) => f.write_str(text),
            Self::Integer(number) => number.fmt(f),
            Self::Switch(on) => on.fmt(f),
        }
    }
}

/// The longest duration: browsers keep no cookie for more than 400 days.
const MAX_SECONDS: u32 = 34_560_000;

impl Setting {
    /// A text without a default.
    pub(super) const fn text(name: &'static str, help: &'static str) -> Self {
        Self {
            name,
            kind: Kind::Text,
            default: DefaultValue::None,
            example: "",
            help,
            details: "",
            is_secret: false,
        }
    }

    /// On or off.
    pub(super) const fn switch(name: &'static str, default: bool, help: &'static str) -> Self {
        Self {
            kind: Kind::Switch,
            default: DefaultValue::Switch(default),
            ..Self::text(name, help)
        }
    }

    /// A whole number from `min` to `max`.
    pub(super) const fn integer(
        name: &'static str,
        default: u32,
        (min, max): (u32, u32),
        help: &'static str,
    ) -> Self {
        Self {
            kind: Kind::Integer(min, max),
            default: DefaultValue::Integer(default),
            ..Self::text(name, help)
        }
    }

    /// Whole seconds from `min` to 400 days.
    pub(super) const fn seconds(
        name: &'static str,
        default: u32,
        min: u32,
        help: &'static str,
    ) -> Self {
        Self::integer(name, default, (min, MAX_SECONDS), help)
    }

    /// One of `names`.
    pub(super) const fn choice(
        name: &'static str,
        default: &'static str,
        names: &'static [&'static str],
        help: &'static str,
    ) -> Self {
        Self {
            kind: Kind::Choice(names),
            default: DefaultValue::Text(default),
            ..Self::text(name, help)
        }
    }

    /// The same with this default.
    pub(super) const fn default(self, value: &'static str) -> Self {
        Self { default: DefaultValue::Text(value), ..self }
    }

    /// The same with a default that depends on other settings.
    pub(super) const fn computed(self, description: &'static str) -> Self {
        Self { default: DefaultValue::Computed(description), ..self }
    }

    /// The same with this example.
    pub(super) const fn example(self, value: &'static str) -> Self {
        Self { example: value, ..self }
    }

    /// The same with further sentences.
    pub(super) const fn details(self, sentences: &'static str) -> Self {
        Self { details: sentences, ..self }
    }

    /// The same with a value that help must not show.
    pub(super) const fn secret(self) -> Self {
        Self { is_secret: true, ..self }
    }

    /// The flag without its dashes, e.g. `auth-base-path`.
    #[must_use]
    pub fn flag(&self) -> String {
        self.name.to_ascii_lowercase().replace('_', "-")
    }

    /// A valid value: the example, or else the default.
    #[must_use]
    pub fn valid_value(&self) -> String {
        match (self.example, self.default, self.kind) {
            ("", DefaultValue::Computed(_) | DefaultValue::None, Kind::Switch) => "true".to_owned(),
            ("", DefaultValue::Computed(_) | DefaultValue::None, Kind::Choice(names)) => {
                names.first().copied().unwrap_or_default().to_owned()
            }
            ("", DefaultValue::Computed(_) | DefaultValue::None, _) => String::new(),
            ("", default, _) => default.to_string(),
            (example, ..) => example.to_owned(),
        }
    }
}

/// Settings that belong together.
#[derive(Clone, Copy, Debug)]
pub struct Section {
    /// The heading.
    pub title: &'static str,
    /// What the section is about, in one or more sentences.
    pub about: &'static str,
    /// The rows.
    pub settings: &'static [Setting],
}

/// Declares a section: a constant for each row, and `SECTION` with all of them.
macro_rules! settings {
    ($title:literal, $about:literal; $($constant:ident = $setting:expr;)*) => {
        $(const $constant: $crate::config::setting::Setting = $setting;)*

        /// The rows of this file.
        pub(crate) const SECTION: $crate::config::setting::Section =
            $crate::config::setting::Section {
                title: $title,
                about: $about,
                settings: &[$($constant),*],
            };
    };
}

pub(super) use settings;
