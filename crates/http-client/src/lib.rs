//! Requests to servers that are not trusted: providers of sign-in, captcha services, webhooks.
//!
//! A server's URL comes from the settings or from a document of a provider, its addresses from its
//! name servers, its responses from itself. None of these is trusted:
//! - Requests are https, or http on a loopback host.
//! - Each connection is opened at an address that was checked (module `address`), whether the
//!   URL has a name or an address. Redirects are not followed, and proxies of the environment are
//!   not used.
//! - A response ends within a time limit, and has a limited size.
//! - Errors contain no query, header or body.
//!
//! Each request opens a connection: sign-ins are rare, and most requests go to different hosts.

mod address;
mod connector;
mod date;
mod error;
mod options;

use std::{error::Error as StdError, pin::pin};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::{
    HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode,
    header::{ACCEPT, CONTENT_TYPE, HOST, USER_AGENT},
};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::{
    body::Incoming,
    client::conn::http1,
    rt::{Read, Write},
};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::{select, time::timeout};
use url::{Position, Url, form_urlencoded};

pub use self::{
    address::is_loopback,
    error::{Cause, HttpError},
    options::{Addresses, Limits},
};
use self::{
    connector::{Connection, Connector},
    date::LatestDate,
};

/// The memory for the headers of a response.
const MAX_HEADERS: usize = 64 * 1024;
/// Some providers refuse requests without it.
const AGENT: HeaderValue = HeaderValue::from_static("bookplate");
const FORM: HeaderValue = HeaderValue::from_static("application/x-www-form-urlencoded");
const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// Sends requests.
pub struct HttpClient {
    connector: Connector,
    addresses: Addresses,
    limits: Limits,
    latest_date: LatestDate,
}

impl HttpClient {
    /// A client that reaches these addresses.
    #[must_use]
    pub fn new(addresses: Addresses, limits: Limits) -> Self {
        let connector = Connector::new(addresses.private, limits.connect);
        Self { connector, addresses, limits, latest_date: LatestDate::default() }
    }

    /// The time at the server of the latest response, if it had the header `Date`.
    #[must_use]
    pub fn provider_time(&self) -> Option<DateTime<Utc>> {
        self.latest_date.now()
    }

    /// Requests a JSON document.
    pub async fn get_json(&self, url: &str, headers: &[(&str, &str)]) -> Result<Value, HttpError> {
        let mut all = HeaderMap::from_iter([(ACCEPT, JSON)]);
        add(&mut all, headers).map_err(|cause| failure(url, cause))?;
        let body = self.send(Method::GET, url, all, Bytes::new()).await?;
        parse(url, &body)
    }

    /// Sends a form. The response is JSON.
    pub async fn post_form(
        &self,
        url: &str,
        headers: &[(&str, &str)],
        form: &[(&str, &str)],
    ) -> Result<Value, HttpError> {
        let mut all = HeaderMap::from_iter([(CONTENT_TYPE, FORM), (ACCEPT, JSON)]);
        add(&mut all, headers).map_err(|cause| failure(url, cause))?;
        let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let body = self.send(Method::POST, url, all, form.into()).await?;
        parse(url, &body)
    }

    /// Sends a JSON document. The response is JSON.
    pub async fn post_json(
        &self,
        url: &str,
        headers: &[(&str, &str)],
        document: &Value,
    ) -> Result<Value, HttpError> {
        let mut all = HeaderMap::from_iter([(CONTENT_TYPE, JSON), (ACCEPT, JSON)]);
        add(&mut all, headers).map_err(|cause| failure(url, cause))?;
        let body = self.send(Method::POST, url, all, document.to_string().into()).await?;
        parse(url, &body)
    }

    /// Sends a JSON document as these bytes, e.g. with their signature in a header. The response
    /// may be anything.
    pub async fn post_bytes(
        &self,
        url: &str,
        headers: &[(&str, &str)],
        json: Bytes,
    ) -> Result<Bytes, HttpError> {
        let mut all = HeaderMap::from_iter([(CONTENT_TYPE, JSON)]);
        add(&mut all, headers).map_err(|cause| failure(url, cause))?;
        self.send(Method::POST, url, all, json).await
    }

    /// Requests a file, e.g. an image.
    pub async fn get_bytes(&self, url: &str, headers: &[(&str, &str)]) -> Result<Bytes, HttpError> {
        let mut all = HeaderMap::new();
        add(&mut all, headers).map_err(|cause| failure(url, cause))?;
        self.send(Method::GET, url, all, Bytes::new()).await
    }

