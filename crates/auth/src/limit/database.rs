//! Counts in better-auth's table `rateLimit`, which several processes share, also
//! those of a Node server.

use domain::{Result, id::random_alphanumeric};
use repositories::{Database, internal, retention};
use sea_orm::{ConnectionTrait, Statement, entity::prelude::*};

use super::rule::{Count, Failures, Rule};

/// How long rows stay at least, in milliseconds: a Node server may have longer
/// windows than ours.
const KEPT: i64 = 3_600_000;

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

/// The table.
pub(super) struct Rows;

impl Rows {
    /// Counts one, or says how many milliseconds to wait. One statement counts and
    /// decides, so that of many at the same moment no more than `rule` says pass.
    pub(super) async fn take<C: ConnectionTrait>(
        &self,
        db: &C,
        key: &str,
        rule: Rule,
        now: i64,
    ) -> Result<Result<(), i64>> {
        let Count { last, .. } = rule.first(now);
        let limit = match rule {
            Rule::Sliding { max, .. } | Rule::Fixed { max, .. } => max.into(),
            Rule::Bucket { .. } | Rule::Priced { .. } => now + rule.ahead(),
        };
        let values = [
            random_alphanumeric().into(),
            key.into(),
            last.into(),
            rule.over(now).into(),
            limit.into(),
        ];
        let upsert = Statement::from_sql_and_values(db.get_database_backend(), sql(rule), values);
        // A row that was not changed is not returned.
        if db.query_one_raw(upsert).await.map_err(internal)?.is_some() {
            return Ok(Ok(()));
        }
        let last = self.last(db, key).await?;
        Ok(Err(last.map_or(1, |last| rule.wait(last, now))))
    }

    async fn last<C: ConnectionTrait>(&self, db: &C, key: &str) -> Result<Option<i64>> {
        let select = r#"select "lastRequest" from "rateLimit" where "key" = $1"#;
        let backend = db.get_database_backend();
        let select = Statement::from_sql_and_values(backend, select, [key.into()]);
        let Some(row) = db.query_one_raw(select).await.map_err(internal)? else { return Ok(None) };
        row.try_get("", "lastRequest").map(Some).map_err(internal)
    }

    /// Counts one of each, or none of them and says how many milliseconds to wait. Who
    /// counts several begins with the narrowest, so that nobody waits for each other.
    pub(super) async fn consume(
        &self,
        db: &Database,
        failures: &[Failures],
        now: i64,
    ) -> Result<Result<(), i64>> {
        let transaction = db.begin().await?;
        for one in failures {
            let taken = self.take(transaction.connection(), &one.key, one.rule(), now).await?;
            if taken.is_err() {
                return Ok(taken);
            }
        }
        transaction.commit().await?;
        Ok(Ok(()))
    }

    /// Takes one of each back.
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

    /// Removes counts that are over, some at a time.
    pub(super) async fn sweep(&self, db: &Database, longest: Rule, now: i64) -> Result<u64> {
        let before = longest.over(now).min(now - KEPT);
        let over = || Entity::find().filter(Column::LastRequest.lt(before));
        retention::sweep(db, Column::Id, over).await
    }
}

/// [`Rule::step`] as a statement. `$3` is the instant of a first count, `$4`
/// [`Rule::over`], `$5` what must not be exceeded.
fn sql(rule: Rule) -> String {
    const COUNT: &str = r#""rateLimit"."count""#;
    const LAST: &str = r#""rateLimit"."lastRequest""#;
    let (has_room, next) = match rule {
        Rule::Sliding { .. } => (format!("{COUNT} < $5"), "$3".to_owned()),
        Rule::Fixed { .. } => (format!("{COUNT} < $5"), LAST.to_owned()),
        Rule::Bucket { every: price, .. } | Rule::Priced { price, .. } => {
            (format!("{LAST} <= $5"), format!("{LAST} + {price}"))
        }
    };
    format!(
        r#"insert into "rateLimit" ("id", "key", "count", "lastRequest") values ($1, $2, 1, $3)
        on conflict ("key") do update set
            "count" = case when {LAST} <= $4 then 1 else {COUNT} + 1 end,
            "lastRequest" = case when {LAST} <= $4 then $3 else {next} end
        where {LAST} <= $4 or {has_room}
        returning "count""#
    )
}
