//! Uploaded files in the variables of a request, by the GraphQL multipart request specification:
//! a form with `operations` (the JSON body), `map` (the variables of each file) and the files.
//!
//! async-graphql's form reader has no limits for the memory of one user and of all forms
//! together. async-graphql-axum's extractor sets none of the reader's limits.
//!
//! A page of any origin can send a form without a preflight request, so a form needs a header
//! that requires one. Only users may upload files. Files are held in memory, within limits for
//! the size of a file, their number, one user's memory and all requests' memory. A slow client
//! reserves only the bytes that have arrived.
//!
//! Source: github.com/jaydenseric/graphql-multipart-request-spec, version 2.

use std::{collections::HashMap, sync::Arc};

use async_graphql::{Name, Value};
use axum::{
    body::{Body, Bytes},
    http::{HeaderMap, HeaderName, Method, StatusCode, header::CONTENT_TYPE, request::Parts},
};
use domain::Error;
use futures_util::StreamExt;
use graphql::Viewer;
use multer::{Field, Multipart};

use super::{
    body::{has_too_many_values, require_plain, too_large, too_many_values, unsupported},
    json,
    request::{GraphqlRequest, RequestBody, parse},
    response::{Refusal, bad_request},
    upload_budget::{UploadBudget, UploadReservation},
};
use crate::config::UploadLimits;

/// Maximum length of `operations` and of `map`, in bytes.
const MAX_TEXT: usize = 1024 * 1024;
/// Maximum number of paths in `map`.
const MAX_PATHS: usize = 1_000;

/// Headers that a page of another origin can send only after a preflight request.
const PREFLIGHT: [HeaderName; 3] = [
    HeaderName::from_static("graphql-require-preflight"),
    HeaderName::from_static("apollo-require-preflight"),
    HeaderName::from_static("x-apollo-operation-name"),
];

/// Whether the request is a form.
pub(super) fn is_form(parts: &Parts) -> bool {
    let media_type = content_type(&parts.headers).split(';').next().unwrap_or_default();
    parts.method == Method::POST && media_type.trim().eq_ignore_ascii_case("multipart/form-data")
}

fn content_type(headers: &HeaderMap) -> &str {
    headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// Fails unless the form has a header that requires a preflight request.
pub(super) fn check(parts: &Parts) -> Result<(), Refusal> {
    let is_present = |name: &HeaderName| parts.headers.get(name).is_some_and(|v| !v.is_empty());
    if PREFLIGHT.iter().any(is_present) {
        return require_plain(&parts.headers);
    }
    Err(unsupported("multipart/form-data needs the header graphql-require-preflight: 1"))
}

/// Reads forms, within limits.
pub(super) struct Uploads {
    limits: UploadLimits,
    budget: UploadBudget,
}

/// The content of a file. The form's reservation lasts until its last file is dropped.
struct File {
    content: Vec<u8>,
    _reservation: Arc<UploadReservation>,
}

impl AsRef<[u8]> for File {
    fn as_ref(&self) -> &[u8] {
        &self.content
    }
}

impl Uploads {
    pub(super) fn new(limits: UploadLimits) -> Self {
        Self { limits, budget: UploadBudget::new(limits.total_bytes as usize) }
    }

    /// Reads a form, and puts its files into the variables of its requests.
    pub(super) async fn read(
        &self,
        parts: &Parts,
        body: Body,
        viewer: &Viewer,
        batch_limit: usize,
    ) -> Result<RequestBody, Refusal> {
        let UploadLimits { files, file_bytes, .. } = self.limits;
        let (files, file_bytes) = (files as usize, file_bytes as usize);
        if files == 0 {
            return Err(unsupported("files are not accepted here"));
        }
        let Some(user) = &viewer.0 else {
            return Err(Refusal::of(&Error::Unauthenticated, StatusCode::UNAUTHORIZED));
        };
        let boundary = multer::parse_boundary(content_type(&parts.headers))
            .map_err(|_| bad_request("the form's boundary is missing"))?;
        let max_bytes = 3 * MAX_TEXT + files * file_bytes;
        let reservation = self.budget.reserve(user.id.clone(), max_bytes);
        let counting = Arc::clone(&reservation);
        let chunks = body.into_data_stream().map(move |chunk| counting.count(chunk));
        let form = Multipart::new(chunks, boundary);
        let mut fields = Fields { form, reservation: &reservation };

        let operations = fields.text("operations").await?;
        let mut body = parse(&operations, "operations", batch_limit)?;
        let mut files_paths = paths(&fields.text("map").await?, files)?;
        while let Some(mut field) = fields.next().await? {
            let name = field.name().unwrap_or_default().to_owned();
            let Some(paths) = files_paths.remove(&name) else {
                return Err(bad_request(format!("map does not contain the file {name:?}")));
            };
            let large = || too_large(&format!("a file is larger than {file_bytes} bytes"));
            let content = fields.content(&mut field, file_bytes, large).await?;
            let file = Bytes::from_owner(File { content, _reservation: Arc::clone(&reservation) });
            let file = Value::Binary(file);
            for path in paths {
                put(&mut body, &path, &file)?;
            }
        }
        match files_paths.keys().min() {
            Some(name) => Err(bad_request(format!("the file {name:?} of map is missing"))),
            None => Ok(body),
        }
    }
}

/// The fields of a form, in order.
struct Fields<'f> {
    form: Multipart<'f>,
    reservation: &'f UploadReservation,
}

