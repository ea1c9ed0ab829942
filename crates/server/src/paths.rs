//! Paths that several files name. The whole table is in [`routes`](crate::routes).

/// GraphQL over HTTP, and `GraphiQL` for browsers.
pub(crate) const GRAPHQL: &str = "/graphql";
/// REST endpoints that require a session are below this path.
pub(crate) const PROTECTED: &str = "/api/protected";
/// Answers while the process runs.
pub(crate) const HEALTH: &str = "/healthz";
/// Answers whether the process can do its work.
pub(crate) const READINESS: &str = "/readyz";
/// Mails of a server without a mail server, in development.
pub(crate) const DEV_MAIL: &str = "/dev/mail";
