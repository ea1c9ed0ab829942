//! Notes: an axum application with a table of its own, and Bookplate's accounts, mails and
//! migrations. `docs/embedding.md` explains it.
#![expect(clippy::disallowed_methods, reason = "main reads all settings, as it should")]

use std::{env, error::Error, net::SocketAddr};

use auth::{Auth, AuthConfig, SignedIn};
use axum::{Extension, Json, Router, http::StatusCode, routing::get};
use database::{Database, WriteTasks};
use domain::Clock;
use mailer::{Config, Mailer, Smtp, TransportConfig};
use sea_orm::{ConnectionTrait, ExprTrait, sea_query};
use tokio::{net::TcpListener, signal::ctrl_c};

const NOTE: &str = r#"create table if not exists note (author text references "user", body text)"#;
type Answer<T> = Result<T, StatusCode>;
const FAILED: StatusCode = StatusCode::INTERNAL_SERVER_ERROR;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let var = |name, default: &str| env::var(name).unwrap_or(default.to_owned());
    let listener = TcpListener::bind(var("ADDRESS", "localhost:4000")).await?;
    let url = format!("http://localhost:{}", listener.local_addr()?.port());
    let db = Database::connect(&var("DATABASE_URL", "sqlite:notes.db").parse()?).await?;
    let connection = db.dedicated().await?;
    migration::auth::migrate(&connection).await?;
    connection.execute_unprepared(NOTE).await?;
    connection.close().await?;

    let mut config = AuthConfig::new(url.parse()?, var("AUTH_SECRET", "").into())?;
    config.email_password.require_verification = true;
    config.email_verification.send_on_sign_up = true;
    let mails = Config::new(TransportConfig::Smtp(Smtp::local(var("SMTP_PORT", "1025").parse()?)));
    let mailer = Mailer::new(mails, db.clone(), config.secrets.clone(), Clock::system())?;
    let auth = Auth::new(config, db.clone(), mailer.clone(), Clock::system());
    let writes = WriteTasks::new(64);
    let notes = Router::new().route("/notes", get(list).post(add)).layer(Extension(db.clone()));
    let app = notes.with_state(auth.clone()).merge(auth.router(&writes));
    println!("{url}");
    let server = axum::serve(listener, app.into_make_service_with_connect_info::<SocketAddr>());
    let server = server.with_graceful_shutdown(async { _ = ctrl_c().await });
    let (result, ()) = tokio::join!(server, mailer.run(async { _ = ctrl_c().await }));
    writes.ended().await;
    db.close().await?;
    Ok(result?)
}

async fn list(SignedIn(user): SignedIn, db: Extension<Database>) -> Answer<Json<Vec<String>>> {
    let is_own = sea_query::Expr::col("author").eq(user.id.as_str());
    let notes = sea_query::Query::select().column("body").from("note").and_where(is_own).take();
    let rows = db.reader().query_all(&notes).await.map_err(|_| FAILED)?;
    let bodies = rows.iter().map(|row| row.try_get("", "body")).collect::<Result<_, _>>();
    bodies.map(Json).map_err(|_| FAILED)
}

async fn add(SignedIn(user): SignedIn, db: Extension<Database>, body: String) -> Answer<()> {
    let mut note = sea_query::Query::insert().into_table("note").columns(["author", "body"]).take();
    note.values_panic([user.id.as_str().into(), body.into()]);
    db.writer().execute(&note).await.map(drop).map_err(|_| FAILED)
}
