use std::collections::HashSet;

use database::{Database, DatabaseUrl, JsonContent, is_postgres, test_server::TestServer};
use domain::{AuthorField, Book, BookField, Page};
use sea_orm::{
    ConnectionTrait, DbBackend,
    sea_query::{Alias, Asterisk, Expr, Query},
};

use super::*;
use crate::json_query::JsonQuery;

fn query_of(size: JsonSize) -> JsonQuery {
    JsonQuery { content: JsonContent::Response, size, max_rows: 1, materialized: true }
}

fn written(backend: DbBackend, key: &str, page: Page, max_bytes: Option<usize>) -> String {
    let authors = vec![(key.to_owned(), JsonField::Field(AuthorField::Bio))];
    let members = vec![
        (format!("{key}Title"), JsonField::Field(BookField::Title)),
        (format!("{key}Authors"), JsonField::Nested(JsonSelection::new(authors).unwrap())),
    ];
    let selection = JsonSelection::new(members).unwrap();
    let query = Query::select().column(Asterisk).from(Alias::new("book")).take();
    let write_rows = |sql: &mut Sql| {
        sql.push_query(&query);
        sql.push_limit(page.limit(), Some(page.offset()));
    };
    let write_json = |sql: &mut Sql| write_list::<Book>(&selection, Some(&Condition::all()), sql);
    let statement = query_of(object_size::<Book>(&selection))
        .statement(backend, max_bytes, write_rows, write_json);
    let marks = statement.sql.matches(['?', '$']).count();
    assert_eq!(marks, statement.values.unwrap().0.len(), "{}", statement.sql);
    statement.sql
}

#[test]
fn neither_names_nor_numbers_of_a_request_make_another_statement() {
    for backend in [DbBackend::Sqlite, DbBackend::Postgres] {
        let mut statements = HashSet::new();
        for number in 1..=50 {
            let page = Page::new(number, number * 7).unwrap();
            let key = format!("key{number}");
            statements.insert(written(backend, &key, page, None));
            statements.insert(written(backend, &key, page, usize::try_from(number).ok()));
        }
        assert_eq!(statements.len(), 2);
    }
}

/// A value of each type in SQL, as SQLite and PostgreSQL store it, and its JSON: as clients
/// see it, and as rows are read from it.
const VALUES: [(FieldType, [&str; 2], &str, &str); 8] = [
    (FieldType::Id, ["'a-1'", "'a-1'::text"], r#""a-1""#, r#""a-1""#),
    (FieldType::Text { max_len: 9 }, [r#"'é"\'"#, r#"'é"\'::text"#], r#""é\"\\""#, r#""é\"\\""#),
    (FieldType::Text { max_len: 9 }, ["NULL", "NULL::text"], "null", "null"),
    (FieldType::Int, ["-8", "-8"], "-8", "-8"),
    (FieldType::Boolean, ["1", "true"], "true", "true"),
    (FieldType::Boolean, ["0", "false"], "false", "false"),
    (FieldType::Boolean, ["NULL", "NULL::boolean"], "null", "null"),
    (
        FieldType::Instant,
        ["'2026-11-20T12:00:00.123456+00:00'", "'2026-11-20T12:00:00.123456+00:00'::timestamptz"],
        r#""2026-11-20T12:00:00.123Z""#,
        r#""2026-11-20T12:00:00.123456+00:00""#,
    ),
];

async fn assert_each_type_is_written(db: &Database) {
    let db = db.reader();
    let backend = db.get_database_backend();
    for (ty, [sqlite, postgres], shown, stored) in VALUES {
        let value = if is_postgres(backend) { postgres } else { sqlite };
        let query = Query::select().expr_as(Expr::cust(value), Alias::new("v")).take();
        let write_rows = |sql: &mut Sql| sql.push_query(&query);
        let write_json = |sql: &mut Sql| {
            write_array(2, sql, |index, sql| {
                let write = [write_shown, write_stored][index];
                write_scalar(sql, |sql| write(ty, r#"r."v""#, sql));
            });
        };
        let statement =
            query_of(JsonSize::default()).statement(backend, None, write_rows, write_json);
        let row = db.query_one_raw(statement).await.unwrap().unwrap();
        let text: String = row.try_get_by_index(0).unwrap();
        assert_eq!(text, format!("[{shown},{stored}]"), "{ty:?} on {backend:?}");
    }
}

#[tokio::test]
async fn each_type_is_the_same_json_on_both_databases() {
    let folder = tempfile::tempdir().unwrap();
    let url = DatabaseUrl::sqlite(folder.path().join("b.db"));
    let db = Database::connect(&url).await.unwrap();
    assert_each_type_is_written(&db).await;
    db.close().await.unwrap();
    let Some(server) = TestServer::create().await.unwrap() else { return };
    let db = Database::connect(&server.url.parse().unwrap()).await.unwrap();
    assert_each_type_is_written(&db).await;
    db.close().await.unwrap();
    server.remove().await.unwrap();
}
