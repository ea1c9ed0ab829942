//! Converts ISBN-10 to ISBN-13. If another book already has the ISBN-13, both rows stay
//! unchanged, and a person must decide. `migrate up` and `doctor` list such pairs.
//!
//! The ISBN arithmetic is repeated here, so that a later change of the domain does not change
//! this migration.

use sea_orm_migration::{
    prelude::*,
    sea_orm::{ConnectionTrait, Statement, Value},
};

use crate::sql;

/// This change.
#[derive(Debug, DeriveMigrationName)]
pub(crate) struct Migration;

/// Number of rows that one statement reads.
const BATCH: usize = 500;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        let mut last = String::new();
        loop {
            let rows = rows(db, &last).await?;
            for (id, isbn) in &rows {
                if let Some(isbn_13) = to_isbn_13(isbn) {
                    replace(db, id, isbn_13).await?;
                }
            }
            match rows.into_iter().nth(BATCH - 1) {
                Some((id, _)) => last = id,
                None => return Ok(()),
            }
        }
    }

    /// Nothing to undo: earlier versions accept ISBN-13, too.
    async fn down(&self, _: &SchemaManager) -> Result<(), DbErr> {
        Ok(())
    }
}

/// Reads the next rows after `last` that have an ISBN-10.
async fn rows(db: &impl ConnectionTrait, last: &str) -> Result<Vec<(String, String)>, DbErr> {
    let mark = if sql::is_postgres(db) { "$1" } else { "?" };
    let sql = format!(
        r#"select "id", "isbn" from "book" where length("isbn") = 10 and "id" > {mark} order by "id" limit {BATCH}"#
    );
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, [last.into()]);
    let rows = db.query_all_raw(statement).await?;
    rows.iter().map(|row| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?))).collect()
}

/// Returns the ISBN-13 of an ISBN-10 with a correct check digit.
fn to_isbn_13(isbn_10: &str) -> Option<String> {
    let value = |(index, c)| match c {
        'X' if index == 9 => Some(10),
        c => char::to_digit(c, 10),
    };
    let digits = isbn_10.chars().enumerate().map(value).collect::<Option<Vec<u32>>>()?;
    let sum: u32 = digits.iter().zip((1..=10).rev()).map(|(digit, weight)| digit * weight).sum();
    if digits.len() != 10 || !sum.is_multiple_of(11) {
        return None;
    }
    let twelve = [9, 7, 8].into_iter().chain(digits.into_iter().take(9));
    let weighted =
        twelve.clone().zip([1, 3].into_iter().cycle()).map(|(digit, weight)| digit * weight);
    let check = (10 - weighted.sum::<u32>() % 10) % 10;
    Some(twelve.chain([check]).map(|digit| digit.to_string()).collect())
}

/// Sets a row's ISBN-13, unless another row has it.
async fn replace(db: &impl ConnectionTrait, id: &str, isbn_13: String) -> Result<(), DbErr> {
    let sql = r#"update "book" set "isbn" = $1 where "id" = $2
        and not exists (select 1 from "book" where "isbn" = $1)"#;
    let values: [Value; 2] = [isbn_13.into(), id.into()];
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    db.execute_raw(statement).await.map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn isbn_10_is_converted_to_isbn_13() {
        for (ten, expected) in [
            ("0141439580", Some("9780141439587")),
            ("080442957X", Some("9780804429573")),
            ("0804429570", None),
            ("X804429570", None),
            ("014143958", None),
            ("abcdefghij", None),
        ] {
            assert_eq!(to_isbn_13(ten).as_deref(), expected, "{ten}");
        }
    }
}
