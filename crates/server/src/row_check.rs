//! Checks that rows written by another server have the expected form. `doctor` and the start
//! report the rows that do not; `bookplate repair` corrects them.

use std::borrow::Cow;

use database::{Database, Transaction, internal};
use domain::Result;
use sea_orm::{ConnectionTrait, DbBackend, Statement};

/// A rule about rows, with SQL that finds and corrects rows that break it. `{binary}`, `{false}`
/// and `{now}` are replaced by each database's own words, and `{broken}` by the condition.
struct Rule {
    /// What is wrong with rows that break it.
    name: &'static str,
    /// The advice for the administrator.
    advice: &'static str,
    table: Cow<'static, str>,
    /// The condition of rows that break it.
    broken: Cow<'static, str>,
    /// The statement that corrects them; `None` if a person must decide.
    correction: Option<Cow<'static, str>>,
}

const REPAIR: &str = "`bookplate repair` corrects that";

const CAPITALS: Rule = Rule {
    name: "users have an address with capitals",
    advice: REPAIR,
    table: Cow::Borrowed(r#""user" u"#),
    broken: Cow::Borrowed(
        r#"u."email" <> lower(u."email" {binary}) and not exists (select 1 from "user" o
        where lower(o."email" {binary}) = lower(u."email" {binary}) and o."id" <> u."id")"#,
    ),
    correction: Some(Cow::Borrowed(
        r#"update "user" as u set "email" = lower(u."email" {binary}) where {broken}"#,
    )),
};

const SHARED_ADDRESSES: Rule = Rule {
    name: "addresses belong to several users, and differ in capitals alone",
    advice: "who has it in lower case, or else the first, signs in with it; give the others \
             another one",
    table: Cow::Borrowed(
        r#"(select 1 from "user" group by lower("email" {binary}) having count(*) > 1) as shared"#,
    ),
    broken: Cow::Borrowed("true"),
    correction: None,
};

const CREDENTIALS: Rule = Rule {
    name: "passwords are stored under another account id, and cannot be used",
    advice: REPAIR,
    table: Cow::Borrowed(r#""account" a"#),
    broken: Cow::Borrowed(
        r#"a."providerId" = 'credential' and a."accountId" <> a."userId" and not exists (
        select 1 from "account" o where o."providerId" = 'credential'
        and o."userId" = a."userId" and o."accountId" = a."userId")"#,
    ),
    correction: Some(Cow::Borrowed(
        r#"update "account" as a set "accountId" = a."userId" where {broken}"#,
    )),
};

const INCOMPLETE: Rule = Rule {
    name: "users lack a name, a date or whether their address is verified",
    advice: REPAIR,
    table: Cow::Borrowed(r#""user""#),
    broken: Cow::Borrowed(
        r#""name" is null or "emailVerified" is null or "createdAt" is null
        or "updatedAt" is null"#,
    ),
    correction: Some(Cow::Borrowed(
        r#"update "user" set "name" = coalesce("name", ''),
        "emailVerified" = coalesce("emailVerified", {false}),
        "createdAt" = coalesce("createdAt", "updatedAt", {now}),
        "updatedAt" = coalesce("updatedAt", "createdAt", {now}) where {broken}"#,
    )),
};

/// Columns of dates by table, with what is wrong with their rows.
const DATE_COLUMNS: [(&str, &str, &[&str]); 4] = [
    ("users have dates that are not in ISO 8601", "user", &["createdAt", "updatedAt"]),
    (
        "sessions have dates that are not in ISO 8601",
        "session",
        &["createdAt", "updatedAt", "expiresAt"],
    ),
    ("accounts have dates that are not in ISO 8601", "account", &["createdAt", "updatedAt"]),
    (
        "verifications have dates that are not in ISO 8601",
        "verification",
        &["createdAt", "updatedAt", "expiresAt"],
    ),
];

/// The condition that a date in SQLite is not ISO 8601 text in UTC, the form that is compared.
const INVALID_DATE: &str = r#"("{column}" is not null and not (typeof("{column}") = 'text'
    and "{column}" glob '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9]*'
    and ("{column}" like '%Z' or "{column}" like '%+00:00')))"#;

