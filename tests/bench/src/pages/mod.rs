//! How long single requests for pages of a large library take, alone and over one
//! connection: page 1, page 1,000 and the last one in every order, filters, counts and
//! searches; and what the search index costs whoever adds a book.

mod cases;
mod database;
mod table;

use std::{
    io,
    path::PathBuf,
    time::{Duration, Instant},
};

use clap::Args;

use crate::{http::send_many, process::Server, servers::Place};
use cases::{Case, Library};
use database::Database;
use table::Times;

/// How often each is asked, after having been asked [`WARM_UP`] times; less often when
/// that takes over [`PATIENCE`].
const TIMES: u32 = 300;
const WARM_UP: u32 = 3;
const PATIENCE: Duration = Duration::from_secs(15);

/// What is measured.
#[derive(Args, Clone, Debug)]
pub(crate) struct Pages {
    /// The server's binary [default: the one beside this program]
    #[arg(long)]
    bookplate: Option<PathBuf>,
    /// How many books there are; page 1,000 needs 50,000.
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u32).range(50_000..))]
    books: u32,
    /// A PostgreSQL server on which to make a database, by the URL of another one there
    /// [default: an SQLite file]
    #[arg(long)]
    database: Option<String>,
}

/// Fills a database, asks, and prints a table.
pub(crate) fn run(pages: &Pages, place: &mut Place) -> io::Result<String> {
    let database = pages.database.as_deref().map(Database::create).transpose()?;
    place.bookplate.clone_from(&pages.bookplate);
    place.books = database::SEEDED;
    place.postgres = database.as_ref().map(|database| database.url().to_owned());
    eprintln!("{} books", pages.books);
    let start = Instant::now();
    place.fill()?;
    database::copy(&place.url(), pages.books)?;
    let filled = start.elapsed();
    if let Some(database) = &database {
        database.settle()?;
    }
    let server = place.serve()?;
    let mut rows = measure(&server)?;
    rows.extend(additions(&server, place)?);
    Ok(format!(
        "{} books, made in {:.0} s.\n\n{}",
        pages.books,
        filled.as_secs_f64(),
        table::of(&rows)
    ))
}

fn measure(server: &Server) -> io::Result<Vec<(String, Times)>> {
    let library = Library::look(server)?;
    let cases = cases::reads(server, &library)?;
    cases.into_iter().map(|case| timed(server, case)).collect()
}

/// Adding a book with and, at last, without the triggers that keep the search index.
fn additions(server: &Server, place: &Place) -> io::Result<Vec<(String, Times)>> {
    let cookie = crate::cases::sign_up(server)?;
    let with = timed(server, cases::create(server, &cookie, "`createBook`"))?;
    database::forget_search(&place.url())?;
    let without = cases::create(server, &cookie, "`createBook` without the search index");
    Ok(vec![with, timed(server, without)?])
}

fn timed(server: &Server, case: Case) -> io::Result<(String, Times)> {
    let Case { name, request } = case;
    eprintln!("{name}");
    // One that is refused is none to be timed.
    crate::cases::ask(server, &request)?;
    let request = [request];
    let warm = send_many(server.port, &request, WARM_UP)?;
    let took = send_many(server.port, &request, times(&warm))?;
    Ok((name, Times::of(took)))
}

/// How many requests the first ones leave time for.
fn times(warm: &[Duration]) -> u32 {
    let one = warm.iter().min().copied().unwrap_or_default().max(Duration::from_micros(1));
    let fit = PATIENCE.as_micros() / one.as_micros();
    u32::try_from(fit).unwrap_or(TIMES).clamp(WARM_UP, TIMES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_slow_is_asked_less_often() {
        let asked = |ms| times(&[Duration::from_millis(ms), Duration::from_millis(9_999)]);
        assert_eq!([0, 1, 50, 100, 9_000].map(asked), [300, 300, 300, 150, 3]);
    }
}
