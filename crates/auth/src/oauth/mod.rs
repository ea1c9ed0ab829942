//! Sign-in with providers.

mod http;
