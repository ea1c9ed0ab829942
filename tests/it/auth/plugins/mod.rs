//! better-auth's plugins: further sign-in methods, and checks.

mod anonymous;
mod breach_check;
mod captcha;
mod device_authorization;
mod email_otp;
mod fake_service;
mod last_login_method;
mod limits;
mod magic_link;
mod multi_session;
mod one_time_token;
mod passkey;
mod phone_number;
mod siwe;
mod sms;
pub(in crate::it) mod two_factor;
mod username;
