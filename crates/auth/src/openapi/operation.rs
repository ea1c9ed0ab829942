//! What a route takes and answers, said by its room.

use std::collections::BTreeMap;

use axum::http::{Method, StatusCode};
use serde_json::{Map, Value, json};

use super::{
    Settings,
    response::{ApiResponse, refusal},
    schema::{Field, Schema},
};
use crate::{
    error::Refusal,
    error_code::{
        BAD_REQUEST, ErrorCode, INTERNAL_SERVER_ERROR, PAYLOAD_TOO_LARGE, SERVICE_UNAVAILABLE,
        TOO_MANY_REQUESTS, UNAUTHORIZED, UNSUPPORTED_MEDIA_TYPE, VALIDATION_ERROR,
    },
    extract::{FORM, Input, JSON},
    limit::Storage,
    middleware::origin::{
        self, CROSS_SITE_NAVIGATION_LOGIN_BLOCKED, INVALID_ORIGIN, MISSING_OR_NULL_ORIGIN,
    },
    session::SESSION_NOT_FRESH,
};

/// Whether a route needs a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Need {
    Nothing,
    /// It makes a difference.
    Maybe,
    Session,
    /// One that began not long ago.
    Fresh,
}

/// One method of one route. What every route may answer, like 429, is added to what
/// the room says.
#[derive(Clone, Debug)]
pub(crate) struct Operation {
    pub(super) method: Method,
    /// Below the base path.
    pub(super) path: &'static str,
    pub(super) id: &'static str,
    summary: &'static str,
    description: String,
    alias_of: Option<String>,
    need: Need,
    /// Whether the database is asked, which may fail.
    stored: bool,
    parameters: Vec<Value>,
    body: Option<Value>,
    answers: Vec<ApiResponse>,
    refusals: Vec<Refusal>,
    #[cfg(test)]
    pub(super) inputs: Vec<super::tests::Documented>,
}

impl Operation {
    /// `GET path`. The id is better-auth's, by which generated clients name it.
    pub(crate) fn get(path: &'static str, id: &'static str, summary: &'static str) -> Self {
        Self {
            method: Method::GET,
            path,
            id,
            summary,
            description: String::new(),
            alias_of: None,
            need: Need::Nothing,
            stored: true,
            parameters: Vec::new(),
            body: None,
            answers: Vec::new(),
            refusals: Vec::new(),
            #[cfg(test)]
            inputs: Vec::new(),
        }
    }

    /// `POST path`, which is refused to pages that are not trusted.
    pub(crate) fn post(path: &'static str, id: &'static str, summary: &'static str) -> Self {
        Self { method: Method::POST, ..Self::get(path, id, summary) }
            .refuses([INVALID_ORIGIN, MISSING_OR_NULL_ORIGIN])
    }

    /// The same handler at another path.
    pub(crate) fn alias(self, path: &'static str, id: &'static str) -> Self {
        let alias_of = Some(format!("{} {}", self.method, self.path));
        Self { path, id, alias_of, ..self }
    }

    /// What the summary leaves out.
    pub(crate) fn described(self, description: &str) -> Self {
        Self { description: description.to_owned(), ..self }
    }

    /// It cannot fail: it asks no database.
    pub(crate) fn unfailing(self) -> Self {
        Self { stored: false, ..self }
    }

    /// It needs a session ([`CurrentSession`](crate::session::CurrentSession)).
    pub(crate) fn session(self) -> Self {
        Self { need: Need::Session, ..self }.refuses([UNAUTHORIZED])
    }

    /// It needs a fresh session ([`FreshSession`](crate::session::FreshSession)).
    pub(crate) fn fresh_session(self) -> Self {
        Self { need: Need::Fresh, ..self.session() }
    }

    /// A session makes a difference ([`MaybeSession`](crate::session::MaybeSession)).
    pub(crate) fn maybe_session(self) -> Self {
        Self { need: Need::Maybe, ..self }
    }

    /// A part of the path.
    pub(crate) fn in_path(self, name: &'static str, schema: Schema) -> Self {
        self.parameter("path", Field { name, schema, required: true })
    }

    /// Values of the query, read as they come.
    pub(crate) fn raw_query(self, fields: impl IntoIterator<Item = Field>) -> Self {
        fields.into_iter().fold(self, |operation, field| operation.parameter("query", field))
    }

    /// Values of the query, checked by an input.
    pub(crate) fn query<T: Input>(self, fields: impl IntoIterator<Item = Field>) -> Self {
        let fields: Vec<_> = fields.into_iter().collect();
        let targets: Vec<_> =
            fields.iter().flat_map(|field| origin::refusals_of(field.name, false)).collect();
        self.read_by::<T>(&Schema::object(fields.clone()))
            .refuses([VALIDATION_ERROR])
            .refuses(targets)
            .raw_query(fields.into_iter().map(Field::into_input))
    }

    fn parameter(mut self, place: &str, field: Field) -> Self {
        let Field { name, schema, required } = field;
        let schema = schema.into_value();
        self.parameters.push(json!({
            "name": name, "in": place, "required": required, "schema": schema,
        }));
        self
    }

