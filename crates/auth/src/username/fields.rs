//! The plugin's fields of `sign-up/email` and `update-user`.

use database::UserRepository;
use domain::{Error, Result, SignInPatch, User};

use super::{
    config::Config,
    error::{USERNAME_IS_ALREADY_TAKEN, USERNAME_IS_IMMUTABLE},
    name,
};
use crate::{context::Context, error::AuthError, extract::Fields, plugin::Plugin};

/// The fields `username` and `displayUsername`, unchecked.
pub(crate) struct UsernameFields {
    username: Field,
    display: Field,
}

/// A field of a name. Other values than texts and `null` are refused, with which better-auth fails.
enum Field {
    Absent,
    Null,
    Text(String),
}

impl Field {
    fn read(fields: &mut Fields<'_>, name: &str) -> Self {
        if fields.is_null(name) {
            return Self::Null;
        }
        let text = fields.stricter(|fields| fields.optional_string(name));
        text.map_or(Self::Absent, |text| Self::Text(text.to_owned()))
    }

    fn text(&self) -> Option<&String> {
        match self {
            Self::Absent | Self::Null => None,
            Self::Text(text) => Some(text),
        }
    }
}

/// The names of a new user.
#[derive(Clone, Default)]
pub(crate) struct NewUsername {
    pub(crate) username: Option<String>,
    pub(crate) display: Option<String>,
}

impl UsernameFields {
    pub(crate) fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            username: Field::read(fields, "username"),
            display: Field::read(fields, "displayUsername"),
        }
    }

    /// The names of a new user, if they follow the rules and are free. As in better-auth, each is the
    /// other's default, and every name is refused that any user has: who is being replaced by a
    /// further sign-up stays secret.
    pub(crate) async fn of_new_user(&self, context: &Context) -> Result<NewUsername, AuthError> {
        let Some(config) = config(context) else { return Ok(NewUsername::default()) };
        let display = self.display.text().cloned();
        let usable = || display.clone().filter(|name| name::checked(config, name).is_ok());
        let given = match &self.username {
            Field::Absent => usable(),
            given => given.text().cloned(),
        };
        let mut username = None;
        if let Some(given) = &given {
            let normal = name::checked(config, given)?;
            if context.db.users().find_by_username(&normal).await?.is_some() {
                return Err(USERNAME_IS_ALREADY_TAKEN.into());
            }
            username = Some(normal);
        }
        if !config.has_display {
            return Ok(NewUsername { username, display: None });
        }
        if let Some(display) = &display {
            name::check_display(config, display)?;
        }
        let display =
            if given.is_some() { display.filter(|name| !name.is_empty()) } else { display };
        Ok(NewUsername { username, display: display.or(given) })
    }

    /// What an update changes, if the names follow the rules and the new one is free. `None`: the
    /// update changes no name.
    pub(crate) async fn of_update(
        &self,
        context: &Context,
        user: &User,
    ) -> Result<Option<SignInPatch>, AuthError> {
        let Some(config) = config(context) else { return Ok(None) };
        let mut patch = SignInPatch::default();
        match &self.username {
            Field::Text(given) => {
                let normal = name::checked(config, given)?;
                let current = user.sign_in.username.as_ref();
                if config.immutable && current.is_some_and(|current| *current != normal) {
                    return Err(USERNAME_IS_IMMUTABLE.into());
                }
                let owner = context.db.users().find_by_username(&normal).await?;
                if owner.is_some_and(|owner| owner.id != user.id) {
                    return Err(USERNAME_IS_ALREADY_TAKEN.into());
                }
                patch.username = Some(Some(normal));
            }
            Field::Null if config.immutable && user.sign_in.username.is_some() => {
                return Err(USERNAME_IS_IMMUTABLE.into());
            }
            Field::Null => patch.username = Some(None),
            Field::Absent => {}
        }
        if config.has_display {
            patch.display_username = match &self.display {
                Field::Absent => None,
                Field::Null => Some(None),
                Field::Text(display) => {
                    name::check_display(config, display)?;
                    Some(Some(display.clone()))
                }
            };
        }
        let changes = patch.username.is_some() || patch.display_username.is_some();
        Ok(changes.then_some(patch))
    }
}

fn config(context: &Context) -> Option<&Config> {
    let plugins = &context.config.plugins;
    plugins.has(Plugin::Username).then_some(&plugins.username)
}

/// Whether a concurrent request took the user name: the unique key decides.
pub(crate) fn is_taken(error: &Error) -> bool {
    matches!(error, Error::Conflict(fields) if fields.iter().any(|it| it.field == "username"))
}

/// The free user name's answer of `is-username-available`.
pub(super) async fn is_available(context: &Context, normal: &str) -> Result<bool> {
    Ok(UserRepository::new(context.db.reader()).find_by_username(normal).await?.is_none())
}
