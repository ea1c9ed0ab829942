//! better-auth's JSON of a passkey.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{authenticators, store::Passkey};
use crate::views::iso_or_null;

/// A passkey as its user sees it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PasskeyView<'a> {
    name: Option<&'a str>,
    public_key: &'a str,
    user_id: &'a str,
    #[serde(rename = "credentialID")]
    credential_id: &'a str,
    counter: i32,
    device_type: &'a str,
    backed_up: bool,
    transports: Option<&'a str>,
    #[serde(serialize_with = "iso_or_null")]
    created_at: Option<DateTime<Utc>>,
    aaguid: Option<&'a str>,
    id: &'a str,
    /// The name of the authenticator's model, if it is known. Not in better-auth.
    #[serde(skip_serializing_if = "Option::is_none")]
    authenticator: Option<&'static str>,
}

impl<'a> From<&'a Passkey> for PasskeyView<'a> {
    fn from(passkey: &'a Passkey) -> Self {
        let Passkey {
            id,
            name,
            public_key,
            user_id,
            credential_id,
            counter,
            device_type,
            backed_up,
            transports,
            created_at,
            aaguid,
        } = passkey;
        Self {
            name: name.as_deref(),
            public_key,
            user_id,
            credential_id,
            counter: *counter,
            device_type,
            backed_up: *backed_up,
            transports: transports.as_deref(),
            created_at: *created_at,
            aaguid: aaguid.as_deref(),
            id,
            authenticator: aaguid.as_deref().and_then(authenticators::name),
        }
    }
}
