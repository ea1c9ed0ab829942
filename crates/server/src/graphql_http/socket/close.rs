//! Close codes, as clients of `graphql-transport-ws` understand them.
//!
//! | code | when | clients try again |
//! |---|---|---|
//! | 1001 | the server shuts down | yes |
//! | 1009 | a message is too long | no |
//! | 1013 | the client reads too slowly, has too many connections, may have missed changes of another process, or sessions cannot be read; the reason says which | yes |
//! | 4400 | a message is not one of the protocol | no |
//! | 4401 | an operation comes before the connection is acknowledged | no |
//! | 4403 | the session has ended, or the token in `connection_init` is not valid | yes |
//! | 4406 | the client does not speak the protocol | no |
//! | 4408 | `connection_init` does not come in time | yes |
//! | 4409 | an operation has the id of another | no |
//! | 4429 | `connection_init` comes a second time | no |
//! | 4500 | the server failed | no |
//!
//! Source: `PROTOCOL.md` of graphql-ws 6.

use axum::extract::ws::{CloseFrame, Utf8Bytes};

use crate::graphql_http::subscription::{Lag, SessionState};

/// Maximum length of a reason in bytes (RFC 6455, section 5.5).
const MAX_REASON_BYTES: usize = 123;

/// A code and a reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Close {
    pub(super) code: u16,
    reason: String,
}

impl Close {
    fn new(code: u16, reason: impl Into<String>) -> Self {
        let mut reason = reason.into();
        reason.truncate(reason.floor_char_boundary(MAX_REASON_BYTES));
        Self { code, reason }
    }

    /// Translates a close frame of the library. The library uses 1002 for an unreadable message,
    /// 1011 for an operation before `connection_init`, and 4429 like graphql-ws.
    pub(super) fn of_library(frame: Option<CloseFrame>) -> Self {
        match frame.map(|frame| frame.code) {
            Some(1011) => Self::unauthorized(),
            Some(4429) => Self::second_init(),
            _ => Self::invalid_message("Invalid message received"),
        }
    }

    pub(super) fn session_ended(state: &SessionState) -> Self {
        match state {
            SessionState::Unknown => Self::try_again_later("Sessions cannot be read"),
            SessionState::Anonymous | SessionState::SignedIn(_) | SessionState::Ended => {
                Self::forbidden()
            }
        }
    }

    pub(super) fn lagged(lag: Lag) -> Self {
        Self::try_again_later(match lag {
            Lag::SlowReader => "Too slow",
            Lag::MissedChanges => "Changes may be missing",
        })
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

/// The end of a socket.
pub(super) enum End {
    Close(Close),
    /// The client has disconnected.
    Disconnected,
}

impl From<Close> for End {
    fn from(close: Close) -> Self {
        Self::Close(close)
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
