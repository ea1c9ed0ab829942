//! The bodies of `sign-in/social`, and their parts that `link-social` has, too.

use super::{provider::RESERVED_PARAMETERS, state::AdditionalData, tokens::Tokens};
use crate::extract::{Fields, Input};

/// The body of `sign-in/social`.
pub(super) struct SignInSocial {
    /// The provider's id.
    pub(super) provider: String,
    pub(super) callback_url: Option<String>,
    pub(super) new_user_url: Option<String>,
    pub(super) error_url: Option<String>,
    pub(super) disable_redirect: bool,
    pub(super) id_token: Option<IdToken>,
    pub(super) scopes: Vec<String>,
    pub(super) request_sign_up: Option<bool>,
    pub(super) login_hint: Option<String>,
    pub(super) additional_params: Vec<(String, String)>,
    pub(super) additional_data: AdditionalData,
}

impl Input for SignInSocial {
    fn read(fields: &mut Fields<'_>) -> Self {
        let callback_url = fields.optional_string("callbackURL").map(str::to_owned);
        let new_user_url = fields.optional_string("newUserCallbackURL").map(str::to_owned);
        let error_url = fields.optional_string("errorCallbackURL").map(str::to_owned);
        Self {
            callback_url,
            new_user_url,
            error_url,
            provider: fields.any_word("provider").to_owned(),
            disable_redirect: fields.optional_boolean("disableRedirect").unwrap_or_default(),
            id_token: fields.optional_object("idToken", IdToken::read),
            scopes: fields.optional_strings("scopes").unwrap_or_default(),
            request_sign_up: fields.optional_boolean("requestSignUp"),
            login_hint: fields.optional_string("loginHint").map(str::to_owned),
            additional_params: additional_params(fields),
            additional_data: fields.optional_record("additionalData").unwrap_or_default(),
        }
    }
}

/// Reads further parameters of the authorization URL.
pub(super) fn additional_params(fields: &mut Fields<'_>) -> Vec<(String, String)> {
    let params = fields.optional_texts("additionalParams").unwrap_or_default();
    if params.iter().any(|(name, _)| RESERVED_PARAMETERS.contains(&name.as_str())) {
        let reserved = RESERVED_PARAMETERS.join(", ");
        let message =
            format!("additionalParams cannot include reserved OAuth parameters: {reserved}");
        fields.fail("additionalParams", &message);
    }
    params
}

/// An id token that a client got from the provider, and what belongs to it.
pub(super) struct IdToken {
    pub(super) token: String,
    pub(super) nonce: Option<String>,
    pub(super) access_token: Option<String>,
    pub(super) refresh_token: Option<String>,
    /// Apple's data of the user, which only the first sign-in has.
    pub(super) user: Option<FirstSignInUser>,
}

/// The name and the email address that Apple sends at the first sign-in only.
pub(super) struct FirstSignInUser {
    first_name: Option<String>,
    last_name: Option<String>,
    email: Option<String>,
}

impl IdToken {
    /// The tokens that the client has.
    pub(super) fn tokens(&self) -> Tokens {
        Tokens {
            id_token: Some(self.token.clone()),
            access_token: self.access_token.clone(),
            refresh_token: self.refresh_token.clone(),
            ..Tokens::default()
        }
    }

    fn read(fields: &mut Fields<'_>) -> Self {
        let id_token = Self::read_to_link(fields);
        fields.optional_number("expiresAt");
        let user = fields.optional_object("user", FirstSignInUser::read);
        Self { user, ..id_token }
    }

    /// As `link-social` has it: without further data of the user.
    pub(super) fn read_to_link(fields: &mut Fields<'_>) -> Self {
        Self {
            token: fields.string("token").unwrap_or_default().to_owned(),
            nonce: fields.optional_string("nonce").map(str::to_owned),
            access_token: fields.optional_stored("accessToken").map(str::to_owned),
            refresh_token: fields.optional_stored("refreshToken").map(str::to_owned),
            user: None,
        }
    }
}

impl FirstSignInUser {
    fn read(fields: &mut Fields<'_>) -> Self {
        let name = fields.optional_object("name", |name| {
            let first = name.optional_string("firstName").map(str::to_owned);
            (first, name.optional_string("lastName").map(str::to_owned))
        });
        let (first_name, last_name) = name.unwrap_or_default();
        let email = fields.optional_string("email").map(str::to_owned);
        Self { first_name, last_name, email }
    }

    /// The object as Apple sends it.
    pub(super) fn to_json(&self) -> serde_json::Value {
        let Self { first_name, last_name, email } = self;
        serde_json::json!({
            "name": { "firstName": first_name, "lastName": last_name }, "email": email,
        })
    }
}
