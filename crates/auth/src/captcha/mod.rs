//! Captchas: some routes require a token of a service that checks for people, in the header
//! `x-captcha-response`. better-auth's plugin `captcha`, without Vercel's service, which runs in
//! JavaScript.
//!
//! Endpoints: none; a layer checks requests after the rate limit and before the route.
//!
//! Threats: a token of another site or action (the service checks the secret; settings name the
//! site key, the action and the hosts), a token that was used before (the service refuses it), the
//! service is slow or down (a time limit; the request is refused), another spelling of a path or an
//! alias (the matched route and its main route are compared, besides the path).

mod check;
mod config;
mod error;
mod layer;
mod verification;

pub(crate) use self::{
    check::Captcha,
    error::{MISSING_RESPONSE, UNKNOWN_ERROR, VERIFICATION_FAILED},
    layer::require,
};
pub use self::{
    check::is_endpoint,
    config::{Config, DEFAULT_ENDPOINTS, Provider},
};
