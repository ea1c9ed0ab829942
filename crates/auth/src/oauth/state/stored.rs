//! The data of a sign-in as JSON, in better-auth's form and order.

use domain::UserId;
use serde::{Deserialize, Serialize, Serializer, ser::SerializeMap};
use serde_json::value::RawValue;

/// The keys that additional data cannot set.
const INTERNAL: [&str; 10] = [
    "callbackURL",
    "codeVerifier",
    "errorURL",
    "newUserURL",
    "link",
    "serverContext",
    "expiresAt",
    "requestSignUp",
    "idTokenNonce",
    "oauthState",
];

/// Data of the client that a sign-in keeps: names and JSON.
pub(crate) type AdditionalData = Vec<(String, Box<RawValue>)>;

/// The signed-in user who began a linking.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LinkingUser {
    pub(crate) email: String,
    pub(crate) user_id: UserId,
    /// The token of the session that began the linking, encrypted. A better-auth server may omit
    /// it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) encrypted_session_token: Option<String>,
}

/// The data of a sign-in between its start and its callback.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct StoredState {
    #[serde(rename = "callbackURL")]
    pub(super) callback_url: String,
    pub(super) code_verifier: String,
    #[serde(rename = "errorURL")]
    pub(super) error_url: Option<String>,
    #[serde(rename = "newUserURL")]
    pub(super) new_user_url: Option<String>,
    pub(super) link: Option<LinkingUser>,
    pub(super) server_context: Option<ServerContext>,
    /// Milliseconds since 1970.
    pub(super) expires_at: i64,
    pub(super) request_sign_up: Option<bool>,
    pub(super) id_token_nonce: Option<String>,
    /// The state itself.
    pub(super) oauth_state: Option<String>,
    #[serde(skip)]
    pub(super) additional: AdditionalData,
}

/// better-auth's part of the data that a client never sets.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct ServerContext {
    /// The provider of the sign-in. A better-auth server stores none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) provider: Option<String>,
    /// Whether the sign-in goes through the production host. A better-auth server does not
    /// store it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) proxied: Option<bool>,
    /// The guest who began the sign-in.
    #[serde(rename = "anonymousUserId", default, skip_serializing_if = "Option::is_none")]
    pub(super) guest: Option<UserId>,
}

/// better-auth's order; absent values are left out.
impl Serialize for StoredState {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        let additional = self.additional.iter();
        for (name, value) in additional.filter(|(name, _)| !INTERNAL.contains(&name.as_str())) {
            map.serialize_entry(name, value)?;
        }
        map.serialize_entry("callbackURL", &self.callback_url)?;
        map.serialize_entry("codeVerifier", &self.code_verifier)?;
        entry(&mut map, "errorURL", self.error_url.as_ref())?;
        entry(&mut map, "newUserURL", self.new_user_url.as_ref())?;
        entry(&mut map, "link", self.link.as_ref())?;
        entry(&mut map, "serverContext", self.server_context.as_ref())?;
        map.serialize_entry("expiresAt", &self.expires_at)?;
        entry(&mut map, "requestSignUp", self.request_sign_up.as_ref())?;
        entry(&mut map, "idTokenNonce", self.id_token_nonce.as_ref())?;
        entry(&mut map, "oauthState", self.oauth_state.as_ref())?;
        map.end()
    }
}

fn entry<M: SerializeMap>(
    map: &mut M,
    name: &str,
    value: Option<&impl Serialize>,
) -> Result<(), M::Error> {
    value.map_or(Ok(()), |value| map.serialize_entry(name, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(json: &str) -> Box<RawValue> {
        serde_json::from_str(json).unwrap()
    }

    /// Order and names of better-auth's row, 2026-11-30.
    #[test]
    fn the_data_is_written_as_by_better_auth() {
        let stored = StoredState {
            callback_url: "/books".to_owned(),
            code_verifier: "v".to_owned(),
            error_url: Some("/sorry".to_owned()),
            new_user_url: Some("/welcome".to_owned()),
            link: Some(LinkingUser {
                email: "ann@example.com".to_owned(),
                user_id: UserId::from("u1"),
                encrypted_session_token: Some("00".to_owned()),
            }),
            server_context: Some(ServerContext {
                provider: Some("github".to_owned()),
                proxied: None,
                guest: None,
            }),
            expires_at: 1_795_187_399_060,
            request_sign_up: Some(true),
            id_token_nonce: Some("n".to_owned()),
            oauth_state: Some("s".to_owned()),
            additional: vec![("theme".to_owned(), raw(r#"{"dark": [1]}"#))],
        };
        let json = serde_json::to_string(&stored).unwrap();
        assert_eq!(
            json,
            r#"{"theme":{"dark": [1]},"callbackURL":"/books","codeVerifier":"v","errorURL":"/sorry","newUserURL":"/welcome","link":{"email":"ann@example.com","userId":"u1","encryptedSessionToken":"00"},"serverContext":{"provider":"github"},"expiresAt":1795187399060,"requestSignUp":true,"idTokenNonce":"n","oauthState":"s"}"#
        );
        let read: StoredState = serde_json::from_str(&json).unwrap();
        assert_eq!(read.link.unwrap().user_id, UserId::from("u1"));
        assert_eq!(read.server_context.unwrap().provider.as_deref(), Some("github"));
    }

    #[test]
    fn additional_data_replaces_no_internal_key() {
        let row = r#"{"callbackURL":"/","codeVerifier":"v","expiresAt":1}"#;
        let mut stored: StoredState = serde_json::from_str(row).unwrap();
        let evil = INTERNAL.map(|name| (name.to_owned(), raw(r#""evil""#)));
        stored.additional = evil.to_vec();
        assert_eq!(serde_json::to_string(&stored).unwrap(), row);
    }
}
