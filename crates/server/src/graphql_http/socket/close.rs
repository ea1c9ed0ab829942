//! Why a socket is closed, as clients of `graphql-transport-ws` understand it.
//!
//! | code | when | clients try again |
//! |---|---|---|
//! | 1001 | the server ends | yes |
//! | 1009 | a message is too long | no |
//! | 1013 | the client reads too slowly, has too many connections, may have missed changes of another machine, or sessions cannot be read: the reason says which | yes |
//! | 4400 | a message is none of the protocol's | no |
//! | 4401 | an operation comes before the connection is acknowledged | no |
//! | 4403 | the session, or the token given at the beginning, does not count (any more) | yes |
//! | 4406 | the client does not speak the protocol | no |
//! | 4408 | the client does not say who it is in time | yes |
//! | 4409 | an operation has the id of another | no |
//! | 4429 | the client says a second time who it is | no |
//! | 4500 | the server failed | no |
//!
//! Source: `PROTOCOL.md` of graphql-ws 6.

use axum::extract::ws::{CloseFrame, Utf8Bytes};

/// The most bytes that a reason may have (RFC 6455, section 5.5).
const LONGEST_REASON: usize = 123;

/// A code and a reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Close {
    pub(super) code: u16,
    reason: String,
}

impl Close {
    fn new(code: u16, reason: impl Into<String>) -> Self {
        let mut reason = reason.into();
        reason.truncate(reason.floor_char_boundary(LONGEST_REASON));
        Self { code, reason }
    }

    pub(super) fn going_away() -> Self {
        Self::new(1001, "Going away")
    }

    pub(super) fn too_long() -> Self {
        Self::new(1009, "Message too long")
    }

    pub(super) fn try_again_later(reason: &str) -> Self {
        Self::new(1013, reason)
    }

    pub(super) fn invalid_message(reason: &str) -> Self {
        Self::new(4400, reason)
    }

    pub(super) fn unauthorized() -> Self {
        Self::new(4401, "Unauthorized")
    }

    pub(super) fn forbidden() -> Self {
        Self::new(4403, "Forbidden")
    }

    pub(super) fn other_protocol() -> Self {
        Self::new(4406, "Subprotocol not acceptable")
    }

    pub(super) fn init_timeout() -> Self {
        Self::new(4408, "Connection initialisation timeout")
    }

    pub(super) fn duplicate(id: &str) -> Self {
        Self::new(4409, format!("Subscriber for {id} already exists"))
    }

    pub(super) fn second_init() -> Self {
        Self::new(4429, "Too many initialisation requests")
    }

    pub(super) fn internal() -> Self {
        Self::new(4500, "Internal server error")
    }

    pub(super) fn frame(self) -> CloseFrame {
        CloseFrame { code: self.code, reason: Utf8Bytes::from(self.reason) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_fits_its_frame() {
        let close = Close::duplicate(&"é".repeat(200));
        assert!(close.reason.len() <= 123 && close.reason.len() > 120, "{close:?}");
    }
}
