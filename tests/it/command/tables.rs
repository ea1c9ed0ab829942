//! The tables: better-auth's columns, and keys and indexes of the others.

use super::structure::{AUTH_TABLES, TABLES, columns, foreign_keys, indexes, keys, rows};
use crate::it::support::{Backend, TestDatabase};

/// Columns of better-auth's core tables and of its plugins, and our `deletedAt`, `epoch` and
/// `pending`. `now` is a default that better-auth sets on PostgreSQL.
const AUTH_COLUMNS: [&str; 83] = [
    "account.accessToken text",
    "account.accessTokenExpiresAt date",
    "account.accountId text not null",
    "account.createdAt date not null now",
    "account.id text not null",
    "account.idToken text",
    "account.password text",
    "account.providerId text not null",
    "account.refreshToken text",
    "account.refreshTokenExpiresAt date",
    "account.scope text",
    "account.updatedAt date not null",
    "account.userId text not null",
    "deviceCode.clientId text",
    "deviceCode.deviceCode text not null",
    "deviceCode.expiresAt date not null",
    "deviceCode.id text not null",
    "deviceCode.lastPolledAt date",
    "deviceCode.pollingInterval integer",
    "deviceCode.scope text",
    "deviceCode.status text not null",
    "deviceCode.userCode text not null",
    "deviceCode.userId text",
    "passkey.aaguid text",
    "passkey.backedUp bool not null",
    "passkey.counter integer not null",
    "passkey.createdAt date",
    "passkey.credentialID text not null",
    "passkey.deviceType text not null",
    "passkey.id text not null",
    "passkey.name text",
    "passkey.publicKey text not null",
    "passkey.transports text",
    "passkey.userId text not null",
    "session.createdAt date not null now",
    "session.expiresAt date not null",
    "session.id text not null",
    "session.ipAddress text",
    "session.token text not null",
    "session.updatedAt date not null",
    "session.userAgent text",
    "session.userId text not null",
    "twoFactor.backupCodes text not null",
    "twoFactor.failedVerificationCount integer",
    "twoFactor.id text not null",
    "twoFactor.lockedUntil date",
    "twoFactor.secret text not null",
    "twoFactor.userId text not null",
    "twoFactor.verified bool",
    "user.banExpires date",
    "user.banReason text",
    "user.banned bool",
    "user.createdAt date not null now",
    "user.deletedAt date",
    "user.displayUsername text",
    "user.email text not null",
    "user.emailVerified bool not null",
    "user.epoch bigint not null default 0",
    "user.id text not null",
    "user.image text",
    "user.isAnonymous bool",
    "user.lastLoginMethod text",
    "user.name text not null",
    "user.pending bool",
    "user.phoneNumber text",
    "user.phoneNumberVerified bool",
    "user.role text",
    "user.twoFactorEnabled bool",
    "user.updatedAt date not null now",
    "user.username text",
    "verification.createdAt date not null now",
    "verification.epoch bigint",
    "verification.expiresAt date not null",
    "verification.id text not null",
    "verification.identifier text not null",
    "verification.updatedAt date not null now",
    "verification.value text not null",
    "walletAddress.address text not null",
    "walletAddress.chainId integer not null",
    "walletAddress.createdAt date not null",
    "walletAddress.id text not null",
    "walletAddress.isPrimary bool not null",
    "walletAddress.userId text not null",
];

/// Returns the lines about these tables.
fn columns_of<'a>(lines: &'a [String], tables: &[&str]) -> Vec<&'a str> {
    let wanted = |line: &&str| tables.contains(&line.split(['.', ' ', '(']).next().unwrap());
    lines.iter().map(String::as_str).filter(wanted).collect()
}

