//! How this client authenticates at a token URL.

use base64::{Engine, prelude::BASE64_STANDARD};
use chrono::{DateTime, TimeDelta, Utc};
use crypto::jwk::SigningKey;
use secrecy::ExposeSecret;
use serde_json::json;
use url::form_urlencoded::byte_serialize;

use super::{TokenError, form::Form};
use crate::oauth::provider::{ClientAuthentication, Provider};

/// How long a client secret that is a signed token is valid. Apple allows six months.
const SECRET_LIFETIME: TimeDelta = TimeDelta::minutes(10);

/// Adds the client's credentials to a form; HTTP Basic returns a header instead. A client without
/// a secret sends its id.
pub(super) fn authenticate(
    provider: &Provider,
    authentication: ClientAuthentication,
    form: &mut Form,
    now: DateTime<Utc>,
) -> Result<Option<(String, String)>, TokenError> {
    let id = provider.client_id();
    let secret = match authentication {
        ClientAuthentication::None => None,
        ClientAuthentication::Post | ClientAuthentication::Basic => client_secret(provider, now)?,
    };
    if let (ClientAuthentication::Basic, Some(secret)) = (authentication, &secret) {
        return Ok(Some(("authorization".to_owned(), basic(id, secret))));
    }
    form.set(provider.config.definition.client_id_parameter(), id);
    if let Some(secret) = secret {
        form.set("client_secret", &secret);
    }
    Ok(None)
}

/// The client secret. A private key signs one (Apple).
fn client_secret(provider: &Provider, now: DateTime<Utc>) -> Result<Option<String>, TokenError> {
    let Some(secret) = &provider.config.client_secret else { return Ok(None) };
    let secret = secret.expose_secret();
    match &provider.config.definition.token.client_secret_jwt_audience {
        Some(audience) if secret.contains("-----BEGIN") => {
            signed_secret(provider, secret, audience, now).map(Some)
        }
        _ => Ok(Some(secret.to_owned())),
    }
}

/// A client secret that is a token signed by a private key. Source:
/// <https://developer.apple.com/documentation/accountorganizationaldatasharing/creating-a-client-secret>
fn signed_secret(
    provider: &Provider,
    key: &str,
    audience: &str,
    now: DateTime<Utc>,
) -> Result<String, TokenError> {
    let variable = |name: &'static str| {
        provider.config.definition.variable(name).ok_or(TokenError::MissingVariable(name))
    };
    let key = SigningKey::from_pem(key).ok_or(TokenError::InvalidKey)?;
    let claims = json!({
        "iss": variable("team_id")?,
        "iat": now.timestamp(),
        "exp": (now + SECRET_LIFETIME).timestamp(),
        "aud": audience,
        "sub": provider.client_id(),
    });
    let claims = claims.as_object().cloned().unwrap_or_default();
    key.sign(&variable("key_id")?, &claims).ok_or(TokenError::InvalidKey)
}

/// HTTP Basic; id and secret are encoded as in a form before (RFC 6749, section 2.3.1).
fn basic(id: &str, secret: &str) -> String {
    let encoded = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
    let credentials = format!("{}:{}", encoded(id), encoded(secret));
    format!("Basic {}", BASE64_STANDARD.encode(credentials))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn basic_credentials_are_encoded_as_in_a_form() {
        // `encodeBasicCredentials` of better-auth.
        assert_eq!(basic("client", "secret"), "Basic Y2xpZW50OnNlY3JldA==");
        assert_eq!(
            basic("a b:c", "é*!~'()+%"),
            "Basic YStiJTNBYzolQzMlQTkqJTIxJTdFJTI3JTI4JTI5JTJCJTI1"
        );
    }
}
