//! The load generator: `wrk`, or `oha` if `wrk` is missing.

use std::{fmt::Write as _, fs, io, path::Path, process::Command, time::Duration};

use serde_json::Value;

use crate::{http::Request, process};

const CORE: u8 = 1;
pub(crate) const CONNECTIONS: u8 = 32;
/// A placeholder for a number that differs in each request.
pub(crate) const NUMBER: &str = "@number@";

/// Prints the output that [`wrk_figures`] reads; `bad` counts responses with errors.
const WRK_END: &str = r#"
local threads = {}
bad = 0
function setup(thread) table.insert(threads, thread) end
function done(summary, latency)
  local e, errors = summary.errors, 0
  for _, thread in ipairs(threads) do errors = errors + thread:get("bad") end
  errors = errors + e.connect + e.read + e.write + e.status + e.timeout
  io.write(string.format("figures %d %d %d %d %d %d\n", summary.requests, summary.duration,
    latency:percentile(50), latency:percentile(99), summary.bytes, errors))
end
"#;

/// Sends `requests` in turn; the variable precedes this script.
const WRK_TURNS: &str = r#"
local number = 0
function request()
  number = number + 1
  local one = requests[number % #requests + 1]
  local body = one.tail and one.head .. number .. one.tail or one.head
  return wrk.format(one.method, one.path, one.headers, body)
end
function response(status, headers, body)
  if status ~= 200 or body:find('"errors"', 1, true) then bad = bad + 1 end
end
"#;

/// The program that generates the load.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Generator {
    Wrk,
    Oha,
}

/// The results of one run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Figures {
    pub(crate) requests: f64,
    pub(crate) seconds: f64,
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
    /// The mean size of a response: `wrk` includes headers, `oha` does not.
    pub(crate) answer: f64,
}

impl Generator {
    pub(crate) fn find() -> io::Result<Self> {
        let runs = |name| Command::new(name).arg("--version").output().is_ok();
        match () {
            () if runs("wrk") => Ok(Self::Wrk),
            () if runs("oha") => Ok(Self::Oha),
            () => Err(io::Error::other("install wrk or oha first, e.g. apt install wrk")),
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Wrk => "wrk",
            Self::Oha => "oha",
        }
    }

    /// Sends the requests in turn; fails for any response with an error. `oha` supports only one
    /// request.
    pub(crate) fn run(
        self,
        url: &str,
        requests: &[Request],
        seconds: u64,
        folder: &Path,
    ) -> io::Result<Figures> {
        let mut command = process::pinned(CORE, self.name());
        match self {
            Self::Wrk => {
                let script = folder.join("load.lua");
                fs::write(&script, lua(requests))?;
                command.args(["-t1", "-c"]).arg(CONNECTIONS.to_string());
                command.arg(format!("-d{seconds}s")).arg("-s").arg(script).arg(url);
            }
            Self::Oha => match requests {
                [request] => oha(&mut command, request, seconds, url),
                _ => return Err(io::Error::other("a mixed load needs wrk")),
            },
        }
        let text = process::finish(command, Duration::from_secs(seconds + 30))?;
        let figures = match self {
            Self::Wrk => wrk_figures(&text),
            Self::Oha => oha_figures(&text),
        };
        figures.ok_or_else(|| io::Error::other(format!("not every answer was good:\n{text}")))
    }
}

/// A request without a number is created once, others each time.
fn lua(requests: &[Request]) -> String {
    let mut script = WRK_END.to_owned();
    if let [request] = requests
        && !request.is_numbered()
    {
        let _ = writeln!(script, "wrk.method = {}", quoted(request.method()));
        let _ = writeln!(script, "wrk.headers = {}", headers(request));
        if let Some(body) = &request.body {
            let _ = writeln!(script, "wrk.body = {}", quoted(body));
        }
        return script;
    }
    script += "local requests = {\n";
    for request in requests {
        let body = request.body.as_deref().unwrap_or_default();
        let (head, tail) = body.split_once(NUMBER).map_or((body, None), |(h, t)| (h, Some(t)));
        let _ = writeln!(
            script,
            "{{ method = {}, path = {}, headers = {}, head = {}, tail = {} }},",
            quoted(request.method()),
            quoted(request.path),
            headers(request),
            quoted(head),
            tail.map_or("nil".to_owned(), quoted),
        );
    }
    script + "}\n" + WRK_TURNS
}

