//! ISBNs of ten digits become those of thirteen, as which they are stored from here on. Where
//! another book has the thirteen already, both stay as they are: which of the two is right, a
//! person has to say. Whoever migrates and `bookplate doctor` report these pairs.

use sea_orm_migration::{
    prelude::*,
    sea_orm::{ConnectionTrait, Statement, Value},
};

use crate::sql;

/// This change.
#[derive(Debug, DeriveMigrationName)]
pub(crate) struct Migration;

/// So many rows are read at once.
const PORTION: usize = 500;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        let mut last = String::new();
        loop {
            let rows = rows(db, &last).await?;
            for (id, isbn) in &rows {
                if let Some(thirteen) = thirteen(isbn) {
                    replace(db, id, thirteen).await?;
                }
            }
            match rows.into_iter().nth(PORTION - 1) {
                Some((id, _)) => last = id,
                None => return Ok(()),
            }
        }
    }

    /// Thirteen digits were always as good as ten.
    async fn down(&self, _: &SchemaManager) -> Result<(), DbErr> {
        Ok(())
    }
}

/// The rows with ten digits after an id.
async fn rows(db: &impl ConnectionTrait, last: &str) -> Result<Vec<(String, String)>, DbErr> {
    let mark = if sql::is_postgres(db) { "$1" } else { "?" };
    let sql = format!(
        r#"select "id", "isbn" from "book" where length("isbn") = 10 and "id" > {mark} order by "id" limit {PORTION}"#
    );
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, [last.into()]);
    let rows = db.query_all_raw(statement).await?;
    rows.iter().map(|row| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?))).collect()
}

/// The thirteen digits of ten, if their check digit is right.
fn thirteen(ten: &str) -> Option<String> {
    let value = |(place, c)| match c {
        'X' if place == 9 => Some(10),
        c => char::to_digit(c, 10),
    };
    let digits = ten.chars().enumerate().map(value).collect::<Option<Vec<u32>>>()?;
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

/// Gives a row the thirteen digits, unless another one has them.
async fn replace(db: &impl ConnectionTrait, id: &str, thirteen: String) -> Result<(), DbErr> {
    let sql = r#"update "book" set "isbn" = $1 where "id" = $2
        and not exists (select 1 from "book" where "isbn" = $1)"#;
    let values: [Value; 2] = [thirteen.into(), id.into()];
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    db.execute_raw(statement).await.map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_digits_have_their_thirteen() {
        for (ten, expected) in [
            ("0141439580", Some("9780141439587")),
            ("080442957X", Some("9780804429573")),
            ("0804429570", None),
            ("X804429570", None),
            ("014143958", None),
            ("abcdefghij", None),
        ] {
            assert_eq!(thirteen(ten).as_deref(), expected, "{ten}");
        }
    }
}
