//! Notes: an axum application with a table of its own, and Bookplate's accounts, mails and
//! migrations; `docs/embedding.md` explains it. With a mail server on port 1025:
//! `AUTH_SECRET=$(openssl rand -hex 32) cargo run -p auth --example embed`
#![expect(clippy::disallowed_methods, reason = "main reads all settings, as it should")]

use std::{env, error::Error, net::SocketAddr};

use auth::{Auth, AuthConfig, SignedIn};
use axum::{Extension, Json, Router, http::StatusCode, routing::get};
use database::{Database, WriteTasks, user::OwnedTable};
use domain::Clock;
use mailer::{Config, Mailer, Smtp, TransportConfig};
use sea_orm::{ConnectionTrait, DbErr, sea_query::*};
use tokio::{net::TcpListener, signal::ctrl_c};

const NOTE: &str = r#"create table if not exists note (author text references "user", body text)"#;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let setting = |name, default: &str| env::var(name).unwrap_or(default.to_owned());
    let listener = TcpListener::bind(setting("ADDRESS", "localhost:4000")).await?;
    let url = format!("http://localhost:{}", listener.local_addr()?.port());
    let db = Database::connect(&setting("DATABASE_URL", "sqlite:notes.db").parse()?).await?;
    let connection = db.dedicated().await?;
    migration::auth::migrate(&connection).await?;
    connection.execute_unprepared(NOTE).await?;
    connection.close().await?;

    let mut config = AuthConfig::new(url.parse()?, setting("AUTH_SECRET", "").into())?;
    config.email_password.require_verification = true;
    config.email_verification.send_on_sign_up = true;
    config.user.owned_tables = &[OwnedTable { table: "note", user_id: "author" }];
    let mails = TransportConfig::Smtp(Smtp::local(setting("SMTP_PORT", "1025").parse()?));
    let (clock, secrets) = (Clock::system(), config.secrets.clone());
    let mailer = Mailer::new(Config::new(mails), db.clone(), secrets, clock.clone())?;
    let (auth, writes) =
        (Auth::new(config, db.clone(), mailer.clone(), clock), WriteTasks::new(64));

    let notes = Router::new().route("/notes", get(list).post(add)).layer(Extension(db.clone()));
    let app = notes.with_state(auth.clone()).merge(auth.router(&writes));
    println!("{url}");
    let server = axum::serve(listener, app.into_make_service_with_connect_info::<SocketAddr>())
        .with_graceful_shutdown(async { _ = ctrl_c().await });
    let (served, ()) = tokio::join!(server, mailer.run(async { _ = ctrl_c().await }));
    writes.ended().await;
    db.close().await?;
    Ok(served?)
}

async fn list(
    SignedIn(user): SignedIn,
    db: Extension<Database>,
) -> Result<Json<Vec<String>>, StatusCode> {
    let notes = Query::select()
        .column("body")
        .from("note")
        .and_where(Expr::col("author").eq(user.id.0))
        .take();
    let rows = db.reader().query_all(&notes).await.map_err(failed)?;
    rows.iter()
        .map(|row| row.try_get_by_index(0).map_err(failed))
        .collect::<Result<_, _>>()
        .map(Json)
}

async fn add(
    SignedIn(user): SignedIn,
    db: Extension<Database>,
    body: String,
) -> Result<(), StatusCode> {
    let values = [user.id.0.into(), body.into()];
    let note =
        Query::insert().into_table("note").columns(["author", "body"]).values_panic(values).take();
    db.writer().execute(&note).await.map(drop).map_err(failed)
}

fn failed(_: DbErr) -> StatusCode {
    StatusCode::INTERNAL_SERVER_ERROR
}
