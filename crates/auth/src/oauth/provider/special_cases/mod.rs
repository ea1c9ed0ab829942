//! Provider-specific code, one file for each provider.

mod apple;
mod discord;
mod facebook;
mod github;
mod microsoft;
mod paypal;
mod twitter;

use serde_json::Value;

use super::{Provider, SpecialCase, UserInfoRequest, profile_request::RawProfile};
use crate::{context::Context, oauth::tokens::Tokens};

impl SpecialCase {
    /// Completes the profile. `None` if it must not be used.
    pub(super) async fn apply(
        self,
        provider: &Provider,
        context: &Context,
        tokens: &Tokens,
        request: UserInfoRequest<'_>,
        profile: &mut RawProfile,
    ) -> Option<()> {
        let RawProfile { data, is_id_token, email_verified } = profile;
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
                if request.embeds_photo {
                    microsoft::set_photo(provider, context, tokens, data).await;
                }
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
    let mut texts = candidates.iter().filter_map(|name| data.get(name)?.as_str());
    let text = texts.find(|text| !text.is_empty()).unwrap_or_default().to_owned();
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
