//! Files in the variables of a request, by the multipart request specification: a form
//! with `operations` (the JSON body), `map` (which variables each file is) and the files.
//!
//! A page of any origin can send a form unasked, so one must carry a header that takes a
//! preflight. Files are taken from those alone who are signed in. They stay in memory,
//! within limits for one file, for their number, and for what all requests hold at a
//! time: whoever sends slowly holds only what has come.
//!
//! Source: github.com/jaydenseric/graphql-multipart-request-spec, version 2.

use std::{collections::HashMap, sync::Arc};

use async_graphql::{Name, Value};
use axum::{
    body::{BodyDataStream, Bytes},
    http::{
        HeaderMap, HeaderName, Method, StatusCode,
        header::{CONTENT_TYPE, RETRY_AFTER},
        request::Parts,
    },
};
use domain::Error;
use futures_util::StreamExt;
use graphql::Viewer;
use multer::{Field, Multipart};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{
    request::{Asked, Query, asked, require_plain, too_large, unsupported},
    response::{Refusal, bad_request},
};
use crate::config::UploadLimits;

/// The largest `operations` or `map`, in bytes.
const MAX_TEXT: usize = 1024 * 1024;
/// How much of a refused form is read, in bytes.
const MAX_DRAINED: usize = 8 * 1024 * 1024;
/// The most variables that files may be.
const MAX_PLACES: usize = 1_000;

/// Headers that no page of another origin can send without being asked for.
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

/// Fails unless a page that sends the form was asked for it.
pub(super) fn check(parts: &Parts) -> Result<(), Refusal> {
    let asked = |name: &HeaderName| parts.headers.get(name).is_some_and(|v| !v.is_empty());
    if PREFLIGHT.iter().any(asked) {
        return require_plain(&parts.headers);
    }
    Err(unsupported("multipart/form-data needs the header graphql-require-preflight: 1"))
}

/// Reads the rest of a form that is refused, up to a bound: most clients look for an
/// answer only when they have sent everything, and take a closed connection for a
/// broken one.
pub(super) async fn drain(mut form: BodyDataStream) {
    let mut left = MAX_DRAINED;
    while let Some(Ok(chunk)) = form.next().await {
        left = left.saturating_sub(chunk.len());
        if left == 0 {
            break;
        }
    }
}

/// Takes files, within limits.
pub(super) struct Uploads {
    limits: UploadLimits,
    /// A permit is a kibibyte.
    room: Arc<Semaphore>,
}

/// A form that was read.
pub(super) struct Form {
    pub(super) asked: Asked,
    /// What its files take, given back when they are dropped.
    pub(super) room: Option<OwnedSemaphorePermit>,
}

const PERMIT: usize = 1024;

impl Uploads {
    pub(super) fn new(limits: UploadLimits) -> Self {
        let permits = (limits.total_bytes as usize).div_ceil(PERMIT);
        Self { limits, room: Arc::new(Semaphore::new(permits)) }
    }

    /// Reads a form whose requests have files for variables.
    pub(super) async fn read(
        &self,
        parts: &Parts,
        body: &mut BodyDataStream,
        viewer: &Viewer,
        batch_limit: usize,
    ) -> Result<Form, Refusal> {
        if self.limits.files == 0 {
            return Err(unsupported("files are not taken here"));
        }
        if viewer.0.is_none() {
            return Err(Refusal::of(&Error::Unauthenticated, StatusCode::UNAUTHORIZED));
        }
        let boundary = multer::parse_boundary(content_type(&parts.headers))
            .map_err(|_| bad_request("the form's boundary is missing"))?;
        let mut form = Multipart::new(body, boundary);
        let operations = self.text(&mut form, "operations").await?;
        let mut asked = asked(serde_json::from_slice(&operations).ok(), "operations", batch_limit)?;
        let map = self.text(&mut form, "map").await?;
        let mut places = places(&map, self.limits.files as usize)?;
        let mut room = None;
        while let Some(mut field) = form.next_field().await.map_err(|_| malformed())? {
            let name = field.name().unwrap_or_default().to_owned();
            let Some(paths) = places.remove(&name) else {
                return Err(bad_request(format!("map does not say what the file {name:?} is")));
            };
            let file = Value::Binary(self.file(&mut field, &mut room).await?);
            for path in paths {
                put(&mut asked, &path, &file)?;
            }
        }
        match places.keys().min() {
            Some(name) => Err(bad_request(format!("the file {name:?} of map is missing"))),
            None => Ok(Form { asked, room }),
        }
    }

