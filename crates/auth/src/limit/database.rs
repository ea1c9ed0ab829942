//! Counts in better-auth's table `rateLimit`, which several processes share, also of a Node
//! server.

use database::{Database, internal, retention};
use domain::{Result, id::random_alphanumeric};
use sea_orm::{ConnectionTrait, Statement, entity::prelude::*};

use super::rule::{Count, Failures, Rule};

/// The minimum age of deleted rows in milliseconds: a Node server may have longer windows.
const MIN_AGE: i64 = 3_600_000;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "rateLimit")]
struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    id: String,
    #[sea_orm(column_name = "lastRequest")]
    last_request: i64,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// Counts in the table.
pub(super) struct DatabaseStore;

impl DatabaseStore {
    /// Counts a request, or returns the milliseconds to wait. One statement counts and decides, so
    /// that concurrent requests cannot exceed the limit.
    pub(super) async fn take<C: ConnectionTrait>(
        &self,
        db: &C,
        key: &str,
        rule: Rule,
        now: i64,
    ) -> Result<Result<(), i64>> {
        if self.try_take(db, key, rule, now).await? {
            return Ok(Ok(()));
        }
        self.wait(db, key, rule, now).await.map(Err)
    }

    async fn try_take<C: ConnectionTrait>(
        &self,
        db: &C,
        key: &str,
        rule: Rule,
        now: i64,
    ) -> Result<bool> {
        let Count { last, .. } = rule.first(now);
        let limit = match rule {
            Rule::Sliding { max, .. } | Rule::Fixed { max, .. } => max.into(),
            Rule::Bucket { .. } | Rule::Weighted { .. } => now + rule.ahead(),
        };
        let values = [
            random_alphanumeric().into(),
            key.into(),
            last.into(),
            rule.expiry(now).into(),
            limit.into(),
            rule.latest(now).into(),
            rule.replacement(now).into(),
        ];
        let upsert = Statement::from_sql_and_values(db.get_database_backend(), sql(rule), values);
        // A row that was not changed is not returned.
        Ok(db.query_one_raw(upsert).await.map_err(internal)?.is_some())
    }

    /// The milliseconds to wait after a refusal.
    async fn wait<C: ConnectionTrait>(
        &self,
        db: &C,
        key: &str,
        rule: Rule,
        now: i64,
    ) -> Result<i64> {
        let Some(last) = self.last(db, key).await? else { return Ok(1) };
        let clamped = rule.clamped(last, now);
        if clamped < last {
            self.move_back(db, key, clamped).await?;
        }
        Ok(rule.wait(clamped, now))
    }

    /// Replaces an instant from before the clock went back.
    async fn move_back<C: ConnectionTrait>(&self, db: &C, key: &str, last: i64) -> Result<()> {
        let update =
            r#"update "rateLimit" set "lastRequest" = $2 where "key" = $1 and "lastRequest" > $2"#;
        let backend = db.get_database_backend();
        let update = Statement::from_sql_and_values(backend, update, [key.into(), last.into()]);
        db.execute_raw(update).await.map_err(internal)?;
        Ok(())
    }

    async fn last<C: ConnectionTrait>(&self, db: &C, key: &str) -> Result<Option<i64>> {
        let select = r#"select "lastRequest" from "rateLimit" where "key" = $1"#;
        let backend = db.get_database_backend();
        let select = Statement::from_sql_and_values(backend, select, [key.into()]);
        let Some(row) = db.query_one_raw(select).await.map_err(internal)? else { return Ok(None) };
        row.try_get("", "lastRequest").map(Some).map_err(internal)
    }

    /// Counts a failure of every key, or of none, and returns the milliseconds to wait. The keys
    /// are ordered from the narrowest, so that concurrent calls cannot deadlock.
    pub(super) async fn consume(
        &self,
        db: &Database,
        failures: &[Failures],
        now: i64,
    ) -> Result<Result<(), i64>> {
        let transaction = db.begin().await?;
        for one in failures {
            if !self.try_take(transaction.connection(), &one.key, one.rule(), now).await? {
                drop(transaction);
                return self.wait(db.writer(), &one.key, one.rule(), now).await.map(Err);
            }
        }
        transaction.commit().await?;
        Ok(Ok(()))
    }