    /// A body in JSON, checked by an input.
    pub(crate) fn takes<T: Input>(self, schema: Schema) -> Self {
        self.takes_body::<T>(schema, false)
    }

    /// The same, in JSON or as the form of a page.
    pub(crate) fn takes_form<T: Input>(self, schema: Schema) -> Self {
        self.takes_body::<T>(schema, true)
    }

    fn takes_body<T: Input>(mut self, schema: Schema, or_form: bool) -> Self {
        let targets: Vec<_> =
            schema.names().flat_map(|name| origin::refusals_of(name, true)).collect();
        self = self.read_by::<T>(&schema);
        let schema = schema.into_input();
        let form = schema.as_form().into_value();
        let mut content = json!({ JSON: { "schema": schema.into_value() } });
        if let Some(content) = content.as_object_mut().filter(|_| or_form) {
            content.insert(FORM.to_owned(), json!({ "schema": form }));
        }
        self = self.refuses_if(T::SIGNS_IN, [CROSS_SITE_NAVIGATION_LOGIN_BLOCKED]);
        self.body = Some(json!({ "required": !T::OPTIONAL, "content": content }));
        self.refuses([BAD_REQUEST, VALIDATION_ERROR, PAYLOAD_TOO_LARGE, UNSUPPORTED_MEDIA_TYPE])
            .refuses(targets)
    }

    /// Remembers for a test who reads what is described.
    #[cfg(test)]
    fn read_by<T: Input>(mut self, schema: &Schema) -> Self {
        self.inputs.push(super::tests::Documented::by::<T>(schema.clone()));
        self
    }

    #[cfg(not(test))]
    fn read_by<T: Input>(self, _: &Schema) -> Self {
        self
    }

    /// One of its answers.
    pub(crate) fn answers(mut self, answer: ApiResponse) -> Self {
        self.answers.push(answer);
        self
    }

    /// Refusals of its own, by their constants.
    pub(crate) fn refuses<R: Into<Refusal>>(mut self, all: impl IntoIterator<Item = R>) -> Self {
        self.refusals.extend(all.into_iter().map(Into::into));
        self
    }

    /// The same where `set` says so.
    pub(crate) fn refuses_if(self, set: bool, codes: impl IntoIterator<Item = ErrorCode>) -> Self {
        if set { self.refuses(codes) } else { self }
    }

    /// As the document says it, in the room `tag`.
    pub(super) fn render(self, tag: &str, settings: &Settings<'_>) -> Value {
        let operation = self.with_common_refusals(settings);
        let refreshes = settings.config.session.refresh;
        let mut fields = Map::new();
        let mut add = |name: &str, value: Value| _ = fields.insert(name.to_owned(), value);
        add("operationId", operation.id.into());
        add("tags", json!([tag]));
        add("summary", operation.summary().into());
        if !operation.description.is_empty() {
            add("description", operation.description.clone().into());
        }
        if let Some(alias_of) = &operation.alias_of {
            add("x-alias-of", alias_of.as_str().into());
        }
        add("security", operation.security());
        if !operation.parameters.is_empty() {
            add("parameters", operation.parameters.clone().into());
        }
        if let Some(body) = &operation.body {
            add("requestBody", body.clone());
        }
        add("responses", operation.responses(refreshes && operation.need != Need::Nothing));
        fields.into()
    }

    fn with_common_refusals(self, settings: &Settings<'_>) -> Self {
        let Settings { config, .. } = settings;
        let ages = self.need == Need::Fresh && !config.session.fresh_age.is_zero();
        // Counts may be elsewhere, too.
        let counted = config.limit.on && config.limit.storage != Storage::Memory;
        let stored = self.stored || counted;
        let limited = config.limit.on.then_some(TOO_MANY_REQUESTS);
        self.refuses_if(ages, [SESSION_NOT_FRESH])
            .refuses_if(stored, [INTERNAL_SERVER_ERROR, SERVICE_UNAVAILABLE])
            .refuses(limited)
    }

    fn summary(&self) -> String {
        match &self.alias_of {
            Some(alias_of) => format!("{} (alias of {alias_of})", self.summary),
            None => self.summary.to_owned(),
        }
    }

    fn security(&self) -> Value {
        match self.need {
            Need::Nothing => json!([]),
            Need::Maybe => json!([{}, { "cookie": [] }, { "bearer": [] }]),
            Need::Session | Need::Fresh => json!([{ "cookie": [] }, { "bearer": [] }]),
        }
    }

    fn responses(&self, carries_session: bool) -> Value {
        let mut refused: BTreeMap<StatusCode, Vec<&Refusal>> = BTreeMap::new();
        for refusal in &self.refusals {
            refused.entry(refusal.status).or_default().push(refusal);
        }
        let answers =
            self.answers.iter().map(|answer| (answer.status(), answer.render(carries_session)));
        let refusals = refused.into_iter().map(|(status, told)| (status, refusal(status, &told)));
        answers.chain(refusals).map(|(status, said)| (status.as_str().to_owned(), said)).collect()
    }
}
