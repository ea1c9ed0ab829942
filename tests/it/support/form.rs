//! File uploads by the GraphQL multipart request specification.

use axum::{body::Body, http::Request};
use serde_json::Value;

use super::{Client, Response};

const BOUNDARY: &str = "a-boundary-that-no-content-has";
/// The content type of [`multipart_form`].
pub(crate) const MULTIPART_TYPE: &str =
    "multipart/form-data; boundary=a-boundary-that-no-content-has";

/// Encodes fields as `multipart/form-data`: name, file name if the field is a file, content.
pub(crate) fn multipart_form(fields: &[(&str, Option<&str>, &[u8])]) -> Vec<u8> {
    let mut form = Vec::new();
    for (name, file, content) in fields {
        let file = file.map(|file| format!("; filename=\"{file}\"\r\ncontent-type: text/csv"));
        let file = file.unwrap_or_default();
        let head = format!(
            "--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"{name}\"{file}\r\n\r\n"
        );
        form.extend_from_slice(head.as_bytes());
        form.extend_from_slice(content);
        form.extend_from_slice(b"\r\n");
    }
    form.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
    form
}

impl Client {
    /// Posts an encoded multipart form with additional headers.
    pub(crate) async fn post_multipart(&self, headers: &[(&str, &str)], form: Vec<u8>) -> Response {
        let request = Request::post("/graphql").header("content-type", MULTIPART_TYPE);
        let request =
            headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        self.send(request.body(Body::from(form)).unwrap()).await
    }

    /// Posts `operations`, `map` and files; a file's form field is named by its index.
    pub(crate) async fn upload(
        &self,
        operations: &Value,
        map: &Value,
        files: &[&[u8]],
    ) -> Response {
        let (operations, map) = (operations.to_string(), map.to_string());
        let names: Vec<_> = (0..files.len()).map(|index| index.to_string()).collect();
        let mut fields: Vec<(&str, Option<&str>, &[u8])> =
            vec![("operations", None, operations.as_bytes()), ("map", None, map.as_bytes())];
        for (name, content) in names.iter().zip(files) {
            fields.push((name, Some("books.csv"), content));
        }
        self.post_multipart(&[("graphql-require-preflight", "1")], multipart_form(&fields)).await
    }
}
