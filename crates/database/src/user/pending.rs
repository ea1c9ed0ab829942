//! Sign-ups with an unverified address.

use sea_orm::{
    ColumnTrait, DbBackend, DeleteMany, EntityTrait, QueryFilter,
    sea_query::{Alias, Expr, ExprTrait, Query, SelectStatement},
};

use super::{
    OwnedTable,
    address::has_address,
    entity::{Column, Entity},
};

/// Deletes the user who signed up with this address, unless verified, signed in before, or owner
/// of a row in `owned`.
pub(super) fn removal(backend: DbBackend, email: &str, owned: &[OwnedTable]) -> DeleteMany<Entity> {
    let removal = Entity::delete_many()
        .filter(has_address(backend, email))
        .filter(Column::Pending.eq(true))
        .filter(Column::EmailVerified.eq(false))
        .filter(Column::DeletedAt.is_null());
    // Another application on this database may have accepted the user, who then owns rows.
    owned.iter().fold(removal, |removal, table| removal.filter(Expr::exists(rows_of(table)).not()))
}

/// Rows of a table that belong to the user of the outer statement.
pub(super) fn rows_of(OwnedTable { table, user_id }: &OwnedTable) -> SelectStatement {
    let (table, user_id) = (Alias::new(*table), Alias::new(*user_id));
    let mut rows = Query::select();
    rows.expr(Expr::val(1))
        .from(table.clone())
        .and_where(Expr::col((table, user_id)).equals((Entity, Column::Id)));
    rows
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};
    use domain::{
        Ability, Error, NewUser, Result, SessionId, UserId,
        ability::{Create, rules},
        role::Role,
        user::{CurrentUser, SignInFields, User},
    };
    use sea_orm::ConnectionTrait;

    use super::{super::UserRepository, OwnedTable};
    use crate::{Database, DatabaseUrl, test_server::TestServer};

    /// A table of an application that embeds the accounts.
    const NOTES: OwnedTable = OwnedTable { table: "note", user_id: "author" };
    const EMAIL: &str = "ann@example.com";

    /// Runs `test` on SQLite and PostgreSQL, each with the account tables and the table `note`.
    async fn on_both_databases(test: impl AsyncFn(&Database)) {
        let folder = tempfile::tempdir().unwrap();
        let file = DatabaseUrl::sqlite(folder.path().join("b.db"));
        let server = TestServer::create().await.unwrap();
        let urls = server.iter().map(|server| server.url.parse().unwrap());
        for url in [file].into_iter().chain(urls) {
            let db = Database::connect(&url).await.unwrap();
            let connection = db.dedicated().await.unwrap();
            migration::auth::migrate(&connection).await.unwrap();
            let note = r#"create table note (author text not null references "user")"#;
            connection.execute_unprepared(note).await.unwrap();
            connection.close().await.unwrap();
            test(&db).await;
            db.close().await.unwrap();
        }
        if let Some(server) = server {
            server.remove().await.unwrap();
        }
    }

    /// Signs a user up with the address of all others, which is not verified.
    async fn sign_up(db: &Database, id: &str) -> Result<(User, bool)> {
        let (id, name, email) = (UserId::from(id), "Ann".to_owned(), EMAIL.to_owned());
        let admin = CurrentUser {
            id: UserId::from("admin"),
            name: name.clone(),
            email: "admin@example.com".to_owned(),
            role: Role::AdminRw,
            session_id: SessionId::from("session"),
            is_guest: false,
        };
        let user = NewUser {
            id,
            name,
            email,
            image: None,
            role: Role::User,
            sign_in: SignInFields::default(),
        };
        let ability = Ability::new(rules(Some((&admin.id, admin.role))), Some(&admin));
        let permit = ability.permit(Create, user).unwrap();
        let users = UserRepository::new(db.writer());
        users.insert_pending(permit, &[NOTES], DateTime::<Utc>::UNIX_EPOCH).await
    }

    async fn add_note(db: &Database, author: &str) {
        let note = format!("insert into note (author) values ('{author}')");
        db.writer().execute_unprepared(&note).await.unwrap();
    }

    /// Returns the user with the common address.
    async fn user_id(db: &Database) -> String {
        let user = UserRepository::new(db.reader()).find_by_email(EMAIL).await.unwrap();
        user.unwrap().id.0
    }

    #[tokio::test]
    async fn a_sign_up_replaces_a_pending_user_without_owned_rows() {
        on_both_databases(async |db| {
            let (_, replaces) = sign_up(db, "first").await.unwrap();
            assert!(!replaces);

            let (_, replaces) = sign_up(db, "second").await.unwrap();

            assert!(replaces);
            assert_eq!(user_id(db).await, "second");
        })
        .await;
    }

    #[tokio::test]
    async fn a_sign_up_does_not_replace_a_pending_user_with_a_row_in_an_owned_table() {
        on_both_databases(async |db| {
            sign_up(db, "first").await.unwrap();
            add_note(db, "first").await;

            let conflict = sign_up(db, "second").await.unwrap_err();

            assert!(matches!(conflict, Error::Conflict { .. }), "{conflict:?}");
            assert_eq!(user_id(db).await, "first");
        })
        .await;
    }
}
