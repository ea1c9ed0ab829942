//! The bodies and queries of the routes.

use crate::extract::{Fields, Input};

/// The grant of `device/token`. Source: RFC 8628, section 3.4.
pub(super) const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// The maximum length of each text of `device/code`, in characters. Not in better-auth: any client can
/// send the request, and it is stored.
pub(super) const MAX_LEN: usize = 200;

/// The body of `device/code`. An empty text is the same as none.
pub(super) struct CodeRequest {
    pub(super) client_id: Option<String>,
    pub(super) user_id: Option<String>,
    pub(super) scope: Option<String>,
}

impl Input for CodeRequest {
    fn read(fields: &mut Fields<'_>) -> Self {
        let given = |text: Option<&str>| text.filter(|text| !text.is_empty()).map(str::to_owned);
        Self {
            client_id: given(fields.stored("client_id")),
            user_id: given(fields.optional_stored("user_id")),
            scope: given(fields.optional_stored("scope")),
        }
    }
}

/// The body of `device/token`.
pub(super) struct TokenRequest {
    pub(super) device_code: String,
    pub(super) client_id: String,
}

impl Input for TokenRequest {
    fn read(fields: &mut Fields<'_>) -> Self {
        fields.literal("grant_type", GRANT);
        let mut text = |name| fields.string(name).unwrap_or_default().to_owned();
        Self { device_code: text("device_code"), client_id: text("client_id") }
    }
}

/// The query of `device`.
pub(super) struct Review {
    pub(super) user_code: String,
}

impl Input for Review {
    fn read(fields: &mut Fields<'_>) -> Self {
        Self { user_code: fields.string("user_code").unwrap_or_default().to_owned() }
    }
}

/// The body of `device/approve` and `device/deny`.
pub(super) struct Decision {
    pub(super) user_code: String,
}

impl Input for Decision {
    fn read(fields: &mut Fields<'_>) -> Self {
        Self { user_code: fields.string("userCode").unwrap_or_default().to_owned() }
    }
}
