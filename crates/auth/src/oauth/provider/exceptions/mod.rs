//! What the tables of providers cannot say, one file per provider.

mod apple;
mod discord;
mod facebook;
mod github;
mod microsoft;
mod paypal;
mod twitter;

use serde::Deserialize;
use serde_json::Value;

use super::{Provider, UserInfoRequest, profile::Profile};
use crate::{context::Context, oauth::tokens::Tokens};

/// A provider that no table can describe wholly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Exception {
    /// The user's name is in the form of the callback, once.
    Apple,
    /// The claims of the id token get a name.
    Cognito,
    /// The URL of the avatar is computed.
    Discord,
    /// A request checks for whom the access token was issued.
    Facebook,
    /// A second request finds the addresses.
    Github,
    /// The id token names the Google Workspace domain.
    Google,
    /// The id token names the tenant; a second request finds the photo.
    Microsoft,
    /// The id token and the profile must have the same subject.
    Paypal,
    /// A second request finds the address.
    Twitter,
    /// Tokens are exchanged by GET, and the response has the subject.
    Wechat,
}

impl Exception {
    /// Completes the profile. `None` if it must not be used.
    pub(super) async fn complete(
        self,
        provider: &Provider,
        context: &Context,
        tokens: &Tokens,
        request: UserInfoRequest<'_>,
        profile: &mut Profile,
    ) -> Option<()> {
        let Profile { data, is_id_token, email_verified } = profile;
        match self {
            Self::Apple => apple::set_name(data, request.first_sign_in_user),
            Self::Cognito if *is_id_token => set_first(data, "name", NAMES_OF_COGNITO),
            Self::Cognito | Self::Wechat => Some(()),
            Self::Discord => discord::set_image(data),
            Self::Facebook if *is_id_token => {
                *email_verified = Some(false);
                Some(())
            }
            Self::Facebook => facebook::check_access_token(provider, context, tokens, data).await,
            Self::Github => {
                *email_verified = Some(github::set_email(provider, context, tokens, data).await);
                Some(())
            }
            Self::Google => provider.allows_claims(data).then_some(()),
            Self::Microsoft => {
                microsoft::set_photo(provider, context, tokens, data).await;
                *email_verified = microsoft::is_email_verified(data);
                Some(())
            }
            Self::Paypal => paypal::check_subject(provider, tokens, data),
            Self::Twitter => {
                *email_verified = Some(twitter::set_email(provider, context, tokens, data).await);
                Some(())
            }
        }
    }
}

/// The claims that have a name in Cognito.
const NAMES_OF_COGNITO: [&str; 3] = ["name", "given_name", "username"];

/// Sets a field to the first text that is not empty.
fn set_first(data: &mut Value, field: &str, candidates: [&str; 3]) -> Option<()> {
    let texts = candidates.iter().filter_map(|name| data.get(name)?.as_str());
    let text = texts.filter(|text| !text.is_empty()).next().unwrap_or_default().to_owned();
    data.as_object_mut()?.insert(field.to_owned(), text.into());
    Some(())
}

impl Provider {
    /// Whether the claims pass the provider's own check.
    fn allows_claims(&self, claims: &Value) -> bool {
        let allowed = self.id_token.as_ref().is_none_or(|rules| rules.claims.allows(claims));
        if !allowed {
            tracing::info!(provider = self.id(), "id token has no allowed hosted domain");
        }
        allowed
    }
}
