//! The settings of the plugin.

/// Settings of the plugin `multi-session`.
#[derive(Clone, Debug)]
pub struct Config {
    /// The maximum number of sessions that a browser can switch between. A session above it can
    /// be used, but not returned to. (`AUTH_MULTI_SESSION_MAXIMUM_SESSIONS`)
    pub maximum_sessions: u32,
}

impl Default for Config {
    fn default() -> Self {
        Self { maximum_sessions: 5 }
    }
}