    /// The next field, which must be the text called `name`.
    async fn text(&self, form: &mut Multipart<'_>, name: &str) -> Result<Vec<u8>, Refusal> {
        let field = form.next_field().await.map_err(|_| malformed())?;
        let Some(mut field) = field.filter(|field| field.name() == Some(name)) else {
            return Err(bad_request("a form has operations, then map, then files"));
        };
        let mut text = Vec::new();
        while let Some(chunk) = field.chunk().await.map_err(|_| malformed())? {
            if text.len() + chunk.len() > MAX_TEXT {
                return Err(too_large(&format!("{name} is larger than 1 MB")));
            }
            text.extend_from_slice(&chunk);
        }
        Ok(text)
    }

    async fn file(
        &self,
        field: &mut Field<'_>,
        room: &mut Option<OwnedSemaphorePermit>,
    ) -> Result<Bytes, Refusal> {
        let most = self.limits.file_bytes as usize;
        let mut held = 0;
        let mut content = Vec::new();
        while let Some(chunk) = field.chunk().await.map_err(|_| malformed())? {
            if content.len() + chunk.len() > most {
                return Err(too_large(&format!("a file is larger than {most} bytes")));
            }
            let wanted = (content.len() + chunk.len()).div_ceil(PERMIT);
            self.hold(wanted - held, room)?;
            held = wanted;
            content.extend_from_slice(&chunk);
        }
        Ok(content.into())
    }

    fn hold(&self, permits: usize, room: &mut Option<OwnedSemaphorePermit>) -> Result<(), Refusal> {
        let more = u32::try_from(permits).ok();
        let more = more.and_then(|n| Arc::clone(&self.room).try_acquire_many_owned(n).ok());
        let Some(more) = more else {
            let busy = bad_request("too many files are being sent; try again later");
            let status = StatusCode::SERVICE_UNAVAILABLE;
            return Err(busy.with(status, Error::Busy.code()).header(RETRY_AFTER, "1"));
        };
        match room {
            Some(room) => room.merge(more),
            None => *room = Some(more),
        }
        Ok(())
    }
}

fn malformed() -> Refusal {
    bad_request("the form is cut off or malformed")
}

/// The variables that each file is, by the file's name.
fn places(map: &[u8], most: usize) -> Result<HashMap<String, Vec<String>>, Refusal> {
    let map: HashMap<String, Vec<String>> = serde_json::from_slice(map)
        .map_err(|_| bad_request("map must be a JSON object with a list of paths for each file"))?;
    if map.len() > most {
        return Err(too_large(&format!("a request may bring at most {most} files")));
    }
    if map.values().map(Vec::len).sum::<usize>() > MAX_PLACES {
        return Err(too_large(&format!("map has more than {MAX_PLACES} paths")));
    }
    match map.iter().find(|(_, paths)| paths.is_empty()) {
        Some((name, _)) => Err(bad_request(format!("map does not use the file {name:?}"))),
        None => Ok(map),
    }
}

/// Puts `file` where `path` leads, e.g. `variables.files.0`, which must be null.
fn put(asked: &mut Asked, path: &str, file: &Value) -> Result<(), Refusal> {
    let place = match asked {
        Asked::One(query) => place(query, path),
        Asked::Several(queries) => path.split_once('.').and_then(|(index, rest)| {
            place(queries.get_mut(index.parse::<usize>().ok()?)?.as_mut().ok()?, rest)
        }),
    };
    match place {
        Some(place @ Value::Null) => {
            *place = file.clone();
            Ok(())
        }
        _ => Err(bad_request(format!("map's path {path:?} leads to no variable that is null"))),
    }
}

fn place<'q>(query: &'q mut Query, path: &str) -> Option<&'q mut Value> {
    let mut steps = path.strip_prefix("variables.")?.split('.');
    let variable = query.variables.get_mut(&Name::new(steps.next()?))?;
    steps.try_fold(variable, |value, step| match value {
        Value::Object(fields) => fields.get_mut(step),
        Value::List(items) => items.get_mut(step.parse::<usize>().ok()?),
        _ => None,
    })
}
