//! Why a provider gave no tokens.

use std::fmt;

use http_client::{Cause, HttpError};
use serde_json::Value;

use crate::oauth::id_token::Rejection;

/// The maximum length of a provider's code in an error, in characters.
const MAX_CODE_LEN: usize = 64;
/// The maximum length of a provider's text in an error, in characters.
const MAX_TEXT_LEN: usize = 200;
/// The minimum length of a word that may be a token, a code or a client secret, in characters.
const MIN_TOKEN_LEN: usize = 16;

/// Why a provider gave no tokens. The texts contain no secret.
#[derive(Debug)]
pub(crate) enum TokenError {
    /// The request failed.
    Http(HttpError),
    /// The provider refused (RFC 6749, section 5.2).
    Refused {
        /// Its code, e.g. `invalid_grant`.
        code: String,
        /// Its text.
        description: Option<String>,
    },
    /// The response has no token.
    NoToken,
    /// The provider issues no new tokens.
    NoRefresh,
    /// The id token is not for this client, of another issuer, or not valid now.
    IdToken(Rejection),
    /// This variable of the provider is missing.
    MissingVariable(&'static str),
    /// The client secret is no private key on P-256 in PEM.
    InvalidKey,
}

impl TokenError {
    /// The error in a provider's response. WeChat's has other names.
    pub(super) fn refusal(response: &Value) -> Option<Self> {
        let code = match (response.get("error"), response.get("errcode")) {
            (Some(Value::String(code)), _) => code.clone(),
            // Facebook's error is an object.
            (Some(error @ Value::Object(_)), _) => {
                error.get("code").or(error.get("type")).unwrap_or(&Value::Null).to_string()
            }
            (Some(error), _) if !error.is_null() => error.to_string(),
            (_, Some(code)) if code != &Value::from(0) => code.to_string(),
            _ => return None,
        };
        let nested = response.get("error").and_then(|error| error.get("message"));
        let named = ["error_description", "errmsg"].iter().find_map(|name| response.get(name));
        let description = named.or(nested).and_then(Value::as_str);
        let description = description.map(|text| redact(text, MAX_TEXT_LEN));
        Some(Self::Refused { code: redact(&code, MAX_CODE_LEN), description })
    }

    /// Whether the response was a success without usable tokens. better-auth finds this out when
    /// it reads the profile, so clients get another code than for a refused code.
    pub(crate) fn is_unusable_response(&self) -> bool {
        match self {
            Self::NoToken | Self::IdToken(_) => true,
            Self::Http(error) => matches!(error.cause, Cause::NotJson),
            _ => false,
        }
    }
}

/// A provider's text for a log line: short, in one line, and without words that may be tokens.
fn redact(text: &str, max_len: usize) -> String {
    let text: String = text.chars().filter(|letter| !letter.is_control()).collect();
    let words = text.split_inclusive(|letter| !is_token_character(letter)).map(|part| {
        let word = part.trim_end_matches(|letter| !is_token_character(letter));
        if may_be_token(word) { part.replace(word, "…") } else { part.to_owned() }
    });
    words.collect::<String>().chars().take(max_len).collect()
}

/// The characters of bearer tokens (RFC 6750, section 2.1), and of encoded ones in a URL.
fn is_token_character(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || "-._~+/=%".contains(letter)
}

/// Error codes like `redirect_uri_mismatch` are long, but have lower-case letters alone.
fn may_be_token(word: &str) -> bool {
    let is_of_words = word.chars().all(|c| c.is_ascii_lowercase() || matches!(c, '_' | '-'));
    word.len() >= MIN_TOKEN_LEN && !is_of_words
}

impl From<HttpError> for TokenError {
    fn from(error: HttpError) -> Self {
        match &error.cause {
            Cause::Status(_, Some(body)) => Self::refusal(body).unwrap_or(Self::Http(error)),
            _ => Self::Http(error),
        }
    }
}

impl From<Rejection> for TokenError {
    fn from(rejection: Rejection) -> Self {
        Self::IdToken(rejection)
    }
}

impl fmt::Display for TokenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Http(error) => error.fmt(f),
            Self::Refused { code, description: None } => write!(f, "the provider refused: {code}"),
            Self::Refused { code, description: Some(description) } => {
                write!(f, "the provider refused: {code} ({description})")
            }
            Self::NoToken => f.write_str("the response has no token"),
            Self::NoRefresh => f.write_str("the provider issues no new tokens"),
            Self::IdToken(rejection) => write!(f, "the id token is refused: {rejection}"),
            Self::MissingVariable(name) => {
                write!(f, "the client secret is a private key, so {name} is required")
            }
            Self::InvalidKey => f.write_str(
                "the client secret must be a private key on P-256 (PKCS #8, PEM), or a token",
            ),
        }
    }
}

impl std::error::Error for TokenError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_may_be_tokens_are_redacted() {
        for (text, redacted) in [
            ("redirect_uri_mismatch", "redirect_uri_mismatch"),
            (
                "AADSTS7000215: Invalid client secret provided.",
                "AADSTS7000215: Invalid client secret provided.",
            ),
            ("The code ya29.a0AfH6SMBx-9_z was used", "The code … was used"),
            ("code=eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIx, again", "…, again"),
            ("'0123456789abcdef'", "'…'"),
            ("one\ntwo\u{7}", "onetwo"),
        ] {
            assert_eq!(redact(text, MAX_TEXT_LEN), redacted);
        }
        assert_eq!(redact(&"é ".repeat(999), MAX_TEXT_LEN).chars().count(), MAX_TEXT_LEN);
    }
}
