//! Passwords: their length and strength, their hashes, and the limits of wrong ones.
//!
//! Endpoints and table: none; the module `account` stores the hash.
//!
//! Threats: guessing against a stolen table (argon2id), telling known addresses from unknown
//! ones by response time (see `Comparison`), a flood of sign-ins that takes every core or all
//! memory (few hash at once, and the others wait for a limited time).

mod attempt;
mod config;
mod device;
mod error;
mod hash;
mod hasher;
pub(crate) mod openapi;
mod simulated;
mod strength;

pub(crate) use self::{
    attempt::{try_own_password, try_sign_in},
    device::Devices,
    hash::{Comparison, Form, PasswordHash},
    hasher::{Passwords, Verdict},
    simulated::SimulatedForms,
};
pub use self::{config::Config, hash::HashForm};
