//! Which account a request is about: the input of the routes with provider tokens.

use crate::{
    account::{self, ACCOUNT_NOT_FOUND, LinkedAccount},
    context::Context,
    error::AuthError,
    extract::{Fields, Input},
    openapi::{Field, Schema, optional, required},
    session::CurrentSession,
};

/// The account that a request selects.
pub(super) enum AccountSelection {
    /// The account with this `id`.
    Id(String),
    /// The account of better-auth's account cookie, which this server does not set.
    Cookie,
}

/// A union of two objects without further fields. better-auth names a wrong field only if all
/// others fit one of the two.
impl Input for AccountSelection {
    const EXPECTED: &'static [&'static str] = &[];

    fn read(fields: &mut Fields<'_>) -> Self {
        let id = fields.peek_text("accountId").map(str::to_owned);
        let is_user_valid = !fields.has("userId") || fields.peek_text("userId").is_some();
        let is_cookie = is_user_valid && fields.is_true("useAccountCookie");
        match id.filter(|_| is_user_valid) {
            Some(id) if !is_cookie => {
                fields.allow_only(&["accountId", "userId"]);
                return Self::Id(id);
            }
            None if is_cookie => fields.allow_only(&["useAccountCookie", "userId"]),
            _ => fields.fail_all("Invalid input"),
        }
        Self::Cookie
    }
}

impl AccountSelection {
    /// The schemas of a body: one of them.
    pub(super) fn schemas() -> [Schema; 2] {
        let cookie = Schema::constant(true).about("better-auth's account cookie: there is none.");
        [
            Schema::object(Self::fields()).closed(),
            Schema::object([required("useAccountCookie", cookie), user_id()]).closed(),
        ]
    }

    /// The fields that select an account by its id.
    pub(super) fn fields() -> [Field; 2] {
        [required("accountId", Schema::string().about("The `id` of a listed account.")), user_id()]
    }

    /// Finds the account, if it belongs to the session's user.
    pub(super) async fn find(
        &self,
        context: &Context,
        current: &CurrentSession,
    ) -> Result<LinkedAccount, AuthError> {
        let Self::Id(id) = self else { return Err(ACCOUNT_NOT_FOUND.into()) };
        let found = account::find_account(context.db.reader(), &current.user.id, id).await?;
        found.ok_or_else(|| ACCOUNT_NOT_FOUND.into())
    }
}

fn user_id() -> Field {
    optional("userId", Schema::string().about("Ignored: the account is the session's user's."))
}
