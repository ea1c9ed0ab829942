//! Whether rows that another server wrote keep what this one takes for granted: told by
//! `doctor` and at the start, and mended by `bookplate repair`.

use domain::Result;
use repositories::{Database, Transaction, internal};
use sea_orm::{ConnectionTrait, DbBackend, Statement};

/// What is taken for granted of rows, and how to find and mend those that break it.
/// `{lower}` stands for lower case, byte by byte, of the column that is named behind it.
struct Rule {
    /// What rows are called that break it.
    broken: &'static str,
    /// What follows from it, or what to do where nothing can be mended.
    advice: &'static str,
    /// Counts them.
    count: String,
    /// Mends them; none where a person has to decide.
    mend: Option<String>,
}

const REPAIR: &str = "`bookplate repair` mends that";

/// The addresses in this form, of which no other user has one.
const CAPITALS: &str = r#"u."email" <> lower(u."email" {binary}) and not exists (
    select 1 from "user" o where lower(o."email" {binary}) = lower(u."email" {binary}) and o."id" <> u."id")"#;

/// Addresses that several users have.
const SHARED: &str =
    r#"(select 1 from "user" group by lower("email" {binary}) having count(*) > 1) as shared"#;

const CREDENTIALS: &str = r#""providerId" = 'credential' and "accountId" <> "userId" and not exists (
    select 1 from "account" o where o."providerId" = 'credential' and o."userId" = a."userId" and o."accountId" = a."userId")"#;

const INCOMPLETE: &str =
    r#""name" is null or "emailVerified" is null or "createdAt" is null or "updatedAt" is null"#;

/// The columns of a Node server that have instants.
const INSTANTS: [(&str, &[&str]); 4] = [
    ("user", &["createdAt", "updatedAt"]),
    ("session", &["createdAt", "updatedAt", "expiresAt"]),
    ("account", &["createdAt", "updatedAt"]),
    ("verification", &["createdAt", "updatedAt", "expiresAt"]),
];

/// An instant of SQLite that is not text in ISO 8601, of UTC, as which instants are compared.
const ODD: &str = r#"("{column}" is not null and not (typeof("{column}") = 'text'
    and "{column}" glob '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9]*'
    and ("{column}" like '%Z' or "{column}" like '%+00:00')))"#;

/// The same instant as it should be written; none if it is not understood. Numbers are
/// seconds or, where that would be the year 5138, milliseconds.
const EVEN: &str = r#"case when typeof("{column}") = 'text' then strftime('%Y-%m-%dT%H:%M:%fZ', "{column}")
    else strftime('%Y-%m-%dT%H:%M:%fZ', case when abs("{column}") < 1e11 then "{column}" else "{column}" / 1000.0 end, 'unixepoch') end"#;

/// The rules for a database of this kind.
fn rules(backend: DbBackend) -> Vec<Rule> {
    let mut rules = vec![
        Rule {
            broken: "users have an address with capitals",
            advice: REPAIR,
            count: format!(r#"select count(*) from "user" u where {CAPITALS}"#),
            mend: Some(format!(
                r#"update "user" as u set "email" = lower(u."email" {{binary}}) where {CAPITALS}"#
            )),
        },
        Rule {
            broken: "addresses belong to several users, who differ in capitals alone",
            advice: "who has it in lower case, or else the first, signs in with it; give the \
                     others another one",
            count: format!("select count(*) from {SHARED}"),
            mend: None,
        },
        Rule {
            broken: "passwords are not under their user's id, and sign nobody in",
            advice: REPAIR,
            count: format!(r#"select count(*) from "account" a where {CREDENTIALS}"#),
            mend: Some(format!(
                r#"update "account" as a set "accountId" = "userId" where {CREDENTIALS}"#
            )),
        },
        Rule {
            broken: "users lack a name, a date or whether their address is verified",
            advice: REPAIR,
            count: format!(r#"select count(*) from "user" where {INCOMPLETE}"#),
            mend: Some(format!(
                r#"update "user" set "name" = coalesce("name", ''),
                "emailVerified" = coalesce("emailVerified", {{false}}),
                "createdAt" = coalesce("createdAt", "updatedAt", {{now}}),
                "updatedAt" = coalesce("updatedAt", "createdAt", {{now}}) where {INCOMPLETE}"#
            )),
        },
    ];
    if backend == DbBackend::Sqlite {
        rules.push(instants());
    }
    let words = match backend {
        DbBackend::Postgres => {
            [("{binary}", r#"collate "C""#), ("{false}", "false"), ("{now}", "now()")]
        }
        _ => {
            [("{binary}", ""), ("{false}", "0"), ("{now}", "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')")]
        }
    };
    let fill = |sql: &String| {
        words.iter().fold(sql.clone(), |sql, (word, meaning)| sql.replace(word, meaning))
    };
    for rule in &mut rules {
        rule.count = fill(&rule.count);
        rule.mend = rule.mend.as_ref().map(fill);
    }
    rules
}

fn instants() -> Rule {
    let odd = |column: &&str| ODD.replace("{column}", column);
    let counts = INSTANTS.map(|(table, columns)| {
        let odd: Vec<_> = columns.iter().map(odd).collect();
        format!(r#"(select count(*) from "{table}" where {})"#, odd.join(" or "))
    });
    let mut mend = String::new();
    for (table, columns) in INSTANTS {
        for column in columns {
            let even = EVEN.replace("{column}", column);
            let odd = odd(column);
            mend += &format!(
                r#"update "{table}" set "{column}" = {even} where {odd} and {even} is not null;"#
            );
        }
    }
    Rule {
        broken: "rows have a date that is not written as 2026-01-31T12:00:00.000Z",
        advice: REPAIR,
        count: format!("select {}", counts.join(" + ")),
        mend: Some(mend),
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
    for Rule { broken, advice, count, .. } in rules(db.reader().get_database_backend()) {
        let count = count_rows(db.reader(), &count).await?;
        if count > 0 {
            found.push(Broken { what: format!("{count} {broken}"), advice });
        }
    }
    Ok(found)
}

/// Mends what can be mended. Returns what was, and what was left to a person.
pub(crate) async fn mend(tx: &Transaction) -> Result<(Vec<String>, Vec<Broken>)> {
    let connection = tx.connection();
    let (mut mended, mut left) = (Vec::new(), Vec::new());
    for Rule { broken, advice, count, mend } in rules(connection.get_database_backend()) {
        let before = count_rows(connection, &count).await?;
        if before == 0 {
            continue;
        }
        if let Some(mend) = &mend {
            connection.execute_unprepared(mend).await.map_err(internal)?;
        }
        let after = count_rows(connection, &count).await?;
        if before > after {
            mended.push(format!("{} {broken}", before - after));
        }
        if after > 0 {
            let advice = if mend.is_some() { "their values are not understood" } else { advice };
            left.push(Broken { what: format!("{after} {broken}"), advice });
        }
    }
    Ok((mended, left))
}

async fn count_rows(db: &impl ConnectionTrait, sql: &str) -> Result<i64> {
    let statement = Statement::from_string(db.get_database_backend(), sql);
    let row = db.query_one_raw(statement).await.map_err(internal)?;
    row.map_or(Ok(0), |row| row.try_get_by_index(0)).map_err(internal)
}
