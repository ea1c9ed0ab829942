//! Why an id token is refused.

use std::fmt;

use crypto::jwk::Refused;
use http_client::HttpError;

use crate::oauth::jwks::JwksError;

/// Why an id token is refused. The texts contain nothing of the token.
#[derive(Debug)]
pub(crate) enum Rejection {
    /// The signature, or the form.
    Signature(Refused),
    /// The JWKS is not available.
    Jwks(JwksError),
    /// The provider did not verify the token.
    Provider(HttpError),
    /// This claim is missing, or has the wrong type.
    Missing(&'static str),
    /// `iss` is another issuer.
    Issuer,
    /// `aud` is another client.
    Audience,
    /// `azp` is another client, or is missing beside several audiences.
    AuthorizedParty,
    /// `exp` was this time ago.
    Expired { seconds: i64 },
    /// `iat` or `nbf` is this time ahead.
    FromFuture { seconds: i64 },
    /// `iat` was this time ago, which the provider's tokens must not be.
    TooOld { seconds: i64 },
    /// `nonce` is another one.
    Nonce,
    /// The provider's own rule, e.g. for tenants.
    Claims,
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Signature(Refused::Malformed) => f.write_str("it is no JWT of a supported form"),
            Self::Signature(Refused::Algorithm) => f.write_str("its algorithm is not allowed"),
            Self::Signature(Refused::UnknownKey) => {
                f.write_str("no key of the provider's JWKS made its signature")
            }
            Self::Signature(Refused::Signature) => f.write_str("its signature is invalid"),
            Self::Jwks(error) => write!(f, "the provider's JWKS is not available: {error}"),
            Self::Provider(error) => write!(f, "the provider did not verify it: {error}"),
            Self::Missing(claim) => write!(f, "{claim} is missing or has the wrong type"),
            Self::Issuer => f.write_str("iss is another issuer"),
            Self::Audience => f.write_str("aud is another client"),
            Self::AuthorizedParty => f.write_str("azp is another client"),
            Self::Expired { seconds } => {
                write!(f, "it expired {seconds} s ago; is the clock of this machine right?")
            }
            Self::FromFuture { seconds } => {
                write!(f, "it is valid in {seconds} s; is the clock of this machine right?")
            }
            Self::TooOld { seconds } => {
                write!(f, "it is {seconds} s old; is the clock of this machine right?")
            }
            Self::Nonce => f.write_str("nonce is another one"),
            Self::Claims => f.write_str("the provider's account or tenant is not allowed"),
        }
    }
}

impl From<HttpError> for Rejection {
    fn from(error: HttpError) -> Self {
        Self::Provider(error)
    }
}

impl From<JwksError> for Rejection {
    fn from(error: JwksError) -> Self {
        match error {
            JwksError::Refused(refused) => Self::Signature(refused),
            error => Self::Jwks(error),
        }
    }
}
