//! The schema and rows of a database, in one notation for both backends.

use std::{fs, path::PathBuf};

use crate::it::support::{Backend, TestDatabase, repository_root};

/// The tables shared with better-auth.
pub(super) const AUTH_TABLES: [&str; 8] = [
    "account",
    "deviceCode",
    "passkey",
    "session",
    "twoFactor",
    "user",
    "verification",
    "walletAddress",
];
/// All tables except that of migrations.
pub(super) const TABLES: &[&str] = &[
    "account",
    "auditEvent",
    "author",
    "authorSearch",
    "book",
    "bookAuthor",
    "bookSearch",
    "deviceCode",
    "healthProbe",
    "mail",
    "passkey",
    "rateLimit",
    "revokedSession",
    "session",
    "twoFactor",
    "user",
    "verification",
    "walletAddress",
];

/// Returns the names of all migrations, oldest first.
pub(super) fn migrations() -> Vec<String> {
    let folders =
        ["auth", "library"].map(|list| repository_root().join("migration/src").join(list));
    let files = folders.into_iter().flat_map(|folder| fs::read_dir(folder).unwrap());
    let name = |path: PathBuf| path.file_stem().unwrap().to_str().unwrap().to_owned();
    let mut names: Vec<_> = files.map(|file| name(file.unwrap().path())).collect();
    names.retain(|name| name.starts_with("m2"));
    names.sort();
    names
}

/// Returns the names of all tables, sorted.
pub(super) async fn tables(database: &TestDatabase) -> Vec<String> {
    sorted(
        database,
        "select name from sqlite_master where type = 'table'",
        "
        select table_name::text from information_schema.tables where table_schema = 'public'",
    )
    .await
}

/// Returns every column as `table.column type[ not null][ default …]`, sorted.
pub(in crate::it) async fn columns(database: &TestDatabase) -> Vec<String> {
    sorted(
        database,
        r#"
        select m.name || '.' || c.name || ' ' || lower(c.type)
            || iif(c."notnull", ' not null', '') || coalesce(' default ' || c.dflt_value, '')
        from sqlite_master m, pragma_table_info(m.name) c where m.type = 'table'"#,
        "
        select table_name || '.' || column_name || ' ' || udt_name
            || case is_nullable when 'NO' then ' not null' else '' end
            || coalesce(' default ' || column_default, '')
        from information_schema.columns where table_schema = 'public'",
    )
    .await
}

/// Returns every named index of columns as `table[ unique] index (columns)`, sorted.
pub(super) async fn indexes(database: &TestDatabase) -> Vec<String> {
    sorted(
        database,
        r#"
        select m.name || iif(l."unique", ' unique ', ' ') || l.name || ' ('
            || (select group_concat(i.name, ', ' order by i.seqno) from pragma_index_info(l.name) i) || ')'
        from sqlite_master m, pragma_index_list(m.name) l where m.type = 'table' and l.origin = 'c'
            and not exists (select 1 from pragma_index_info(l.name) i where i.name is null)"#,
        "
        select t.relname || case when x.indisunique then ' unique ' else ' ' end || i.relname || ' ('
            || string_agg(a.attname, ', ' order by array_position(x.indkey::int2[], a.attnum)) || ')'
        from pg_index x join pg_class t on t.oid = x.indrelid join pg_class i on i.oid = x.indexrelid
            join pg_attribute a on a.attrelid = t.oid and a.attnum = any(x.indkey::int2[])
        where t.relnamespace = 'public'::regnamespace
            and not exists (select 1 from pg_constraint c where c.conindid = i.oid and c.contype in ('p', 'u'))
        group by t.relname, i.relname, x.indisunique",
    )
    .await
}

/// Returns every primary key and unique constraint as `table(columns)`, sorted.
pub(super) async fn keys(database: &TestDatabase) -> Vec<String> {
    sorted(
        database,
        "
        select m.name || '('
            || (select group_concat(i.name, ', ' order by i.seqno) from pragma_index_info(l.name) i) || ')'
        from sqlite_master m, pragma_index_list(m.name) l where m.type = 'table' and l.origin <> 'c'",
        "
        select t.relname || '(' || (select string_agg(a.attname, ', ' order by array_position(c.conkey, a.attnum))
            from pg_attribute a where a.attrelid = t.oid and a.attnum = any(c.conkey)) || ')'
        from pg_constraint c join pg_class t on t.oid = c.conrelid
        where t.relnamespace = 'public'::regnamespace and c.contype in ('p', 'u')",
    )
    .await
}

/// Returns every foreign key as `table.column -> table.column[ cascade]`, sorted.
pub(super) async fn foreign_keys(database: &TestDatabase) -> Vec<String> {
    sorted(
        database,
        r#"
        select m.name || '.' || f."from" || ' -> ' || f."table" || '.' || f."to"
            || iif(f.on_delete = 'CASCADE', ' cascade', '')
        from sqlite_master m, pragma_foreign_key_list(m.name) f where m.type = 'table'"#,
        "
        select t.relname || '.' || a.attname || ' -> ' || o.relname || '.' || b.attname
            || case c.confdeltype when 'c' then ' cascade' else '' end
        from pg_constraint c join pg_class t on t.oid = c.conrelid join pg_class o on o.oid = c.confrelid
            join pg_attribute a on a.attrelid = t.oid and a.attnum = c.conkey[1]
            join pg_attribute b on b.attrelid = o.oid and b.attnum = c.confkey[1]
        where c.contype = 'f'",
    )
    .await
}

/// Returns the complete schema.
pub(super) async fn structure(database: &TestDatabase) -> [Vec<String>; 4] {
    [
        columns(database).await,
        indexes(database).await,
        keys(database).await,
        foreign_keys(database).await,
    ]
}

/// Returns the rows of a table, sorted, with columns in order of their names.
pub(super) async fn rows(database: &TestDatabase, table: &str) -> Vec<String> {
    rows_without(database, table, "").await
}

/// Returns [`rows`] without one column.
pub(super) async fn rows_without(
    database: &TestDatabase,
    table: &str,
    column: &str,
) -> Vec<String> {
    let names = match Backend::current() {
        Backend::Sqlite => format!("select name from pragma_table_info('{table}') order by name"),
        // Generated columns are omitted, as by SQLite's list.
        Backend::Postgres => format!(
            "select column_name::text from information_schema.columns \
             where table_schema = 'public' and table_name = '{table}' and is_generated = 'NEVER' \
             order by column_name collate \"C\""
        ),
    };
    let names = database.first_column(&names).await;
    let expressions = |name: &String| match Backend::current() {
        Backend::Sqlite => format!(r#"'{name}=' || quote("{name}")"#),
        Backend::Postgres => format!(r#"'{name}=' || quote_nullable("{name}")"#),
    };
    let expressions: Vec<_> =
        names.iter().filter(|name| *name != column).map(expressions).collect();
    let sql = format!(r#"select {} from "{table}""#, expressions.join(" || ' ' || "));
    sorted(database, &sql, &sql).await
}

/// Returns the number of rows of a table.
pub(super) async fn count(database: &TestDatabase, table: &str) -> usize {
    let counted =
        database.first_column(&format!(r#"select cast(count(*) as text) from "{table}""#)).await;
    counted[0].parse().unwrap()
}

/// Runs the current backend's statement, and returns its first column sorted.
async fn sorted(database: &TestDatabase, sqlite: &str, postgres: &str) -> Vec<String> {
    let sql = match Backend::current() {
        Backend::Sqlite => sqlite,
        Backend::Postgres => postgres,
    };
    let mut column = database.first_column(sql).await;
    column.sort();
    column
}
