//! A minimal HTTP client for checks: one request and one response, with the headers of the load
//! generator.

use std::{
    io::{self, BufRead, BufReader, Read, Write},
    net::{Ipv4Addr, SocketAddr, TcpStream},
    time::{Duration, Instant},
};

use crate::load::NUMBER;

const WAIT: Duration = Duration::from_secs(10);

/// A request. A body makes it a POST of JSON.
#[derive(Clone, Debug, Default)]
pub(crate) struct Request {
    pub(crate) path: &'static str,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Option<String>,
}

impl Request {
    pub(crate) fn get(path: &'static str) -> Self {
        Self { path, ..Self::default() }
    }

    pub(crate) fn post(path: &'static str, body: String) -> Self {
        let json = ("content-type", "application/json".to_owned());
        Self { path, headers: vec![json], body: Some(body) }
    }

    pub(crate) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    /// Returns whether each request differs, since it writes.
    pub(crate) fn is_numbered(&self) -> bool {
        self.body.as_ref().is_some_and(|body| body.contains(NUMBER))
    }

    pub(crate) fn method(&self) -> &'static str {
        if self.body.is_some() { "POST" } else { "GET" }
    }

    /// Returns the bytes of the request; `number` replaces [`NUMBER`].
    fn text(&self, port: u16, number: u32) -> String {
        let body = self.body.as_deref().map(|body| body.replace(NUMBER, &number.to_string()));
        self.head(port, body.as_deref()) + body.as_deref().unwrap_or_default()
    }

    fn head(&self, port: u16, body: Option<&str>) -> String {
        let mut lines = vec![
            format!("{} {} HTTP/1.1", self.method(), self.path),
            format!("host: {}:{port}", Ipv4Addr::LOCALHOST),
        ];
        lines.extend(self.headers.iter().map(|(name, value)| format!("{name}: {value}")));
        lines.extend(body.iter().map(|body| format!("content-length: {}", body.len())));
        lines.join("\r\n") + "\r\n\r\n"
    }
}

/// A response.
#[derive(Debug, Default)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: String,
    /// Names and values of `Set-Cookie` headers, joined as a `Cookie` header.
    pub(crate) cookies: String,
    /// The size in bytes, headers included.
    pub(crate) size: usize,
}

/// Sends a request to a port of this machine.
pub(crate) fn send(port: u16, request: &Request) -> io::Result<Answer> {
    let mut stream = connect(port)?;
    stream.write_all(request.text(port, 0).as_bytes())?;
    read(BufReader::new(stream))
}

/// Sends requests in turn over one connection, each after the response to the one before. Returns
/// the times; fails unless each response is 200.
pub(crate) fn send_many(port: u16, requests: &[Request], times: u32) -> io::Result<Vec<Duration>> {
    let mut stream = connect(port)?;
    let mut answers = BufReader::new(stream.try_clone()?);
    let mut took = Vec::new();
    for (request, number) in requests.iter().cycle().zip(0..times) {
        let text = request.text(port, number);
        let start = Instant::now();
        stream.write_all(text.as_bytes())?;
        let answer = read(&mut answers)?;
        took.push(start.elapsed());
        if answer.status != 200 {
            return Err(io::Error::other(format!("{}: {}", answer.status, answer.body)));
        }
    }
    Ok(took)
}

fn connect(port: u16) -> io::Result<TcpStream> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let stream = TcpStream::connect_timeout(&address, WAIT)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(WAIT))?;
    stream.set_write_timeout(Some(WAIT))?;
    Ok(stream)
}

fn read(mut stream: impl BufRead) -> io::Result<Answer> {
    let mut line = String::new();
    let mut answer = Answer { size: stream.read_line(&mut line)?, ..Answer::default() };
    let status = line.split(' ').nth(1).and_then(|status| status.parse().ok());
    answer.status = status.ok_or_else(|| io::Error::other(format!("not HTTP: {line:?}")))?;

    let mut length = None;
    let mut cookies = Vec::new();
    loop {
        line.clear();
        answer.size += stream.read_line(&mut line)?;
        let Some((name, value)) = line.split_once(':') else { break };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.trim().parse().ok(),
            "set-cookie" => {
                cookies.extend(value.split(';').next().map(|one| one.trim().to_owned()));
            }
            _ => {}
        }
    }
    answer.cookies = cookies.join("; ");

    match length {
        Some(length) => answer.size += stream.take(length).read_to_string(&mut answer.body)?,
        None => read_chunks(stream, &mut answer)?,
    }
    Ok(answer)
}

/// Reads a chunked body. Source: RFC 9112, section 7.1.
fn read_chunks(mut stream: impl BufRead, answer: &mut Answer) -> io::Result<()> {
    let mut line = String::new();
    loop {
        line.clear();
        answer.size += stream.read_line(&mut line)?;
        let length = u64::from_str_radix(line.trim(), 16).map_err(io::Error::other)?;
        answer.size += stream.by_ref().take(length).read_to_string(&mut answer.body)?;
        line.clear();
        answer.size += stream.read_line(&mut line)?;
        if length == 0 {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_response_is_read_completely_and_counted() {
        let text = "HTTP/1.1 200 OK\r\nSet-Cookie: a=1; Path=/\r\nset-cookie: b=2\r\n\
                    Content-Length: 2\r\n\r\nhi, next";
        let answer = read(text.as_bytes()).unwrap();
        assert_eq!((answer.status, answer.body.as_str()), (200, "hi"));
        assert_eq!(answer.cookies, "a=1; b=2");
        assert_eq!(answer.size, text.len() - ", next".len());
    }

    #[test]
    fn a_chunked_response_is_joined() {
        let text = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\
                    3\r\nhi,\r\n5\r\n next\r\n0\r\n\r\n";
        let answer = read(text.as_bytes()).unwrap();
        assert_eq!(answer.body, "hi, next");
        assert_eq!(answer.size, text.len());
    }

    #[test]
    fn a_request_names_its_host_and_length() {
        let request = Request::post("/x", "{}".to_owned()).with("cookie", "a=1");
        assert_eq!(
            request.text(80, 0),
            "POST /x HTTP/1.1\r\nhost: 127.0.0.1:80\r\ncontent-type: application/json\r\n\
             cookie: a=1\r\ncontent-length: 2\r\n\r\n{}"
        );
    }
}
