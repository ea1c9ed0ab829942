//! Checks that rows written by another server meet our assumptions. `doctor` and the start
//! report the rows that do not; `bookplate repair` mends them.

use std::borrow::Cow;

use database::{Database, Transaction, internal};
use domain::Result;
use sea_orm::{ConnectionTrait, DbBackend, Statement};

/// An assumption about rows, and how to find and mend the rows that break it. In SQL
/// `{binary}`, `{false}` and `{now}` stand for what they are in each database, and
/// `{broken}` for the condition.
struct Rule {
    /// What rows are called that break it.
    name: &'static str,
    /// What to do.
    advice: &'static str,
    table: Cow<'static, str>,
    /// The condition under which a row breaks it.
    broken: Cow<'static, str>,
    /// Mends them; none where a person has to decide.
    mend: Option<Cow<'static, str>>,
}

const REPAIR: &str = "`bookplate repair` mends that";

const CAPITALS: Rule = Rule {
    name: "users have an address with capitals",
    advice: REPAIR,
    table: Cow::Borrowed(r#""user" u"#),
    broken: Cow::Borrowed(
        r#"u."email" <> lower(u."email" {binary}) and not exists (select 1 from "user" o
        where lower(o."email" {binary}) = lower(u."email" {binary}) and o."id" <> u."id")"#,
    ),
    mend: Some(Cow::Borrowed(
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
    mend: None,
};

const CREDENTIALS: Rule = Rule {
    name: "passwords are not under their user's id, and sign nobody in",
    advice: REPAIR,
    table: Cow::Borrowed(r#""account" a"#),
    broken: Cow::Borrowed(
        r#"a."providerId" = 'credential' and a."accountId" <> a."userId" and not exists (
        select 1 from "account" o where o."providerId" = 'credential'
        and o."userId" = a."userId" and o."accountId" = a."userId")"#,
    ),
    mend: Some(Cow::Borrowed(
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
    mend: Some(Cow::Borrowed(
        r#"update "user" set "name" = coalesce("name", ''),
        "emailVerified" = coalesce("emailVerified", {false}),
        "createdAt" = coalesce("createdAt", "updatedAt", {now}),
        "updatedAt" = coalesce("updatedAt", "createdAt", {now}) where {broken}"#,
    )),
};

/// What is said of rows with odd instants, their table, and its columns that have some.
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

/// An instant of SQLite that is not text in ISO 8601, of UTC, as which instants are compared.
const INVALID_DATE: &str = r#"("{column}" is not null and not (typeof("{column}") = 'text'
    and "{column}" glob '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9]*'
    and ("{column}" like '%Z' or "{column}" like '%+00:00')))"#;

/// The same instant as it should be written; none if it is not understood. Numbers are
/// seconds or, where that would be the year 5138, milliseconds.
const CORRECTED_DATE: &str = r#"case when typeof("{column}") = 'text' then strftime('%Y-%m-%dT%H:%M:%fZ', "{column}")
    else strftime('%Y-%m-%dT%H:%M:%fZ', case when abs("{column}") < 1e11 then "{column}" else "{column}" / 1000.0 end, 'unixepoch') end"#;

/// The rules for a database of this kind.
fn rules(backend: DbBackend) -> Vec<Rule> {
    let mut rules = vec![CAPITALS, SHARED_ADDRESSES, CREDENTIALS, INCOMPLETE];
    if backend == DbBackend::Sqlite {
        rules.extend(DATE_COLUMNS.map(|(name, table, columns)| instants(name, table, columns)));
    }
    rules
}

/// The rule that a table's instants are written as they are compared.
fn instants(name: &'static str, table: &str, columns: &[&str]) -> Rule {
    let odd = |column: &&str| INVALID_DATE.replace("{column}", column);
    let mend = columns.iter().map(|column| {
        let (odd, even) = (odd(column), CORRECTED_DATE.replace("{column}", column));
        format!(r#"update "{table}" set "{column}" = {even} where {odd} and {even} is not null;"#)
    });
    Rule {
        name,
        advice: REPAIR,
        table: Cow::Owned(format!(r#""{table}""#)),
        broken: Cow::Owned(columns.iter().map(odd).collect::<Vec<_>>().join(" or ")),
        mend: Some(Cow::Owned(mend.collect())),
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

    /// How many rows break it.
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
    /// How many, and what is wrong with them.
    pub(crate) what: String,
    pub(crate) advice: &'static str,
}

/// Looks at all rows that another server may have written.
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

/// Mends what can be mended. Returns what was, and what was left to a person.
pub(crate) async fn mend(tx: &Transaction) -> Result<(Vec<String>, Vec<Broken>)> {
    let connection = tx.connection();
    let backend = connection.get_database_backend();
    let (mut mended, mut left) = (Vec::new(), Vec::new());
    for rule in rules(backend) {
        let before = rule.count(connection).await?;
        if before == 0 {
            continue;
        }
        let mut advice = rule.advice;
        if let Some(mend) = &rule.mend {
            let mend = rule.fill(mend, backend);
            connection.execute_unprepared(&mend).await.map_err(internal)?;
            advice = "their values are not understood";
        }
        let after = rule.count(connection).await?;
        if before > after {
            mended.push(format!("{} {}", before - after, rule.name));
        }
        if after > 0 {
            left.push(Broken { what: format!("{after} {}", rule.name), advice });
        }
    }
    Ok((mended, left))
}
