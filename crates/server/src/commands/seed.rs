//! `bookplate seed`: demo data, and generated books for load tests.

use auth::Auth;

use super::clock::clock;
use crate::{
    app,
    config::Config,
    database_setup::open_migrated,
    failure::Failure,
    output,
    seed::{self, Login, Seeded},
};

pub(super) async fn run(config: &Config, generated: u32) -> Result<(), Failure> {
    let db = open_migrated(config).await?;
    let settings = config.auth(config.port, &mut Vec::new())?;
    let mailer = app::mailer(config, &settings, &db, &clock())?;
    let auth = Auth::new(settings, db.clone(), mailer, clock());
    let seeded = seed::demo(&db, &auth, &clock(), !config.is_private()).await?;
    print(&seeded);
    if generated > 0 {
        let added = seed::generate(&db, &clock(), generated).await?;
        output::say(format_args!("generated books: {added} added, {generated} in all\n"));
    }
    Ok(())
}

fn print(seeded: &Seeded) {
    let Seeded { users, authors, books, .. } = seeded;
    for (what, count) in [("users", users), ("authors", authors), ("books", books)] {
        output::say(format_args!("{what}: {} added, {} in all\n", count.added, count.total));
    }
    for Login { email, password } in &seeded.logins {
        output::say(format_args!("sign in as {email} with the password {password}\n"));
    }
}
