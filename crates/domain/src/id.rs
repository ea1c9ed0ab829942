//! Typed ids: the compiler rejects a book's id in place of an author's.

use std::{fmt, hash::Hash};

use chrono::{DateTime, Utc};
use rand::distr::{Alphanumeric, SampleString};
use serde::{Deserialize, Serialize};
use uuid::{NoContext, Timestamp, Uuid};

/// An id of any kind.
pub trait Id:
    AsRef<str> + From<String> + Clone + fmt::Debug + Eq + Hash + Send + Sync + 'static
{
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(
            Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize, Serialize,
        )]
        #[serde(transparent)]
        pub struct $name(pub String);

        impl $name {
            /// The id as text, as in the database and the API.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl Id for $name {}

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(text)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.to_owned())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

/// Ids as `UUIDv7` text: they sort by time of creation.
macro_rules! uuid {
    ($($(#[$doc:meta])* $name:ident;)+) => {$(
        id!($(#[$doc])* $name);

        impl $name {
            /// Creates an id from the time `now`.
            #[must_use]
            pub fn generate(now: DateTime<Utc>) -> Self {
                Self(uuid_v7(now))
            }
        }
    )+};
}

/// Ids of 32 letters and digits, the form of better-auth's ids.
macro_rules! alphanumeric {
    ($($(#[$doc:meta])* $name:ident;)+) => {$(
        id!($(#[$doc])* $name);

        impl $name {
            /// Creates a random id.
            #[must_use]
            pub fn generate() -> Self {
                Self(random_alphanumeric())
            }
        }
    )+};
}

uuid! {
    /// A book's id: `UUIDv7` text.
    BookId;
    /// An author's id: `UUIDv7` text.
    AuthorId;
}

alphanumeric! {
    /// A user's id: 32 letters and digits.
    UserId;
    /// A session row's id: 32 letters and digits. It is not the session's token.
    SessionId;
}

fn uuid_v7(now: DateTime<Utc>) -> String {
    let seconds = u64::try_from(now.timestamp()).unwrap_or_default();
    let time = Timestamp::from_unix(NoContext, seconds, now.timestamp_subsec_nanos());
    Uuid::new_v7(time).to_string()
}

/// Returns 32 characters of `[A-Za-z0-9]` from the thread's cryptographic generator (190 bits),
/// the form of better-auth's ids and session tokens.
#[must_use]
pub fn random_alphanumeric() -> String {
    #[expect(clippy::disallowed_methods, reason = "the one source of random ids and tokens")]
    Alphanumeric.sample_string(&mut rand::rng(), 32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn book_ids_sort_by_time() {
        let early = DateTime::from_timestamp_millis(1_000).unwrap_or_default();
        let late = DateTime::from_timestamp_millis(2_000).unwrap_or_default();
        assert!(BookId::generate(early) < BookId::generate(late));
    }

    #[test]
    fn user_ids_are_32_letters_and_digits() {
        let UserId(id) = UserId::generate();
        assert_eq!(id.len(), 32);
        assert!(id.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{id}");
    }
}
