//! One method of one route, described by its module.

use std::collections::BTreeMap;

use axum::http::{Method, StatusCode};
use serde_json::{Map, Value, json};

use super::{
    Settings,
    response::{ApiResponse, refusal},
    schema::{Field, Schema},
};
use crate::{
    captcha::{Captcha, MISSING_RESPONSE, UNKNOWN_ERROR, VERIFICATION_FAILED},
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
    plugin::Plugin,
    session::SESSION_NOT_FRESH,
};

/// Whether a route requires a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Need {
    Nothing,
    /// Optional.
    Maybe,
    Session,
    /// A fresh session.
    Fresh,
}

/// One method of one route. Refusals of all routes, such as 429, are added to those of the
/// module.
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
    /// Whether the route uses the database, which may fail.
    uses_database: bool,
    parameters: Vec<Value>,
    body: Option<Value>,
    responses: Vec<ApiResponse>,
    refusals: Vec<Refusal>,
    #[cfg(test)]
    pub(super) inputs: Vec<super::tests::Documented>,
}

impl Operation {
    /// `GET path`. The id is better-auth's, which generated clients use as a name.
    pub(crate) fn get(path: &'static str, id: &'static str, summary: &'static str) -> Self {
        Self {
            method: Method::GET,
            path,
            id,
            summary,
            description: String::new(),
            alias_of: None,
            need: Need::Nothing,
            uses_database: true,
            parameters: Vec::new(),
            body: None,
            responses: Vec::new(),
            refusals: Vec::new(),
            #[cfg(test)]
            inputs: Vec::new(),
        }
    }

    /// `POST path`, which is refused for untrusted pages.
    pub(crate) fn post(path: &'static str, id: &'static str, summary: &'static str) -> Self {
        Self { method: Method::POST, ..Self::get(path, id, summary) }
            .refuses([INVALID_ORIGIN, MISSING_OR_NULL_ORIGIN])
    }

    /// The same handler at another path.
    pub(crate) fn alias(self, path: &'static str, id: &'static str) -> Self {
        let alias_of = Some(format!("{} {}", self.method, self.path));
        Self { path, id, alias_of, ..self }
    }

    /// Details beyond the summary.
    pub(crate) fn described(self, description: &str) -> Self {
        Self { description: description.to_owned(), ..self }
    }

    /// The route cannot fail: it does not use the database.
    pub(crate) fn unfailing(self) -> Self {
        Self { uses_database: false, ..self }
    }

    /// The route requires a session ([`CurrentSession`](crate::session::CurrentSession)).
    pub(crate) fn session(self) -> Self {
        Self { need: Need::Session, ..self }.refuses([UNAUTHORIZED])
    }

    /// The route requires a fresh session ([`FreshSession`](crate::session::FreshSession)).
    pub(crate) fn fresh_session(self) -> Self {
        Self { need: Need::Fresh, ..self.session() }
    }

    /// The route uses a session if there is one ([`MaybeSession`](crate::session::MaybeSession)).
    pub(crate) fn maybe_session(self) -> Self {
        Self { need: Need::Maybe, ..self }
    }

    /// A parameter of the path.
    pub(crate) fn in_path(self, name: &'static str, schema: Schema) -> Self {
        self.parameter("path", Field { name, schema, required: true })
    }

    /// Values of the query that no input checks.
    pub(crate) fn raw_query(self, fields: impl IntoIterator<Item = Field>) -> Self {
        fields.into_iter().fold(self, |operation, field| operation.parameter("query", field))
    }

    /// Values of the query that an input checks.
    pub(crate) fn query<T: Input>(self, fields: impl IntoIterator<Item = Field>) -> Self {
        let fields: Vec<_> = fields.into_iter().collect();
        let targets: Vec<_> =
            fields.iter().flat_map(|field| origin::refusals_of(field.name, false)).collect();
        self.read_by::<T>(&Schema::object(fields.clone()))
            .refuses([VALIDATION_ERROR])
            .refuses(targets)
            .raw_query(fields.into_iter().map(Field::into_input))
    }

    fn parameter(mut self, location: &str, field: Field) -> Self {
        let Field { name, schema, required } = field;
        let schema = schema.into_value();
        self.parameters.push(json!({
            "name": name, "in": location, "required": required, "schema": schema,
        }));
        self
    }

    /// A JSON body that an input checks.
    pub(crate) fn takes<T: Input>(self, schema: Schema) -> Self {
        self.takes_body::<T>(schema, false)
    }

    /// A body as JSON or a browser's form, that an input checks.
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

    /// A JSON body that is one of these objects, which an input checks.
    pub(crate) fn takes_one_of(mut self, objects: impl IntoIterator<Item = Schema>) -> Self {
        let schema = Schema::any_of(objects.into_iter().map(Schema::into_input));
        let content = json!({ JSON: { "schema": schema.into_value() } });
        self.body = Some(json!({ "required": true, "content": content }));
        self.refuses([BAD_REQUEST, VALIDATION_ERROR, PAYLOAD_TOO_LARGE, UNSUPPORTED_MEDIA_TYPE])
    }

    /// Records the input of the description for a test.
    #[cfg(test)]
    fn read_by<T: Input>(mut self, schema: &Schema) -> Self {
        self.inputs.push(super::tests::Documented::by::<T>(schema.clone()));
        self
    }

    #[cfg(not(test))]
    fn read_by<T: Input>(self, _: &Schema) -> Self {
        self
    }

    /// Adds a successful response.
    pub(crate) fn responds(mut self, response: ApiResponse) -> Self {
        self.responses.push(response);
        self
    }

    /// Adds refusals, by their constants.
    pub(crate) fn refuses<R: Into<Refusal>>(mut self, all: impl IntoIterator<Item = R>) -> Self {
        self.refusals.extend(all.into_iter().map(Into::into));
        self
    }

    /// Adds refusals if a condition is met.
    pub(crate) fn refuses_if(
        self,
        condition: bool,
        codes: impl IntoIterator<Item = ErrorCode>,
    ) -> Self {
        if condition { self.refuses(codes) } else { self }
    }

    /// The operation in the document, under `tag`.
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
        // The store of rate limits may fail, too.
        let counts = config.limit.on && config.limit.storage != Storage::Memory;
        let may_fail = self.uses_database || counts;
        let limited = config.limit.on.then_some(TOO_MANY_REQUESTS);
        let plugins = &config.plugins;
        let is_guarded = plugins.has(Plugin::Captcha)
            && plugins.captcha.secret_key.is_some()
            && Captcha::may_guard(&plugins.captcha, &self.method, self.path);
        self.refuses_if(ages, [SESSION_NOT_FRESH])
            .refuses_if(is_guarded, [MISSING_RESPONSE, VERIFICATION_FAILED, UNKNOWN_ERROR])
            .refuses_if(may_fail, [INTERNAL_SERVER_ERROR, SERVICE_UNAVAILABLE])
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

    fn responses(&self, extends_session: bool) -> Value {
        let mut refused: BTreeMap<StatusCode, Vec<&Refusal>> = BTreeMap::new();
        for refusal in &self.refusals {
            refused.entry(refusal.status).or_default().push(refusal);
        }
        let successes = self.responses.iter();
        let successes =
            successes.map(|response| (response.status(), response.render(extends_session)));
        let refusals = refused.into_iter().map(|(status, all)| (status, refusal(status, &all)));
        let all = successes.chain(refusals);
        all.map(|(status, response)| (status.as_str().to_owned(), response)).collect()
    }
}
