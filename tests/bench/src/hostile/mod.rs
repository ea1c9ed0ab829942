//! How long the server takes for requests that are made to break it, and how much
//! memory they make it take.

pub(crate) mod cases;

use std::{
    fmt::Write as _,
    io,
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::{
    http::{Answer, Request, send},
    process::Server,
};
use cases::Hostile;

/// The slowest answer allowed.
const MOST: Duration = Duration::from_millis(250);
/// How often each is asked: the first time nothing of it is known to the server.
const TIMES: u32 = 5;

/// What came of one of them.
struct Measured {
    case: Hostile,
    slowest: Duration,
    answer: usize,
    peak_mib: f64,
}

/// Asks each of them alone and prints a table, the slowest first. Fails when one takes
/// too long or is answered as it should not be, or when the server does not live on.
pub(crate) fn run(server: &Server) -> io::Result<String> {
    let rest = server.memory()?.now;
    let mut all = Vec::new();
    for case in cases::all() {
        all.push(measure(server, case)?);
    }
    all.sort_by_key(|one| std::cmp::Reverse(one.slowest));
    let mut table = format!(
        "{} hostile requests, each {TIMES} times; the slowest time of each. Memory before: \
         {rest:.0} MiB, after: {:.0} MiB.\n\n| request | ms | answer, bytes | peak MiB |\n|---|--:|--:|--:|\n",
        all.len(),
        server.memory()?.now,
    );
    for Measured { case, slowest, answer, peak_mib } in &all {
        let ms = slowest.as_secs_f64() * 1000.0;
        // Writing to text does not fail.
        _ = writeln!(table, "| {} | {ms:.1} | {answer} | {peak_mib:.0} |", case.name);
    }
    match all.first() {
        Some(first) if first.slowest > MOST => {
            Err(io::Error::other(format!("{table}\nover {MOST:?}: {}", first.case.name)))
        }
        _ => Ok(table),
    }
}

fn measure(server: &Server, case: Hostile) -> io::Result<Measured> {
    server.forget_peak()?;
    let request = Request::post("/graphql", case.body.clone());
    let (mut slowest, mut size) = (Duration::ZERO, 0);
    for _ in 0..TIMES {
        let start = Instant::now();
        let answer = send(server.port, &request)?;
        slowest = slowest.max(start.elapsed());
        size = answer.body.len();
        check(&case, &answer)?;
    }
    Ok(Measured { case, slowest, answer: size, peak_mib: server.memory()?.peak })
}

fn check(case: &Hostile, answer: &Answer) -> io::Result<()> {
    let body: Value = serde_json::from_str(&answer.body).map_err(io::Error::other)?;
    let code = body.pointer("/errors/0/extensions/code").and_then(Value::as_str);
    if answer.status == case.status && code.unwrap_or_default() == case.code {
        return Ok(());
    }
    let start: String = answer.body.chars().take(300).collect();
    Err(io::Error::other(format!("{}: {} {start}", case.name, answer.status)))
}
