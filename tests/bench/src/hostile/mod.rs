//! Response times and memory of hostile requests.

pub(crate) mod cases;

use std::{
    cmp::Reverse,
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

/// The maximum response time.
const MAX_TIME: Duration = Duration::from_millis(250);
/// The number of executions; the first one finds empty caches.
const TIMES: u32 = 5;

/// The measurements of a request.
struct Measured {
    case: Hostile,
    slowest: Duration,
    answer: usize,
    peak_mib: f64,
    /// The response, if it is not the expected one.
    wrong: Option<String>,
}

/// Measures each request alone and returns a table, the slowest first. Fails for slow or unexpected
/// responses, or if the server dies.
pub(crate) fn run(server: &Server) -> io::Result<String> {
    let before = server.memory()?.now;
    let cases = cases::all().into_iter().map(|case| measure(server, case));
    let mut all = cases.collect::<io::Result<Vec<_>>>()?;
    all.sort_by_key(|measured| Reverse(measured.slowest));
    let table = table(&all, (before, server.memory()?.now));
    let faults: Vec<_> = all.iter().filter_map(fault).collect();
    if faults.is_empty() {
        Ok(table)
    } else {
        Err(io::Error::unexpected(table + &faults.join("\n")))
    }
}

fn table(all: &[Measured], (before, after): (f64, f64)) -> String {
    let mut table = format!(
        "{} hostile requests, each {TIMES} times; the slowest time of each. Memory before: \
         {before:.0} MiB, after: {after:.0} MiB.\n\n\
         | request | answer | ms | bytes | peak MiB |\n|---|---|--:|--:|--:|\n",
        all.len(),
    );
    for Measured { case, slowest, answer, peak_mib, .. } in all {
        let (name, ms) = (case.name, slowest.as_secs_f64() * 1000.0);
        let code = if case.code.is_empty() { "data" } else { case.code };
        // Writing to a string does not fail.
        _ = writeln!(table, "| {name} | {code} | {ms:.1} | {answer} | {peak_mib:.0} |");
    }
    table
}

fn fault(measured: &Measured) -> Option<String> {
    let Measured { case, slowest, wrong, .. } = measured;
    let slow = (*slowest > MAX_TIME).then(|| format!("took {slowest:?}"));
    Some(format!("{}: {}", case.name, wrong.clone().or(slow)?))
}

fn measure(server: &Server, case: Hostile) -> io::Result<Measured> {
    server.forget_peak()?;
    let request = Request::post("/graphql", case.body.clone());
    let (mut slowest, mut size, mut wrong) = (Duration::ZERO, 0, None);
    for _ in 0..TIMES {
        let start = Instant::now();
        let answer = send(server.port, &request)?;
        slowest = slowest.max(start.elapsed());
        size = answer.body.len();
        wrong = wrong.or(unexpected(&case, &answer));
    }
    Ok(Measured { case, slowest, answer: size, peak_mib: server.memory()?.peak, wrong })
}

/// Returns the response if it is not the expected one.
fn unexpected(case: &Hostile, answer: &Answer) -> Option<String> {
    let body: Value = serde_json::from_str(&answer.body).unwrap_or_default();
    let code = body.pointer("/errors/0/extensions/code").and_then(Value::as_str);
    let expected = answer.status == case.status && code.unwrap_or_default() == case.code;
    let start: String = answer.body.chars().take(300).collect();
    (!expected).then(|| format!("{} {start}", answer.status))
}
