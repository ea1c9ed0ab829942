//! The names of provider-specific code, which `special_cases` implements.

use serde::Deserialize;

/// A provider whose definition needs code: the value of the key `exception`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SpecialCase {
    /// The user's name is in the form of the callback, once.
    Apple,
    /// The claims of the id token get a name.
    Cognito,
    /// The URL of the avatar is computed.
    Discord,
    /// A request checks for whom the access token was issued.
    Facebook,
    /// A second request finds the email addresses.
    Github,
    /// The id token names the Google Workspace domain.
    Google,
    /// The id token names the tenant; a second request finds the photo.
    Microsoft,
    /// The id token and the profile must have the same subject.
    Paypal,
    /// A second request finds the email address.
    Twitter,
    /// Tokens are exchanged by GET, and the response has the subject.
    Wechat,
}
