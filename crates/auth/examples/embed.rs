//! Notes: an axum application with a table of its own, and Bookplate's accounts, mails and
//! migrations; `docs/embedding.md` explains it. With a mail server on port 1025:
//! `AUTH_SECRET=$(openssl rand -hex 32) cargo run -p auth --example embed`
#![expect(clippy::disallowed_methods, reason = "main reads all settings, as it should")]

use std::{env, error::Error, net::SocketAddr};

use auth::{Auth, AuthConfig, SignedIn};
use axum::{Extension, Json, Router, http::StatusCode, routing::get};
use crypto::Vault;
use database::{Database, WriteTasks, user::OwnedTable};
use domain::Clock;
use mailer::{Config, Mailer, Smtp, TransportConfig};
use sea_orm::{ConnectionTrait, DbErr, Statement, Value};
use tokio::{net::TcpListener, signal::ctrl_c};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let setting = |name, default: &str| env::var(name).unwrap_or(default.to_owned());
    let listener = TcpListener::bind(setting("ADDRESS", "localhost:4000")).await?;
    let url = format!("http://localhost:{}", listener.local_addr()?.port());
    let db = Database::connect(&setting("DATABASE_URL", "sqlite:notes.db").parse()?).await?;
    let connection = db.dedicated().await?;
    migration::auth::migrate(&connection).await?;
    let note = r#"create table if not exists note (author text references "user" (id), body text)"#;
    connection.execute_unprepared(note).await?;
    connection.close().await?;
    let mut config = AuthConfig::new(url.parse()?, setting("AUTH_SECRET", "").into())?;
    config.email_password.require_verification = true;
    config.email_verification.send_on_sign_up = true;
    config.user.owned_tables = &[OwnedTable { table: "note", user_id: "author" }];
    let smtp = Smtp::local(setting("SMTP_PORT", "1025").parse()?);
    let (mails, vault) =
        (Config::new(TransportConfig::Smtp(smtp)), Vault::new(config.secrets.clone()));
    let mailer = Mailer::new(mails, db.clone(), vault, Clock::system())?;
    let auth = Auth::new(config, db.clone(), mailer.clone(), Clock::system());
    let writes = WriteTasks::new(1_000);
    let notes = Router::new().route("/notes", get(list).post(add)).layer(Extension(db.clone()));
    let app = notes.with_state(auth.clone()).merge(auth.router(&writes));
    println!("{url}");
    let app = app.into_make_service_with_connect_info::<SocketAddr>();
    let server = axum::serve(listener, app).with_graceful_shutdown(async { _ = ctrl_c().await });
    let (served, ()) = tokio::join!(server, mailer.run(async { _ = ctrl_c().await }));
    writes.ended().await;
    Ok(db.close().await.and(served.map_err(domain::Error::internal))?)
}

type Answer<T> = Result<T, (StatusCode, String)>;

async fn list(SignedIn(user): SignedIn, db: Extension<Database>) -> Answer<Json<Vec<String>>> {
    let select = sql(&db, "select body from note where author = $1", [user.id.0.into()]);
    let rows = db.reader().query_all_raw(select).await.map_err(failed)?;
    let bodies = rows.iter().map(|row| row.try_get_by_index(0)).collect::<Result<_, _>>();
    bodies.map(Json).map_err(failed)
}

async fn add(SignedIn(user): SignedIn, db: Extension<Database>, body: String) -> Answer<()> {
    let insert = "insert into note (author, body) values ($1, $2)";
    let insert = sql(&db, insert, [user.id.0.into(), body.into()]);
    db.writer().execute_raw(insert).await.map(drop).map_err(failed)
}

fn sql<const N: usize>(db: &Database, sql: &str, values: [Value; N]) -> Statement {
    Statement::from_sql_and_values(db.writer().get_database_backend(), sql, values)
}

fn failed(error: DbErr) -> (StatusCode, String) {
    (StatusCode::INTERNAL_SERVER_ERROR, error.to_string())
}
