//! Fault tests of transactions and single statements that fail or are dropped. A second
//! connection checks that exactly the acknowledged writes are stored.

mod model;
mod network;
mod sqlite;
mod test_database;
mod transactions;
