//! Times of single requests for pages of many books over one connection: page 1, page 1,000 and the
//! last page in every order, filters, counts and searches; and the cost of the search index when
//! books are added.

mod cases;
mod database;
mod table;

use std::{
    io,
    path::PathBuf,
    time::{Duration, Instant},
};

use clap::Args;

use crate::{http::send_many, process::Server, servers::Setup};
use cases::{Case, Library};
use database::Database;
use table::Times;

/// The number of executions after [`WARM_UP`]; fewer if they take longer than [`TIME_LIMIT`].
const TIMES: u32 = 300;
const WARM_UP: u32 = 3;
const TIME_LIMIT: Duration = Duration::from_secs(15);

/// The options of a measurement.
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

/// Fills a database, measures the requests, and returns a table.
pub(crate) fn run(pages: &Pages, setup: &mut Setup) -> io::Result<String> {
    let database = pages.database.as_deref().map(Database::create).transpose()?;
    setup.bookplate.clone_from(&pages.bookplate);
    setup.books = database::SEEDED;
    setup.postgres = database.as_ref().map(|database| database.url().to_owned());
    eprintln!("{} books", pages.books);
    let start = Instant::now();
    setup.fill()?;
    database::copy(&setup.url(), pages.books)?;
    let filled = start.elapsed();
    if let Some(database) = &database {
        database.settle()?;
    }
    let server = setup.serve()?;
    let mut rows = measure(&server)?;
    rows.extend(additions(&server, setup)?);
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

/// Times adding a book with the triggers of the search index, and finally without them.
fn additions(server: &Server, setup: &Setup) -> io::Result<Vec<(String, Times)>> {
    let cookie = crate::cases::sign_up(server)?;
    let with = timed(server, cases::create(server, &cookie, "`createBook`"))?;
    database::forget_search(&setup.url())?;
    let without = cases::create(server, &cookie, "`createBook` without the search index");
    Ok(vec![with, timed(server, without)?])
}

fn timed(server: &Server, case: Case) -> io::Result<(String, Times)> {
    let Case { name, request } = case;
    eprintln!("{name}");
    // Refused requests are an error.
    crate::cases::ask(server, &request)?;
    let request = [request];
    let warm = send_many(server.port, &request, WARM_UP)?;
    let took = send_many(server.port, &request, times(&warm))?;
    Ok((name, Times::of(took)))
}

/// Returns the number of executions that the time limit allows.
fn times(warm: &[Duration]) -> u32 {
    let one = warm.iter().min().copied().unwrap_or_default().max(Duration::from_micros(1));
    let fit = TIME_LIMIT.as_micros() / one.as_micros();
    u32::try_from(fit).unwrap_or(TIMES).clamp(WARM_UP, TIMES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slow_requests_are_executed_fewer_times() {
        let asked = |ms| times(&[Duration::from_millis(ms), Duration::from_millis(9_999)]);
        assert_eq!([0, 1, 50, 100, 9_000].map(asked), [300, 300, 300, 150, 3]);
    }
}
