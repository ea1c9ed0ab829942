//! Users that a viewer may read, and the fields of users that rules can name.

use domain::{FieldType, Result, Role, User, UserId, ability::Readable, validation::MAX_NAME};
use sea_orm::{
    ConnectionTrait, DbBackend, EntityTrait,
    sea_query::{Alias, Expr, SimpleExpr},
};

use super::{
    UserRepository,
    entity::{Column, Entity},
};
use crate::{
    internal, is_postgres,
    rule_sql::{RuleColumn, RuleTable, only_readable, rule_column},
};

impl<C: ConnectionTrait> UserRepository<'_, C> {
    /// As [`Self::find`], limited to users that the viewer may read.
    pub async fn find_readable(
        &self,
        readable: &Readable<'_, User>,
        id: &UserId,
    ) -> Result<Option<User>> {
        let query = Entity::find_by_id(id.as_str());
        let query = only_readable(self.backend(), query, RULE_TABLE, readable)?;
        Ok(query.one(self.0).await.map_err(internal)?.map(User::from))
    }

    /// As [`Self::find_many`], limited to users that the viewer may read.
    pub async fn find_many_readable(
        &self,
        readable: &Readable<'_, User>,
        ids: &[UserId],
    ) -> Result<Vec<User>> {
        let query = only_readable(self.backend(), self.by_ids(ids), RULE_TABLE, readable)?;
        self.all(query).await
    }
}

/// The table `user`, for rules about reading.
pub const RULE_TABLE: RuleTable = RuleTable { alias: "user", column: column_of };

fn column_of(backend: DbBackend, alias: &str, name: &str) -> Option<RuleColumn> {
    Some(match name {
        "id" => rule_column(backend, alias, Column::Id, FieldType::Id),
        "role" => {
            RuleColumn { expr: role(backend, alias), ty: FieldType::Text { max_len: MAX_NAME } }
        }
        "emailVerified" => rule_column(backend, alias, Column::EmailVerified, FieldType::Boolean),
        _ => return None,
    })
}

/// The role of a stored user, with the same result as [`Role::from_stored`]: the strongest role
/// of a list.
fn role(backend: DbBackend, alias: &str) -> SimpleExpr {
    let stored = Expr::col((Alias::new(alias), Column::Role));
    let [weakest, stronger @ ..] = Role::ALL;
    let is = |role: Role| {
        let names = role.names().iter().map(|name| format!("'{name}'")).collect::<Vec<_>>();
        let names = names.join(", ");
        let sql = if is_postgres(backend) {
            format!(
                r#"EXISTS (SELECT 1 FROM unnest(string_to_array($1, ',')) AS e(name)
                   WHERE lower(btrim(e.name, $2) COLLATE "C") IN ({names}))"#
            )
        } else {
            format!(
                r#"EXISTS (SELECT 1
                   FROM json_each('[' || replace(json_quote(?), ',', '","') || ']') e
                   WHERE lower(trim(e.value, ?)) IN ({names}))"#
            )
        };
        Expr::cust_with_exprs(sql, [stored.clone(), Expr::value(white_space())])
    };
    let mut strongest_first = stronger.into_iter().rev();
    let first = strongest_first.next().unwrap_or(weakest);
    let case = Expr::case(is(first), first.as_str());
    let case = strongest_first.fold(case, |case, role| case.case(is(role), role.as_str()));
    case.finally(weakest.as_str()).into()
}

/// Every character that [`str::trim`] removes.
fn white_space() -> String {
    ('\0'..='\u{3000}').filter(|character| character.is_whitespace()).collect()
}