fn headers(request: &Request) -> String {
    let one = |(name, value): &(&str, String)| format!("[ {} ] = {}", quoted(name), quoted(value));
    format!("{{ {} }}", request.headers.iter().map(one).collect::<Vec<_>>().join(", "))
}

/// Returns a long string of Lua, which has no escapes.
fn quoted(text: &str) -> String {
    format!("[==[{text}]==]")
}

fn wrk_figures(text: &str) -> Option<Figures> {
    let line = text.lines().find_map(|line| line.strip_prefix("figures "))?;
    let numbers: Vec<f64> = line.split(' ').map_while(|number| number.parse().ok()).collect();
    let [requests, micros, p50, p99, bytes, 0.0] = *numbers.as_slice() else { return None };
    Some(Figures {
        requests,
        seconds: micros / 1e6,
        p50_ms: p50 / 1e3,
        p99_ms: p99 / 1e3,
        answer: bytes / requests,
    })
}

fn oha(command: &mut Command, request: &Request, seconds: u64, url: &str) {
    command.args(["--no-tui", "--output-format", "json", "-c"]).arg(CONNECTIONS.to_string());
    command.arg("-z").arg(format!("{seconds}s")).args(["-m", request.method()]);
    for (name, value) in &request.headers {
        command.arg("-H").arg(format!("{name}: {value}"));
    }
    if let Some(body) = &request.body {
        command.arg("-d").arg(body);
    }
    command.arg(url);
}

/// Only requests in flight at the end may be incomplete.
fn oha_figures(text: &str) -> Option<Figures> {
    let report: Value = serde_json::from_str(text).ok()?;
    let number = |path| report.pointer(path).and_then(Value::as_f64);
    let statuses = report.get("statusCodeDistribution")?.as_object()?;
    let errors = report.get("errorDistribution")?.as_object()?;
    if statuses.keys().any(|status| status != "200")
        || errors.keys().any(|error| error != "aborted due to deadline")
    {
        return None;
    }
    Some(Figures {
        requests: statuses.get("200")?.as_f64()?,
        seconds: number("/summary/total")?,
        p50_ms: number("/latencyPercentiles/p50")? * 1e3,
        p99_ms: number("/latencyPercentiles/p99")? * 1e3,
        answer: number("/summary/sizePerRequest")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_of_wrk_count_only_without_errors() {
        let text = "Running 1s test\nfigures 1000 2000000 1500 9000 250000 0\n";
        let figures = wrk_figures(text).unwrap();
        assert_eq!((figures.requests, figures.seconds, figures.answer), (1000.0, 2.0, 250.0));
        assert_eq!((figures.p50_ms, figures.p99_ms), (1.5, 9.0));
        assert_eq!(wrk_figures("figures 1000 2000000 1500 9000 250000 3"), None);
    }

    #[test]
    fn figures_of_oha_count_only_without_errors() {
        let report = |status| {
            format!(
                r#"{{"summary": {{"total": 2.0, "sizePerRequest": 50}},
                "latencyPercentiles": {{"p50": 0.001, "p99": 0.002}},
                "statusCodeDistribution": {{"{status}": 10}},
                "errorDistribution": {{"aborted due to deadline": 32}}}}"#
            )
        };
        let seconds = oha_figures(&report("200")).map(|figures| figures.seconds);
        assert_eq!(seconds, Some(2.0));
        assert_eq!(oha_figures(&report("500")), None);
    }

    #[test]
    fn a_script_numbers_the_bodies_that_ask_for_it_and_takes_turns() {
        let plain = Request::post("/", "{}".to_owned());
        let script = lua(std::slice::from_ref(&plain));
        assert!(script.contains("wrk.body = [==[{}]==]") && !script.contains("function request"));
        let script = lua(&[plain, Request::post("/", format!("a{NUMBER}b"))]);
        assert!(script.contains("head = [==[a]==], tail = [==[b]==]"), "{script}");
        assert!(script.contains("head = [==[{}]==], tail = nil"), "{script}");
    }
}
