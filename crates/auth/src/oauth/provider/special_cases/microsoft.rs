//! Microsoft's id token lists verified email addresses, and has no photo: a second request finds
//! it.
//! Source: <https://learn.microsoft.com/en-us/graph/api/profilephoto-get>

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::Value;

use super::super::{Provider, mapping::is_true};
use crate::{context::Context, oauth::tokens::Tokens};

/// Sets `picture` to a data URL of the user's photo, if there is one and the settings want it.
pub(super) async fn set_photo(
    provider: &Provider,
    context: &Context,
    tokens: &Tokens,
    claims: &mut Value,
) {
    let size = provider.config.definition.variable("profile_photo_size");
    let size = size.and_then(|size| size.parse::<u16>().ok()).unwrap_or_default();
    let (Some(token), Some(me)) = (tokens.access_token.as_deref(), &provider.user_info_url) else {
        return;
    };
    if size == 0 {
        return;
    }
    let url = format!("{}/photos/{size}x{size}/$value", me.as_str().trim_end_matches('/'));
    let bearer = format!("Bearer {token}");
    // Many users have no photo: no reason for a line in the log.
    let Ok(photo) = context.http.get_bytes(&url, &[("authorization", &*bearer)]).await else {
        return;
    };
    if let Some(claims) = claims.as_object_mut() {
        let url = format!("data:image/jpeg;base64, {}", BASE64_STANDARD.encode(photo));
        claims.insert("picture".to_owned(), url.into());
    }
}

/// Whether the email address is verified: by the claim, or if it is listed as verified.
pub(super) fn is_email_verified(claims: &Value) -> Option<bool> {
    if let Some(verified) = claims.get("email_verified") {
        return Some(is_true(Some(verified)));
    }
    let email = claims.get("email").and_then(Value::as_str).filter(|email| !email.is_empty())?;
    let lists = ["verified_primary_email", "verified_secondary_email"];
    let mut listed = lists.iter().filter_map(|name| claims.get(name)?.as_array()).flatten();
    Some(listed.any(|entry| entry.as_str() == Some(email)))
}

#[cfg(test)]
mod tests {
    use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
    use domain::Clock;
    use serde_json::json;

    use crate::oauth::{
        Tokens,
        fake_provider::{FakeProvider, FakeResponse, Service, config},
        provider::{Definition, Provider, UserInfoRequest},
    };

    #[tokio::test]
    async fn a_photo_is_requested_only_where_it_is_shown() {
        let fake = FakeProvider::start().await;
        fake.respond("/me/photos/48x48/$value", FakeResponse::Text(200, "photo".to_owned()));
        let mut definition = Definition::built_in().remove("microsoft").unwrap();
        definition.user_info_url = Some(fake.url("/me"));
        let provider = Provider::new(config(definition), None).unwrap();
        let service = Service::start(Clock::system(), Vec::new()).await;
        let claims = json!({ "oid": "1", "email": "ann@example.com" }).to_string();
        let encoded = BASE64_URL_SAFE_NO_PAD.encode(claims);
        let tokens = Tokens {
            access_token: Some("token".to_owned()),
            id_token: Some(format!("e30.{encoded}.e30")),
            ..Tokens::default()
        };
        for (embeds_photo, image, requests) in
            [(false, None, 0), (true, Some("data:image/jpeg;base64, cGhvdG8="), 1)]
        {
            let request = UserInfoRequest { embeds_photo, ..UserInfoRequest::default() };
            let user = provider.user_info(&service.context, &tokens, request).await.unwrap();
            assert_eq!(user.image.as_deref(), image);
            assert_eq!(fake.received("/me/photos/48x48/$value").len(), requests);
        }
    }
}
