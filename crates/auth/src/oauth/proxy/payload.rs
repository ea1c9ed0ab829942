//! The user's data that the production host sends to the preview, in better-auth's format.

use chrono::{DateTime, TimeDelta, Utc};
use domain::Error;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::vault;
use crate::{
    account::split_scopes,
    context::Context,
    error::AuthError,
    oauth::{
        config::ProxyConfig, identified_user::IdentifiedUser, provider::UserInfo,
        state::ConsumedState, tokens::Tokens,
    },
};

const PURPOSE: &str = "oauth-proxy-profile";
/// How long a payload is valid.
const LIFETIME: TimeDelta = TimeDelta::seconds(60);
/// How far the clock of the production host may be ahead.
const TOLERANCE: TimeDelta = TimeDelta::seconds(10);

/// A user whom the production host identified. Unlike better-auth's, it has no raw profile, which
/// no preview reads.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Payload {
    user_info: User,
    #[serde(skip_serializing_if = "Option::is_none")]
    scopes: Option<Vec<String>>,
    account: Account,
    /// The preview's state.
    pub(super) state: String,
    /// The pages are for previews with better-auth. This server uses those of its own state.
    #[serde(rename = "callbackURL")]
    callback_url: String,
    #[serde(rename = "newUserURL", skip_serializing_if = "Option::is_none")]
    new_user_url: Option<String>,
    #[serde(rename = "errorURL", skip_serializing_if = "Option::is_none")]
    pub(super) error_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    disable_sign_up: Option<bool>,
    /// Milliseconds since 1970.
    timestamp: i64,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct User {
    id: String,
    email: String,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    image: Option<String>,
    #[serde(default)]
    email_verified: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Account {
    #[serde(rename = "providerId")]
    provider: String,
    #[serde(rename = "accountId")]
    subject: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    access_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    access_token_expires_at: Option<DateTime<Utc>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token_expires_at: Option<DateTime<Utc>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<String>,
}

impl Payload {
    /// The payload of a user for the preview where the sign-in began. `page` is its page after
    /// the sign-in.
    pub(super) fn new(
        identified: IdentifiedUser,
        email: String,
        consumed: &ConsumedState,
        page: String,
        now: DateTime<Utc>,
    ) -> Self {
        let IdentifiedUser { provider, tokens, info, subject } = identified;
        let disables_sign_up = provider.config.is_sign_up_disabled(consumed.request_sign_up);
        let user_info = User {
            id: subject.clone(),
            email,
            name: info.name.unwrap_or_default(),
            image: info.image,
            email_verified: info.email_verified,
        };
        let account = Account {
            provider: provider.id().to_owned(),
            subject,
            access_token: tokens.access_token,
            refresh_token: tokens.refresh_token,
            id_token: tokens.id_token,
            access_token_expires_at: tokens.access_token_expires_at,
            refresh_token_expires_at: tokens.refresh_token_expires_at,
            scope: Some(tokens.scopes.join(",")),
        };
        Self {
            user_info,
            scopes: Some(tokens.scopes),
            account,
            state: String::new(),
            callback_url: page,
            new_user_url: consumed.new_user_url.clone(),
            error_url: consumed.error_url.clone(),
            disable_sign_up: disables_sign_up.then_some(true),
            timestamp: now.timestamp_millis(),
        }
    }

    /// Encrypts the payload, for the preview's state.
    pub(super) fn seal(
        self,
        context: &Context,
        config: &ProxyConfig,
        state: &str,
    ) -> Result<String, AuthError> {
        let payload = Self { state: state.to_owned(), ..self };
        let json = serde_json::to_string(&payload).map_err(Error::internal)?;
        Ok(vault(context, config, PURPOSE).seal(&json))
    }

    /// Decrypts a payload. Fails with better-auth's code.
    pub(super) fn open(
        context: &Context,
        config: &ProxyConfig,
        sealed: &str,
    ) -> Result<Self, &'static str> {
        let json = vault(context, config, PURPOSE).open(sealed).ok_or("invalid_profile")?;
        let payload = serde_json::from_str::<Self>(&json).ok();
        payload.filter(|payload| !payload.state.is_empty()).ok_or("invalid_payload")
    }

    /// Whether the payload is new enough.
    pub(super) fn is_current(&self, now: DateTime<Utc>) -> bool {
        let made = DateTime::from_timestamp_millis(self.timestamp);
        made.is_some_and(|made| (-TOLERANCE..=LIFETIME).contains(&(now - made)))
    }

    pub(super) fn provider(&self) -> &str {
        &self.account.provider
    }

    /// The user's id at the provider, their data and their tokens.
    pub(super) fn into_user(self) -> (UserInfo, Tokens) {
        let Self { user_info, account, scopes, .. } = self;
        let info = UserInfo {
            name: Some(user_info.name),
            email: Some(user_info.email),
            email_verified: user_info.email_verified,
            image: user_info.image,
            data: Value::Null,
            subject: Some(account.subject),
        };
        let granted = || split_scopes(account.scope.as_deref()).into_iter().map(str::to_owned);
        let tokens = Tokens {
            access_token: account.access_token,
            refresh_token: account.refresh_token,
            id_token: account.id_token,
            access_token_expires_at: account.access_token_expires_at,
            refresh_token_expires_at: account.refresh_token_expires_at,
            scopes: scopes.unwrap_or_else(|| granted().collect()),
            ..Tokens::default()
        };
        (info, tokens)
    }

    /// Whether the production host creates no user for this sign-in.
    pub(super) fn disables_sign_up(&self) -> bool {
        self.disable_sign_up == Some(true)
    }
}