/// The same date in the right form, or null if it is not understood. Numbers are seconds, or
/// milliseconds if they would be after the year 5138.
const CORRECTED_DATE: &str = r#"case when typeof("{column}") = 'text' then strftime('%Y-%m-%dT%H:%M:%fZ', "{column}")
    else strftime('%Y-%m-%dT%H:%M:%fZ', case when abs("{column}") < 1e11 then "{column}" else "{column}" / 1000.0 end, 'unixepoch') end"#;

/// The rules for a database.
fn rules(backend: DbBackend) -> Vec<Rule> {
    let mut rules = vec![CAPITALS, SHARED_ADDRESSES, CREDENTIALS, INCOMPLETE];
    if backend == DbBackend::Sqlite {
        rules.extend(DATE_COLUMNS.map(|(name, table, columns)| instants(name, table, columns)));
    }
    rules
}

/// The rule that the dates of a table have the form that is compared.
fn instants(name: &'static str, table: &str, columns: &[&str]) -> Rule {
    let odd = |column: &&str| INVALID_DATE.replace("{column}", column);
    let correction = columns.iter().map(|column| {
        let (odd, even) = (odd(column), CORRECTED_DATE.replace("{column}", column));
        format!(r#"update "{table}" set "{column}" = {even} where {odd} and {even} is not null;"#)
    });
    Rule {
        name,
        advice: REPAIR,
        table: Cow::Owned(format!(r#""{table}""#)),
        broken: Cow::Owned(columns.iter().map(odd).collect::<Vec<_>>().join(" or ")),
        correction: Some(Cow::Owned(correction.collect())),
    }
}

impl Rule {
    fn fill(&self, sql: &str, backend: DbBackend) -> String {
        let sql = sql.replace("{broken}", &self.broken);
        let words = match backend {
            DbBackend::Postgres => [r#"collate "C""#, "false", "now()"],
            _ => ["", "0", "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')"],
        };
        ["{binary}", "{false}", "{now}"]
            .iter()
            .zip(words)
            .fold(sql, |sql, (word, meaning)| sql.replace(word, meaning))
    }

    /// The number of rows that break it.
    async fn count(&self, db: &impl ConnectionTrait) -> Result<i64> {
        let backend = db.get_database_backend();
        let sql = format!("select count(*) from {} where {{broken}}", self.table);
        let statement = Statement::from_string(backend, self.fill(&sql, backend));
        let row = db.query_one_raw(statement).await.map_err(internal)?;
        row.map_or(Ok(0), |row| row.try_get_by_index(0)).map_err(internal)
    }
}

/// Rows that break a rule.
pub(crate) struct Broken {
    /// Their number, and what is wrong with them.
    pub(crate) what: String,
    pub(crate) advice: &'static str,
}

/// Checks all rows that another server may have written.
pub(crate) async fn broken(db: &Database) -> Result<Vec<Broken>> {
    let mut found = Vec::new();
    for rule in rules(db.reader().get_database_backend()) {
        let count = rule.count(db.reader()).await?;
        if count > 0 {
            found.push(Broken { what: format!("{count} {}", rule.name), advice: rule.advice });
        }
    }
    Ok(found)
}

/// Corrects what can be corrected. Returns the corrected rows, and those for a person.
pub(crate) async fn correct(tx: &Transaction) -> Result<(Vec<String>, Vec<Broken>)> {
    let connection = tx.connection();
    let backend = connection.get_database_backend();
    let (mut corrected, mut left) = (Vec::new(), Vec::new());
    for rule in rules(backend) {
        let before = rule.count(connection).await?;
        if before == 0 {
            continue;
        }
        let mut advice = rule.advice;
        if let Some(correction) = &rule.correction {
            let correction = rule.fill(correction, backend);
            connection.execute_unprepared(&correction).await.map_err(internal)?;
            advice = "their values are not understood";
        }
        let after = rule.count(connection).await?;
        if before > after {
            corrected.push(format!("{} {}", before - after, rule.name));
        }
        if after > 0 {
            left.push(Broken { what: format!("{after} {}", rule.name), advice });
        }
    }
    Ok((corrected, left))
}
