//! What the service expects, and why it refuses.

/// What the service expects of a response.
#[derive(Clone, Copy)]
pub(in crate::passkey) struct Expected<'a> {
    /// The challenge in base64url.
    pub(in crate::passkey) challenge: &'a str,
    /// Origins of pages and apps, as clients write them.
    pub(in crate::passkey) origins: &'a [String],
    /// The relying party: a host.
    pub(in crate::passkey) rp_id: &'a str,
    /// Whether the authenticator must have verified its user, e.g. by a PIN.
    pub(in crate::passkey) user_verification: bool,
}

/// Why a response is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::passkey) enum Refused {
    /// A signature is not that of the credential's key.
    Signature,
    /// Another check failed: its description for the log.
    Check(&'static str),
}
