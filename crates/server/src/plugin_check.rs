//! Checks for rows of users that need a plugin that is off, e.g. after an import.

use auth::{Plugin, Plugins};
use database::{Database, internal};
use domain::Result;
use sea_orm::{ConnectionTrait, Statement};

/// The setting that turns plugins on.
pub(crate) const SETTING: &str = "AUTH_PLUGINS";

/// Rows that need a plugin.
struct Need {
    plugin: Plugin,
    /// The table, and the condition of its rows.
    rows: &'static str,
}

const SECOND_FACTORS: Need = Need {
    plugin: Plugin::TwoFactor,
    rows: r#""user" where "twoFactorEnabled" and "deletedAt" is null"#,
};

const NEEDS: [Need; 6] = [
    SECOND_FACTORS,
    Need { plugin: Plugin::Passkey, rows: r#""passkey""# },
    Need { plugin: Plugin::Siwe, rows: r#""walletAddress""# },
    Need { plugin: Plugin::Username, rows: r#""user" where "username" is not null"# },
    Need { plugin: Plugin::PhoneNumber, rows: r#""user" where "phoneNumber" is not null"# },
    Need { plugin: Plugin::Anonymous, rows: r#""user" where "isAnonymous""# },
];

/// A plugin that is off, and how many rows need it.
pub(crate) struct Missing {
    pub(crate) plugin: Plugin,
    pub(crate) rows: i64,
}

impl Missing {
    /// The warning about second factors, after the setting's name.
    pub(crate) fn warning(&self) -> String {
        let (id, rows) = (self.plugin.id(), self.rows);
        format!("lacks {id}, but users have a second factor ({rows}): one factor signs them in")
    }

    /// The same as a sentence with advice.
    pub(crate) fn notice(self, plugins: &Plugins) -> String {
        format!("{SETTING} {}; {}", self.warning(), advice(plugins, &[self]))
    }
}

/// The plugin of second factors, if it is off although users have one.
pub(crate) async fn unasked_second_factors(
    db: &Database,
    plugins: &Plugins,
) -> Result<Option<Missing>> {
    find(db, plugins, &SECOND_FACTORS).await
}

/// All plugins that are off and that rows need.
pub(crate) async fn missing(db: &Database, plugins: &Plugins) -> Result<Vec<Missing>> {
    let mut missing = Vec::new();
    for need in &NEEDS {
        missing.extend(find(db, plugins, need).await?);
    }
    Ok(missing)
}

/// The advice with the line of the settings that turns these plugins on, too.
pub(crate) fn advice(plugins: &Plugins, missing: &[Missing]) -> String {
    let further = missing.iter().map(|missing| missing.plugin);
    let ids: Vec<_> = plugins.on.iter().copied().chain(further).map(Plugin::id).collect();
    format!("set {SETTING}={}", ids.join(","))
}

async fn find(db: &Database, plugins: &Plugins, need: &Need) -> Result<Option<Missing>> {
    let Need { plugin, rows } = need;
    if plugins.has(*plugin) {
        return Ok(None);
    }
    let sql = format!(r#"select count(*) as "count" from {rows}"#);
    let select = Statement::from_string(db.reader().get_database_backend(), sql);
    let row = db.reader().query_one_raw(select).await.map_err(internal)?;
    let rows: i64 =
        row.map(|row| row.try_get("", "count")).transpose().map_err(internal)?.unwrap_or_default();
    Ok((rows > 0).then_some(Missing { plugin: *plugin, rows }))
}
