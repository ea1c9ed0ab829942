//! Everything on PostgreSQL, a database for each test; skipped where there is none.

mod it;
