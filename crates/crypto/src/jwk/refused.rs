//! Why a token is refused.

/// The reason why a token is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// The text is no token, is too long, or requires an extension (`crit`).
    Malformed,
    /// The algorithm is not among the allowed ones.
    Algorithm,
    /// The set has no key of the token's id; or the token names none, and no key of the set made
    /// its signature. A newer set may have the key.
    UnknownKey,
    /// The key that the token names did not make the signature.
    Signature,
}