#[tokio::test]
async fn the_auth_tables_have_better_auths_and_own_columns() {
    let found = columns(&TestDatabase::migrated().await).await;

    let (date, bool, bigint, integer, now) = match Backend::current() {
        Backend::Sqlite => ("date", "integer", "bigint", "integer", ""),
        Backend::Postgres => ("timestamptz", "bool", "int8", "int4", " default CURRENT_TIMESTAMP"),
    };
    let expected = AUTH_COLUMNS.iter().map(|column| {
        column
            .replace(" now", now)
            .replace(" date", &format!(" {date}"))
            .replace(" bool", &format!(" {bool}"))
            .replace(" bigint", &format!(" {bigint}"))
            .replace(" integer", &format!(" {integer}"))
    });
    assert_eq!(columns_of(&found, &AUTH_TABLES), expected.collect::<Vec<_>>());
}

#[tokio::test]
async fn the_auth_tables_have_no_columns_of_the_domain() {
    let found = columns(&TestDatabase::migrated().await).await;

    for column in columns_of(&found, &AUTH_TABLES) {
        let name = column.replace("failedVerificationCount", "").to_lowercase();
        for word in ["credit", "quota", "balance", "usage", "count ", "plan", "books", "authors"] {
            assert!(!name.contains(word), "{column}");
        }
    }
}

#[tokio::test]
async fn every_relation_is_a_foreign_key() {
    assert_eq!(
        foreign_keys(&TestDatabase::migrated().await).await,
        [
            "account.userId -> user.id cascade",
            "author.userId -> user.id",
            "authorSearch.authorId -> author.id cascade",
            "book.userId -> user.id",
            "bookAuthor.authorId -> author.id cascade",
            "bookAuthor.bookId -> book.id cascade",
            "bookSearch.bookId -> book.id cascade",
            "passkey.userId -> user.id cascade",
            "session.userId -> user.id cascade",
            "twoFactor.userId -> user.id cascade",
            "walletAddress.userId -> user.id cascade",
        ]
    );
}

#[tokio::test]
async fn every_foreign_key_and_lookup_has_an_index() {
    let database = TestDatabase::migrated().await;

    let (words, others): (Vec<_>, Vec<_>) = indexes(&database)
        .await
        .into_iter()
        .partition(|index| index.ends_with("Search_words_idx (words)"));
    // SQLite's search index is a table.
    let searched = TABLES.iter().filter(|table| table.ends_with("Search")).count();
    assert_eq!(words.len(), if Backend::current() == Backend::Sqlite { 0 } else { searched });
    assert_eq!(
        others,
        [
            "account account_userId_idx (userId)",
            "auditEvent auditEvent_action_idx (action, at)",
            "auditEvent auditEvent_at_idx (at, id)",
            "auditEvent auditEvent_subject_idx (subject, at)",
            "auditEvent unique auditEvent_summary_key (summary)",
            "author author_birthYearOrFirst_idx (birthYearOrFirst, id)",
            "author author_birthYearOrLast_idx (birthYearOrLast, id)",
            "author author_birthYear_idx (birthYear, id)",
            "author author_createdAt_idx (createdAt, id)",
            "author author_nameFolded_idx (nameFolded, id)",
            "author author_userId_idx (userId, id)",
            "book book_createdAt_idx (createdAt, id)",
            "book book_releaseYearOrFirst_idx (releaseYearOrFirst, id)",
            "book book_releaseYearOrLast_idx (releaseYearOrLast, id)",
            "book book_releaseYear_idx (releaseYear, id)",
            "book book_titleFolded_idx (titleFolded, id)",
            "book book_userId_idx (userId, id)",
            "book unique book_isbn_key (isbn)",
            "bookAuthor bookAuthor_authorId_idx (authorId, bookId)",
            "deviceCode deviceCode_expiresAt_idx (expiresAt)",
            "deviceCode deviceCode_userId_idx (userId)",
            "deviceCode unique deviceCode_deviceCode_uidx (deviceCode)",
            "deviceCode unique deviceCode_userCode_uidx (userCode)",
            "mail mail_state_createdAt_idx (state, createdAt)",
            "mail mail_state_idx (state, nextAttemptAt)",
            "passkey passkey_credentialID_idx (credentialID)",
            "passkey passkey_userId_idx (userId)",
            "rateLimit rateLimit_lastRequest_idx (lastRequest)",
            "revokedSession revokedSession_expiresAt_idx (expiresAt)",
            "session session_expiresAt_idx (expiresAt)",
            "session session_userId_expiresAt_idx (userId, expiresAt)",
            "session session_userId_idx (userId)",
            "twoFactor twoFactor_secret_idx (secret)",
            "twoFactor twoFactor_userId_idx (userId)",
            "user unique user_phoneNumber_key (phoneNumber)",
            "user unique user_username_key (username)",
            "user user_guest_idx (id)",
            "verification verification_expiresAt_idx (expiresAt)",
            "verification verification_identifier_idx (identifier)",
            "walletAddress walletAddress_address_chainId_idx (address, chainId)",
            "walletAddress walletAddress_userId_idx (userId)",
        ]
    );
    let mut keys = keys(&database).await;
    keys.retain(|key| !key.contains("SearchIndex_"));
    assert_eq!(
        keys,
        [
            "account(id)",
            "auditEvent(id)",
            "author(id)",
            "authorSearch(authorId)",
            "book(id)",
            "bookAuthor(bookId, authorId)",
            "bookSearch(bookId)",
            "bookplateMigration(version)",
            "deviceCode(id)",
            "healthProbe(id)",
            "mail(id)",
            "passkey(id)",
            "rateLimit(id)",
            "rateLimit(key)",
            "revokedSession(id)",
            "session(id)",
            "session(token)",
            "twoFactor(id)",
            "user(email)",
            "user(id)",
            "verification(id)",
            "walletAddress(id)",
        ]
    );
}

