//! Everything on SQLite, a file for each test.

mod it;
