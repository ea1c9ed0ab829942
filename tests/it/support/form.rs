//! Forms of the multipart request specification.

use axum::{body::Body, http::Request};
use serde_json::Value;

use super::{Answer, Client};

const BOUNDARY: &str = "a-boundary-that-no-content-has";
/// The content type of [`form`]'s forms.
pub(crate) const FORM_TYPE: &str = "multipart/form-data; boundary=a-boundary-that-no-content-has";

/// The fields of a form, in their order: name and content, those of files with the
/// file's name.
pub(crate) fn form(fields: &[(&str, Option<&str>, &[u8])]) -> Vec<u8> {
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
    /// Sends a form as a page does that was asked for it.
    pub(crate) async fn send_form(&self, headers: &[(&str, &str)], form: Vec<u8>) -> Answer {
        let request = Request::post("/graphql").header("content-type", FORM_TYPE);
        let request =
            headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        self.send(request.body(Body::from(form)).unwrap()).await
    }

    /// Sends `operations` with files, each called by its number.
    pub(crate) async fn upload(&self, operations: &Value, map: &Value, files: &[&[u8]]) -> Answer {
        let (operations, map) = (operations.to_string(), map.to_string());
        let names: Vec<_> = (0..files.len()).map(|n| n.to_string()).collect();
        let mut fields: Vec<(&str, Option<&str>, &[u8])> =
            vec![("operations", None, operations.as_bytes()), ("map", None, map.as_bytes())];
        for (name, content) in names.iter().zip(files) {
            fields.push((name, Some("books.csv"), content));
        }
        self.send_form(&[("graphql-require-preflight", "1")], form(&fields)).await
    }
}
