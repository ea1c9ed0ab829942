//! Deletion of old rows.

use domain::Result;
use sea_orm::{
    ColumnTrait, EntityTrait, QueryFilter, QuerySelect, QueryTrait, Select,
    sea_query::{LockBehavior, LockType},
};

use crate::{Database, internal};

/// Rows that one statement deletes: few enough to delay no other statement.
const BATCH_ROWS: u64 = 500;
/// Batches that one call deletes, so that other tables have their turn.
const MAX_BATCHES: u64 = 20;

/// Deletes the rows that `old` selects, in batches; each is its own transaction. `old` must use
/// an index. Several processes may run this at once without waiting for each other. Returns the
/// number of deleted rows; more may remain for the next call.
pub async fn sweep<E: EntityTrait>(
    db: &Database,
    key: E::Column,
    old: impl Fn() -> Select<E>,
) -> Result<u64> {
    let mut swept = 0;
    for _ in 0..MAX_BATCHES {
        let batch = old()
            .select_only()
            .column(key)
            .limit(BATCH_ROWS)
            .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
            .into_query();
        let removed = E::delete_many().filter(key.in_subquery(batch)).exec(db.writer());
        let removed = removed.await.map_err(internal)?.rows_affected;
        swept += removed;
        if removed < BATCH_ROWS {
            break;
        }
    }
    Ok(swept)
}
