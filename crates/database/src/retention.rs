//! Rows that have been kept for long enough.

use domain::Result;
use sea_orm::{
    ColumnTrait, EntityTrait, QueryFilter, QuerySelect, QueryTrait, Select,
    sea_query::{LockBehavior, LockType},
};

use crate::{Database, internal};

/// Rows that one statement removes: few enough that nobody waits for it.
const PORTION: u64 = 500;
/// How many portions are removed before somebody else's turn comes.
const PORTIONS: u64 = 20;

/// Removes rows that `old` finds, found by an index, in portions; each is a transaction of
/// its own. Several processes may do it at once: none waits for another's rows. Returns how
/// many rows that were; more may be left for the next time.
pub async fn sweep<E: EntityTrait>(
    db: &Database,
    key: E::Column,
    old: impl Fn() -> Select<E>,
) -> Result<u64> {
    let mut swept = 0;
    for _ in 0..PORTIONS {
        let portion = old()
            .select_only()
            .column(key)
            .limit(PORTION)
            .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
            .into_query();
        let removed = E::delete_many().filter(key.in_subquery(portion)).exec(db.writer());
        let removed = removed.await.map_err(internal)?.rows_affected;
        swept += removed;
        if removed < PORTION {
            break;
        }
    }
    Ok(swept)
}