    /// Removes a failure from every key.
    pub(super) async fn refund(&self, db: &Database, failures: &[Failures]) -> Result<()> {
        const UPDATE: &str =
            r#"update "rateLimit" set "count" = "count" - 1 where "key" = $1 and "count" > 0"#;
        let transaction = db.begin().await?;
        let connection = transaction.connection();
        let backend = connection.get_database_backend();
        for one in failures {
            let update = Statement::from_sql_and_values(backend, UPDATE, [one.key.as_str().into()]);
            connection.execute_raw(update).await.map_err(internal)?;
        }
        transaction.commit().await
    }

    /// Deletes expired counts, in batches.
    pub(super) async fn sweep(&self, db: &Database, rule: Rule, now: i64) -> Result<u64> {
        let before = rule.expiry(now).min(now - MIN_AGE);
        let over = || Entity::find().filter(Column::LastRequest.lt(before));
        retention::sweep(db, Column::Id, over).await
    }
}

/// [`Rule::step`] as a statement. `$3` is the instant of a first count, `$4` [`Rule::expiry`],
/// `$5` the limit, `$6` [`Rule::latest`], `$7` [`Rule::replacement`].
fn sql(rule: Rule) -> String {
    const COUNT: &str = r#""rateLimit"."count""#;
    const LAST: &str = r#"(case when "rateLimit"."lastRequest" > $6 then $7
        else "rateLimit"."lastRequest" end)"#;
    let (is_allowed, next) = match rule {
        Rule::Sliding { .. } => (format!("{COUNT} < $5"), "$3".to_owned()),
        Rule::Fixed { .. } => (format!("{COUNT} < $5"), LAST.to_owned()),
        Rule::Bucket { every: cost, .. } | Rule::Weighted { cost, .. } => {
            (format!("{LAST} <= $5"), format!("{LAST} + {cost}"))
        }
    };
    format!(
        r#"insert into "rateLimit" ("id", "key", "count", "lastRequest") values ($1, $2, 1, $3)
        on conflict ("key") do update set
            "count" = case when {LAST} <= $4 then 1 else {COUNT} + 1 end,
            "lastRequest" = case when {LAST} <= $4 then $3 else {next} end
        where {LAST} <= $4 or {is_allowed}
        returning "count""#
    )
}

#[cfg(test)]
mod tests {
    use database::DatabaseUrl;

    use super::*;
    use crate::limit::memory::MemoryStore;

    /// A clock that sometimes jumps far forward or back; the same in every run.
    fn instants() -> impl Iterator<Item = i64> {
        let (mut seed, mut now) = (0x5eed_u64, 1_000_000_000_i64);
        std::iter::repeat_with(move || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963);
            let random = i64::try_from(seed >> 40).unwrap();
            now += match seed >> 33 & 0x1f {
                0 => -3_600_000 - random % 1_000,
                1 => 3_600_000,
                2 => -(random % 5_000),
                _ => random % 4_000,
            };
            now
        })
    }

    const RULES: [Rule; 4] = [
        Rule::Sliding { length: 10_000, max: 3 },
        Rule::Fixed { length: 60_000, max: 3 },
        Rule::Bucket { burst: 5, every: 20_000 },
        Rule::Weighted { length: 60_000, cost: 9_000 },
    ];

    /// The maximum wait, unless the clock goes back.
    fn max_wait(rule: Rule) -> i64 {
        rule.latest(0) + rule.expiry(0).abs()
    }

    #[tokio::test]
    async fn the_table_and_the_memory_store_agree_and_waits_are_short_for_any_clock() {
        let folder = tempfile::tempdir().unwrap();
        let url = DatabaseUrl::sqlite(folder.path().join("b.db"));
        let db = Database::connect(&url).await.unwrap();
        let table = r#"create table "rateLimit" ("id" text primary key, "key" text unique,
            "count" integer, "lastRequest" bigint)"#;
        db.writer().execute_unprepared(table).await.unwrap();
        for (key, rule) in ["sliding", "fixed", "bucket", "priced"].into_iter().zip(RULES) {
            let (memory, mut refused) = (MemoryStore::default(), 0);
            for now in instants().take(400) {
                let taken = DatabaseStore.take(db.writer(), key, rule, now).await.unwrap();
                assert_eq!(taken, memory.take(key, rule, now), "{rule:?}");
                if let Err(millis) = taken {
                    refused += 1;
                    assert!((1..=max_wait(rule)).contains(&millis), "{rule:?} {millis}");
                }
            }
            assert!((20..380).contains(&refused), "{rule:?} {refused}");
        }
    }
}
