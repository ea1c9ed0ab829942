//! The settings that each provider has: one row for all providers.
//!
//! `CLIENT_ID` of the provider `github` is the variable `AUTH_GITHUB_CLIENT_ID`, or
//! `GITHUB_CLIENT_ID`. There are no flags: 36 providers would have 600.

use crate::config::setting::{Section, Setting};

pub(super) const CLIENT_ID: Setting = Setting::text(
    "CLIENT_ID",
    "Id of this service at the provider (client id, application id, client key). It turns the \
     provider on",
)
.details(
    "Several are separated by commas: the first one is used for sign-in, and native apps may \
     present id tokens for each.",
)
.example("1234567890");
pub(super) const CLIENT_SECRET: Setting =
    Setting::text("CLIENT_SECRET", "Secret that belongs to the client id")
        .details("Changing it needs a restart, and signs no user out.")
        .example("the-secret-of-the-client-id")
        .secret();
pub(super) const SCOPES: Setting = Setting::text(
    "SCOPES",
    "Scopes to request besides the default ones, separated by commas or spaces",
)
.example("calendar.read");
pub(super) const DISABLE_DEFAULT_SCOPES: Setting = Setting::switch(
    "DISABLE_DEFAULT_SCOPES",
    false,
    "Whether the provider's default scopes are not requested",
);
pub(super) const PROMPT: Setting = Setting::text(
    "PROMPT",
    "What the provider asks the user, e.g. select_account, consent, login or none",
)
.example("select_account");
pub(super) const ACCESS_TYPE: Setting = Setting::text(
    "ACCESS_TYPE",
    "Parameter access_type: with offline, Google and Dropbox return a refresh token",
)
.example("offline");
pub(super) const DISABLE_SIGN_UP: Setting =
    Setting::switch("DISABLE_SIGN_UP", false, "Whether the provider signs in existing users only");
pub(super) const DISABLE_IMPLICIT_SIGN_UP: Setting = Setting::switch(
    "DISABLE_IMPLICIT_SIGN_UP",
    false,
    "Whether new users are created only if the client sends requestSignUp",
);
pub(super) const OVERRIDE_USER_INFO: Setting = Setting::switch(
    "OVERRIDE_USER_INFO",
    false,
    "Whether each sign-in replaces the user's name, image and address by the provider's",
);
pub(super) const REQUIRE_EMAIL_VERIFICATION: Setting = Setting::switch(
    "REQUIRE_EMAIL_VERIFICATION",
    false,
    "Whether users whose address is not verified cannot sign in with the provider",
);
pub(super) const DISABLE_ID_TOKEN: Setting = Setting::switch(
    "DISABLE_ID_TOKEN",
    false,
    "Whether clients, e.g. native apps, cannot sign in with an id token of the provider",
);
pub(super) const AUTHORIZATION_URL: Setting =
    Setting::text("AUTHORIZATION_URL", "Page of the provider to which browsers are redirected")
        .details("These URLs need https, except on this machine.")
        .example("https://id.example.com/authorize");
pub(super) const TOKEN_URL: Setting =
    Setting::text("TOKEN_URL", "URL at which the provider exchanges codes for tokens")
        .example("https://id.example.com/token");
pub(super) const USER_INFO_URL: Setting =
    Setting::text("USER_INFO_URL", "URL at which the provider describes the user")
        .example("https://id.example.com/userinfo");
pub(super) const JWKS_URL: Setting =
    Setting::text("JWKS_URL", "URL of the JWKS that verifies the provider's id tokens")
        .example("https://id.example.com/jwks");

/// The rows, named without the provider.
pub(crate) const PROVIDER_SETTINGS: Section = Section {
    title: "Each provider",
    about: "Settings of one provider. `<PROVIDER>` is its id in capitals, with `_` for `-`: \
            `AUTH_GITHUB_CLIENT_ID`. The names without `AUTH_`, such as `GITHUB_CLIENT_ID`, are \
            read, too; two different values stop the start. They are variables only, without \
            flags. [sign-in.md](sign-in.md#providers) lists the providers, with further variables \
            that some of them need.",
    settings: &[
        CLIENT_ID,
        CLIENT_SECRET,
        SCOPES,
        DISABLE_DEFAULT_SCOPES,
        PROMPT,
        ACCESS_TYPE,
        DISABLE_SIGN_UP,
        DISABLE_IMPLICIT_SIGN_UP,
        OVERRIDE_USER_INFO,
        REQUIRE_EMAIL_VERIFICATION,
        DISABLE_ID_TOKEN,
        AUTHORIZATION_URL,
        TOKEN_URL,
        USER_INFO_URL,
        JWKS_URL,
    ],
};
