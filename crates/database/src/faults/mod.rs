//! Transactions and single statements that fail, and callers who go away: what was
//! answered as done is what a second connection sees.

mod model;
mod network;
mod place;
mod sqlite;
mod transactions;