#[tokio::test]
async fn books_and_authors_have_an_owner_and_folded_names() {
    let found = columns(&TestDatabase::migrated().await).await;

    let date = if Backend::current() == Backend::Sqlite { "date" } else { "timestamptz" };
    for column in [
        "author.nameFolded text not null".to_owned(),
        "author.userId text not null".to_owned(),
        format!("author.createdAt {date} not null"),
        format!("author.updatedAt {date} not null"),
        "book.titleFolded text not null".to_owned(),
        "book.userId text not null".to_owned(),
        format!("book.createdAt {date} not null"),
        format!("book.updatedAt {date} not null"),
    ] {
        assert!(found.contains(&column), "{column} is missing in {found:#?}");
    }
}

#[tokio::test]
async fn migrating_the_tables_of_a_node_server_keeps_their_rows() {
    let database = TestDatabase::create().await;
    // A database of better-auth with its admin plugin.
    let (date, bool, no) = match Backend::current() {
        Backend::Sqlite => ("date", "integer", "0"),
        Backend::Postgres => ("timestamptz", "boolean", "false"),
    };
    database
        .execute(&format!(
            r#"create table "user" ("id" text not null primary key, "name" text not null, "email" text not null unique, "emailVerified" {bool} not null, "image" text, "createdAt" {date} not null, "updatedAt" {date} not null, "role" text, "banned" {bool});
            insert into "user" ("id", "name", "email", "emailVerified", "createdAt", "updatedAt", "role") values ('ann00000000000000000000000000000', 'Ann', 'ann@example.com', {no}, '2026-01-02T03:04:05.678Z', '2026-01-02T03:04:05.678Z', 'admin')"#
        ))
        .await;
    let before = rows(&database, "user").await;

    database.bookplate(&["migrate", "up"]).await.expect_success();

    let after = rows(&database, "user").await;
    assert_eq!(after.len(), 1);
    let epoch = match Backend::current() {
        Backend::Sqlite => " epoch=0",
        Backend::Postgres => " epoch='0'",
    };
    let own_columns = [
        "banExpires=NULL banReason=NULL ",
        " deletedAt=NULL",
        " displayUsername=NULL",
        epoch,
        " isAnonymous=NULL lastLoginMethod=NULL",
        " pending=NULL phoneNumber=NULL phoneNumberVerified=NULL",
        " twoFactorEnabled=NULL",
        " username=NULL",
    ];
    let foreign_columns =
        own_columns.iter().fold(after[0].clone(), |row, column| row.replacen(column, "", 1));
    assert_eq!(foreign_columns, before[0]);
}
