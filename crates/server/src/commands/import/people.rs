//! Matches users of the source with users of the target.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use database::{Transaction, internal};
use sea_orm::{
    ConnectionTrait,
    sea_query::{Alias, Expr, ExprTrait, Query},
};
use serde_json::Value;

use super::plan::Row;
use crate::failure::Failure;

/// What identifies a user besides the id.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Identity {
    /// In lower case.
    pub(super) email: String,
    /// `None` if the source does not have it.
    pub(super) created_at: Option<DateTime<Utc>>,
}

impl Identity {
    /// Whether this user of the source is the user with the same id in the target.
    fn is(&self, here: &Self) -> bool {
        let millis = |identity: &Self| identity.created_at.map(|at| at.timestamp_millis());
        self.email == here.email && (self.created_at.is_none() || millis(self) == millis(here))
    }
}

/// The imported users, of this run or earlier ones.
#[derive(Debug, Default)]
pub(super) struct People {
    imported: HashSet<String>,
    /// The number of users whose id belongs to a different user of the target.
    pub(super) mismatched: u64,
}

impl People {
    /// Adds users of this run.
    pub(super) fn add(&mut self, ids: impl IntoIterator<Item = String>) {
        self.imported.extend(ids);
    }

    /// Adds a user whose id is in the target, if they are the same. Returns whether they are.
    pub(super) fn meet(&mut self, id: &str, there: Option<&Identity>, here: &Identity) -> bool {
        let same = there.is_some_and(|there| there.is(here));
        if same {
            self.imported.insert(id.to_owned());
        } else {
            self.mismatched += 1;
        }
        same
    }

    /// Whether the user with this id in the source is the user with this id in the target.
    pub(super) fn has(&self, id: &str) -> bool {
        self.imported.contains(id)
    }

    /// Whether a row names a different user of the target, e.g. a mailed link that would reset that
    /// user's password.
    pub(super) fn names_mismatched(&self, row: &Row, here: &HashMap<String, Identity>) -> bool {
        named(row).iter().any(|id| here.contains_key(id) && !self.has(id))
    }
}

/// Texts by which a verification may name a user: its value, or strings of its JSON.
pub(super) fn named(row: &Row) -> Vec<String> {
    let Some(value) = &row.verified else { return Vec::new() };
    let mut found = vec![value.clone()];
    if let Ok(json) = serde_json::from_str::<Value>(value) {
        collect(&json, &mut found);
    }
    found
}

fn collect(json: &Value, found: &mut Vec<String>) {
    match json {
        Value::String(text) => found.push(text.clone()),
        Value::Number(number) => found.push(number.to_string()),
        Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
        Value::Object(fields) => fields.values().for_each(|field| collect(field, found)),
        Value::Null | Value::Bool(_) => {}
    }
}

/// The users of the target with these ids, deleted ones included.
pub(super) async fn find(
    tx: &Transaction,
    ids: &[String],
) -> Result<HashMap<String, Identity>, Failure> {
    let mut found = HashMap::new();
    if ids.is_empty() {
        return Ok(found);
    }
    let mut select = Query::select();
    select
        .columns(["id", "email", "createdAt"].map(Alias::new))
        .from(Alias::new("user"))
        .and_where(Expr::col(Alias::new("id")).is_in(ids.iter().map(String::as_str)));
    for row in tx.connection().query_all(&select).await.map_err(internal)? {
        let text = |index| row.try_get_by_index::<String>(index).map_err(internal);
        let created_at: DateTime<Utc> = row.try_get_by_index(2).map_err(internal)?;
        let email = text(1)?.to_lowercase();
        let identity = Identity { email, created_at: Some(created_at) };
        found.insert(text(0)?, identity);
    }
    Ok(found)
}