    /// Returns the body of a successful response.
    async fn send(
        &self,
        method: Method,
        url: &str,
        headers: HeaderMap,
        body: Bytes,
    ) -> Result<Bytes, HttpError> {
        let sent = async {
            let target = target(url)?;
            let request = request(method, &target, headers, body)?;
            let response = match self.connector.connect(&target).await? {
                Connection::Plain(stream) => self.exchange(TokioIo::new(stream), request).await?,
                Connection::Encrypted(stream) => {
                    self.exchange(TokioIo::new(stream), request).await?
                }
            };
            self.latest_date.note(response.headers());
            accept(response)
        };
        let sent = timeout(self.limits.total, sent).await;
        sent.unwrap_or(Err(Cause::TimedOut)).map_err(|cause| self.failure(url, cause))
    }

    /// Sends a request on a new connection, and reads the response.
    async fn exchange<S: Read + Write + Unpin>(
        &self,
        stream: S,
        request: Request<Full<Bytes>>,
    ) -> Result<Response<Bytes>, Cause> {
        let mut builder = http1::Builder::new();
        builder.max_buf_size(MAX_HEADERS);
        let (mut sender, connection) =
            builder.handshake(stream).await.map_err(|error| broken(&error))?;
        let mut exchanged = pin!(async {
            let response = sender.send_request(request).await.map_err(|error| broken(&error))?;
            self.read(response).await
        });
        select! {
            biased;
            exchanged = &mut exchanged => exchanged,
            // The connection has ended; the response may have arrived before.
            _ = connection => exchanged.await,
        }
    }

    /// The failure of a request, with the setting that would allow its address.
    fn failure(&self, url: &str, cause: Cause) -> HttpError {
        HttpError { setting: self.addresses.setting, ..failure(url, cause) }
    }

    async fn read(&self, response: Response<Incoming>) -> Result<Response<Bytes>, Cause> {
        let (head, body) = response.into_parts();
        let body = Limited::new(body, self.limits.body).collect().await;
        let body = body.map_err(|error| match error.downcast::<LengthLimitError>() {
            Ok(_) => Cause::TooLarge(self.limits.body),
            Err(error) => Cause::Connection(error.to_string()),
        })?;
        Ok(Response::from_parts(head, body.to_bytes()))
    }
}

/// The URL of a request, if it is allowed.
fn target(url: &str) -> Result<Url, Cause> {
    let url = Url::parse(url).map_err(|_| Cause::Url)?;
    let host = url.host().ok_or(Cause::Url)?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Cause::Url);
    }
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_loopback(&host) => Ok(url),
        "http" => Err(Cause::Insecure),
        _ => Err(Cause::Url),
    }
}

fn request(
    method: Method,
    url: &Url,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Request<Full<Bytes>>, Cause> {
    let host = &url[Position::BeforeHost..Position::AfterPort];
    let path = &url[Position::BeforePath..Position::AfterQuery];
    let mut request = Request::builder()
        .method(method)
        .uri(path)
        .header(HOST, host)
        .body(Full::new(body))
        .map_err(|_| Cause::Url)?;
    let all = request.headers_mut();
    all.insert(USER_AGENT, AGENT);
    all.extend(headers);
    Ok(request)
}

/// Adds headers; later ones replace earlier ones of the same name.
fn add(all: &mut HeaderMap, headers: &[(&str, &str)]) -> Result<(), Cause> {
    for (name, value) in headers {
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| Cause::Header)?;
        let mut value = HeaderValue::from_str(value).map_err(|_| Cause::Header)?;
        value.set_sensitive(true);
        all.insert(name, value);
    }
    Ok(())
}

/// The body of a successful response.
fn accept(response: Response<Bytes>) -> Result<Bytes, Cause> {
    let (head, body) = response.into_parts();
    match head.status {
        status if status.is_success() => Ok(body),
        StatusCode::MOVED_PERMANENTLY
        | StatusCode::FOUND
        | StatusCode::SEE_OTHER
        | StatusCode::TEMPORARY_REDIRECT
        | StatusCode::PERMANENT_REDIRECT => Err(Cause::Redirected),
        status => Err(Cause::Status(status, serde_json::from_slice(&body).ok())),
    }
}

/// Parses JSON whatever the type of the response says, as better-auth does.
fn parse(url: &str, body: &[u8]) -> Result<Value, HttpError> {
    let text = String::from_utf8_lossy(body);
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    serde_json::from_str(text).map_err(|_| failure(url, Cause::NotJson))
}

fn broken(error: &hyper::Error) -> Cause {
    let reason = error.source().map_or_else(|| error.to_string(), ToString::to_string);
    Cause::Connection(reason)
}

fn failure(url: &str, cause: Cause) -> HttpError {
    let endpoint = Url::parse(url).map_or_else(
        |_| "a relative URL".to_owned(),
        |url| url[Position::BeforeHost..Position::AfterPath].to_owned(),
    );
    HttpError { endpoint, setting: "", cause }
}

#[cfg(test)]
mod tests;
