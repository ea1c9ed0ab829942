//! The settings of the plugin.

use chrono::TimeDelta;

/// Settings of the plugin `device-authorization`.
#[derive(Clone, Debug)]
pub struct Config {
    /// How long the codes of a request are valid. (`AUTH_DEVICE_AUTHORIZATION_EXPIRES_IN`)
    pub expires_in: TimeDelta,
    /// The minimum time between two polls of a device client. (`AUTH_DEVICE_AUTHORIZATION_INTERVAL`)
    pub interval: TimeDelta,
    /// The length of the device code, with which a client polls.
    /// (`AUTH_DEVICE_AUTHORIZATION_DEVICE_CODE_LENGTH`)
    pub device_code_length: usize,
    /// The length of the user code, which a user types. (`AUTH_DEVICE_AUTHORIZATION_USER_CODE_LENGTH`)
    pub user_code_length: usize,
    /// The page where users type the code: a URL, or a path of this server.
    /// (`AUTH_DEVICE_AUTHORIZATION_VERIFICATION_URI`)
    pub verification_uri: String,
    /// The ids of the device clients that may sign in; `None`: any.
    /// (`AUTH_DEVICE_AUTHORIZATION_CLIENT_IDS`)
    pub client_ids: Option<Vec<String>>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            expires_in: TimeDelta::minutes(30),
            interval: TimeDelta::seconds(5),
            device_code_length: 40,
            user_code_length: 8,
            verification_uri: "/device".to_owned(),
            client_ids: None,
        }
    }
}

impl Config {
    /// Whether the device client with this id may sign in.
    pub(super) fn allows(&self, client_id: &str) -> bool {
        self.client_ids.as_ref().is_none_or(|ids| ids.iter().any(|id| id == client_id))
    }
}
