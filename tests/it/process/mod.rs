//! The binary in a process of its own, over TCP.

mod better_auth;
mod clients;
mod durability;
mod end;
mod exposure;
mod framing;
mod frontends;
mod frozen;
mod help;
mod load;
mod logged_paths;
mod logs;
mod memory;
mod names;
mod pooler;
mod refused;
mod responses;
mod robustness;
mod screen;
mod settings;
mod slow;
mod start;
mod unread;
