//! better-auth's JSON of users, sessions and accounts: its field names, in its order.

use chrono::{DateTime, SecondsFormat, Utc};
use domain::{SignInFields, User};
use serde::{Serialize, Serializer};

use crate::{
    account::{Account, split_scopes},
    plugin::{Plugin, Plugins},
    session::Session,
};

/// A user as they see themselves.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UserView<'a> {
    name: &'a str,
    email: &'a str,
    email_verified: bool,
    image: Option<&'a str>,
    #[serde(serialize_with = "iso")]
    created_at: DateTime<Utc>,
    #[serde(serialize_with = "iso")]
    updated_at: DateTime<Utc>,
    #[serde(skip_serializing_if = "Option::is_none")]
    two_factor_enabled: Option<bool>,
    #[serde(flatten)]
    username: Option<UsernameView<'a>>,
    #[serde(flatten)]
    phone_number: Option<PhoneNumberView<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_anonymous: Option<bool>,
    #[serde(flatten)]
    last_method: Option<LastMethodView<'a>>,
    /// At the position where better-auth's admin plugin writes it.
    role: &'static str,
    id: &'a str,
}

/// The fields of the plugin `username`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct UsernameView<'a> {
    username: Option<&'a str>,
    display_username: Option<&'a str>,
}

/// The fields of the plugin `phone-number`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct PhoneNumberView<'a> {
    phone_number: Option<&'a str>,
    /// `null` if there never was a phone number.
    phone_number_verified: Option<bool>,
}

/// The field of the plugin `last-login-method`, if it stores the method in the database.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct LastMethodView<'a> {
    last_login_method: Option<&'a str>,
}

impl<'a> UserView<'a> {
    /// The user's id.
    pub(crate) fn id(&self) -> &'a str {
        self.id
    }

    /// The user, with the fields of the plugins that are on.
    pub(crate) fn new(user: &'a User, plugins: &Plugins) -> Self {
        let User {
            id,
            name,
            email,
            email_verified,
            image,
            role,
            created_at,
            updated_at,
            deleted_at: _,
            epoch: _,
            pending: _,
            sign_in,
            ban: _,
        } = user;
        let SignInFields {
            two_factor,
            username,
            display_username,
            phone_number,
            phone_number_verified,
            is_anonymous,
            last_method,
        } = sign_in;
        let stores_method =
            plugins.has(Plugin::LastLoginMethod) && plugins.last_login_method.store_in_database;
        Self {
            name,
            email,
            email_verified: *email_verified,
            image: image.as_deref(),
            created_at: *created_at,
            updated_at: *updated_at,
            two_factor_enabled: plugins.has(Plugin::TwoFactor).then_some(*two_factor),
            username: plugins.has(Plugin::Username).then_some(UsernameView {
                username: username.as_deref(),
                display_username: display_username.as_deref(),
            }),
            phone_number: plugins.has(Plugin::PhoneNumber).then_some(PhoneNumberView {
                phone_number: phone_number.as_deref(),
                phone_number_verified: *phone_number_verified,
            }),
            is_anonymous: plugins.has(Plugin::Anonymous).then_some(*is_anonymous),
            role: role.as_str(),
            last_method: stores_method
                .then_some(LastMethodView { last_login_method: last_method.as_deref() }),
            id: id.as_str(),
        }
    }
}

/// A session as its user sees it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SessionView<'a> {
    #[serde(serialize_with = "iso")]
    expires_at: DateTime<Utc>,
    token: &'a str,
    #[serde(serialize_with = "iso")]
    created_at: DateTime<Utc>,
    #[serde(serialize_with = "iso")]
    updated_at: DateTime<Utc>,
    ip_address: Option<&'a str>,
    user_agent: Option<&'a str>,
    user_id: &'a str,
    id: &'a str,
}

impl<'a> From<&'a Session> for SessionView<'a> {
    fn from(session: &'a Session) -> Self {
        let Session {
            id,
            token,
            user_id,
            expires_at,
            created_at,
            updated_at,
            ip_address,
            user_agent,
        } = session;
        Self {
            expires_at: *expires_at,
            token: token.as_str(),
            created_at: *created_at,
            updated_at: *updated_at,
            ip_address: ip_address.as_deref(),
            user_agent: user_agent.as_deref(),
            user_id: user_id.as_str(),
            id: id.as_str(),
        }
    }
}

/// An account as its user sees it: without tokens and hash.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AccountView<'a> {
    account_id: &'a str,
    provider_id: &'a str,
    user_id: &'a str,
    #[serde(serialize_with = "iso")]
    created_at: DateTime<Utc>,
    #[serde(serialize_with = "iso")]
    updated_at: DateTime<Utc>,
    id: &'a str,
    scopes: Vec<&'a str>,
}

impl<'a> From<&'a Account> for AccountView<'a> {
    fn from(account: &'a Account) -> Self {
        let Account { id, provider, provider_account_id, user_id, scope, created_at, updated_at } =
            account;
        Self {
            account_id: provider_account_id,
            provider_id: provider,
            user_id,
            created_at: *created_at,
            updated_at: *updated_at,
            id,
            scopes: split_scopes(scope.as_deref()),
        }
    }
}

/// Writes a date as JavaScript's `toISOString` does: `2026-11-20T15:09:59.263Z`.
pub(crate) fn iso<S: Serializer>(date: &DateTime<Utc>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&date.to_rfc3339_opts(SecondsFormat::Millis, true))
}

/// As [`iso`]; `None` is `null`.
#[expect(clippy::ref_option, reason = "serde passes this type")]
pub(crate) fn iso_or_null<S: Serializer>(
    date: &Option<DateTime<Utc>>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match date {
        Some(date) => iso(date, serializer),
        None => serializer.serialize_none(),
    }
}

#[cfg(test)]
mod tests {
    use domain::{Role, UserId};

    use super::*;

    /// Order and forms as in better-auth with its admin plugin, 2026-11-20.
    #[test]
    fn a_user_is_written_as_by_better_auth() {
        let date = DateTime::from_timestamp_millis(1_795_187_399_060).unwrap();
        let user = User {
            id: UserId::from("GWJvRXBtDAMkc0b2XUyRUo91fLrpTT4D"),
            name: "Ann".to_owned(),
            email: "ann@example.com".to_owned(),
            email_verified: false,
            image: None,
            role: Role::User,
            created_at: date,
            updated_at: date - chrono::TimeDelta::milliseconds(60),
            deleted_at: None,
            epoch: 0,
            pending: false,
            sign_in: SignInFields::default(),
            ban: None,
        };
        assert_eq!(
            serde_json::to_string(&UserView::new(&user, &Plugins::default())).unwrap(),
            r#"{"name":"Ann","email":"ann@example.com","emailVerified":false,"image":null,"createdAt":"2026-11-20T15:09:59.060Z","updatedAt":"2026-11-20T15:09:59.000Z","role":"user","id":"GWJvRXBtDAMkc0b2XUyRUo91fLrpTT4D"}"#
        );
    }
}
