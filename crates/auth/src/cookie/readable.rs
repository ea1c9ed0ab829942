//! Cookies that scripts of pages read.

use axum::http::HeaderValue;
use chrono::TimeDelta;
use percent_encoding::utf8_percent_encode;

use super::Cookies;
use crate::context::COMPONENT;

impl Cookies {
    /// The `Set-Cookie` line of a cookie that scripts may read: without a prefix in its name,
    /// unsigned, and otherwise with the attributes of the session's cookie. `None` if the name is
    /// no name of a cookie.
    pub(crate) fn readable(&self, name: &str, value: &str, life: TimeDelta) -> Option<HeaderValue> {
        let value = utf8_percent_encode(value, COMPONENT);
        let attributes = self.own_attributes(Some(life)).replace("; HttpOnly", "");
        HeaderValue::from_str(&format!("{name}={value}{attributes}")).ok()
    }
}