impl<'f> Fields<'f> {
    async fn next(&mut self) -> Result<Option<Field<'f>>, Refusal> {
        self.form.next_field().await.map_err(|_| self.reservation.error())
    }

    /// Returns the next field, which must be the text `name`.
    async fn text(&mut self, name: &str) -> Result<Vec<u8>, Refusal> {
        let field = self.next().await?.filter(|field| field.name() == Some(name));
        let mut field =
            field.ok_or_else(|| bad_request("a form has operations, then map, then files"))?;
        let large = || too_large(&format!("{name} is larger than 1 MB"));
        self.content(&mut field, MAX_TEXT, large).await
    }

    async fn content(
        &self,
        field: &mut Field<'f>,
        max_len: usize,
        too_large: impl Fn() -> Refusal,
    ) -> Result<Vec<u8>, Refusal> {
        let mut content = Vec::new();
        while let Some(chunk) = field.chunk().await.map_err(|_| self.reservation.error())? {
            if content.len() + chunk.len() > max_len {
                return Err(too_large());
            }
            content.extend_from_slice(&chunk);
        }
        Ok(content)
    }
}

/// Parses `map`: the paths of each file's variables, by the file's name.
fn paths(map: &[u8], limit: usize) -> Result<HashMap<String, Vec<String>>, Refusal> {
    if has_too_many_values(map) {
        return Err(too_many_values("map"));
    }
    let map: HashMap<String, Vec<String>> = json::read(map)
        .map_err(|_| bad_request("map must be a JSON object with a list of paths for each file"))?;
    if map.len() > limit {
        return Err(too_large(&format!("a request may bring at most {limit} files")));
    }
    if map.values().map(Vec::len).sum::<usize>() > MAX_PATHS {
        return Err(too_large(&format!("map has more than {MAX_PATHS} paths")));
    }
    match map.iter().find(|(_, paths)| paths.is_empty()) {
        Some((name, _)) => Err(bad_request(format!("map does not use the file {name:?}"))),
        None => Ok(map),
    }
}

/// Sets the variable at `path`, e.g. `variables.files.0`, which must be null, to `file`.
fn put(body: &mut RequestBody, path: &str, file: &Value) -> Result<(), Refusal> {
    let variable = match body {
        RequestBody::One(request) => variable(request, path),
        RequestBody::Several(requests) => path.split_once('.').and_then(|(index, rest)| {
            variable(requests.get_mut(index.parse::<usize>().ok()?)?.as_mut().ok()?, rest)
        }),
    };
    match variable {
        Some(variable @ Value::Null) => {
            *variable = file.clone();
            Ok(())
        }
        _ => Err(bad_request(format!("map's path {path:?} leads to no variable that is null"))),
    }
}

fn variable<'q>(request: &'q mut GraphqlRequest, path: &str) -> Option<&'q mut Value> {
    let mut steps = path.strip_prefix("variables.")?.split('.');
    let variable = request.variables.get_mut(&Name::new(steps.next()?))?;
    steps.try_fold(variable, |value, step| match value {
        Value::Object(fields) => fields.get_mut(step),
        Value::List(items) => items.get_mut(step.parse::<usize>().ok()?),
        _ => None,
    })
}
