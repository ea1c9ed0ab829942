//! better-auth's providers and these make the same authorization URLs and the same users.

use std::{
    collections::BTreeMap,
    path::Path,
    process::{Command, Stdio},
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, Method, StatusCode, Uri},
    response::{IntoResponse, Response},
};
use database::{Database, DatabaseUrl};
use domain::Clock;
use mailer::Mailer;
use secrecy::SecretString;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value, json};
use url::{Url, form_urlencoded};

use super::{AuthorizationRequest, Definition, Discovered, Provider, UserInfo, UserInfoRequest};
use crate::{
    config::AuthConfig,
    context::Context,
    oauth::{ProviderConfig, Tokens},
};

/// A line of the oracle.
#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Case {
    Url(UrlCase),
    Profile(Box<ProfileCase>),
}

#[derive(Deserialize)]
struct UrlCase {
    provider: String,
    #[serde(default)]
    options: Map<String, Value>,
    /// The discovery document; null without one. Absent for better-auth's providers.
    #[serde(default, deserialize_with = "present")]
    discovery: Option<Option<Document>>,
    request: Requested,
    verifier: String,
    url: String,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Requested {
    scopes: Vec<String>,
    login_hint: Option<String>,
    nonce: Option<String>,
    additional_params: Map<String, Value>,
}

#[derive(Deserialize)]
struct ProfileCase {
    provider: String,
    variant: String,
    #[serde(default)]
    options: Map<String, Value>,
    /// As in [`UrlCase`].
    #[serde(default, deserialize_with = "present")]
    discovery: Option<Option<Document>>,
    tokens: CaseTokens,
    user: Option<Value>,
    nonce: Option<String>,
    answers: BTreeMap<String, Answer>,
    requests: Vec<Sent>,
    found: Option<Found>,
}

/// A discovery document.
#[derive(Clone, Deserialize)]
struct Document {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    userinfo_endpoint: String,
    jwks_uri: String,
    id_token_signing_alg_values_supported: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CaseTokens {
    access_token: Option<String>,
    id_token: Option<String>,
    openid: Option<String>,
}

/// An answer of the fake provider.
#[derive(Clone, Deserialize)]
struct Answer {
    status: u16,
    #[serde(default)]
    body: Value,
    text: Option<String>,
}

/// A request to the fake provider.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
struct Sent {
    key: String,
    authorization: Option<String>,
    version: Option<String>,
    body: Option<String>,
}

/// better-auth's user.
#[derive(Deserialize)]
struct Found {
    user: FoundUser,
    data: Value,
    subject: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FoundUser {
    name: Option<String>,
    email: Option<String>,
    email_verified: Option<bool>,
    image: Option<String>,
}

#[tokio::test]
async fn authorization_urls_and_users_are_better_auths() {
    let Some(lines) = lines() else { return };
    let fake = Fake::start().await;
    let folder = tempfile::tempdir().unwrap();
    let context = context(folder.path()).await;
    let (mut results, mut wrong) = (BTreeMap::<String, [[usize; 2]; 2]>::new(), Vec::new());
    for line in lines.lines() {
        let (provider, column, found) = match serde_json::from_str(line).unwrap() {
            Case::Url(case) => (row(&case.provider, &case.discovery), 0, differing_url(&case)),
            Case::Profile(case) => {
                let found = differing_user(&case, &context, &fake).await;
                (row(&case.provider, &case.discovery), 1, found)
            }
        };
        let [equal, all] = &mut results.entry(provider).or_default()[column];
        *equal += usize::from(found.is_none());
        *all += 1;
        wrong.extend(found);
    }
    println!("| provider | URLs equal | users equal |\n|---|---|---|");
    for (provider, [[urls, all_urls], [users, all_users]]) in &results {
        println!("| {provider} | {urls} of {all_urls} | {users} of {all_users} |");
    }
    assert!(wrong.is_empty(), "{} cases differ:\n{}", wrong.len(), wrong.join("\n"));
    for id in Definition::built_in().keys() {
        let [[urls, _], [users, _]] = results[id];
        assert!(urls >= 8 && users >= 3, "{id} {urls} {users}");
    }
    for id in examples().keys() {
        let [[urls, _], [users, _]] = results[&format!("{id} (file)")];
        assert!(urls == 2 && users >= 3, "{id} {urls} {users}");
    }
}

/// The oracle's cases, one a line. `None` without Node.js: the test is skipped.
fn lines() -> Option<String> {
    let clients = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/clients");
    let mut node = Command::new("node");
    node.arg("oauth-oracle.mjs").current_dir(&clients).env_remove("NODE_OPTIONS");
    let output = node.stderr(Stdio::inherit()).output().ok();
    let output = output.filter(|_| clients.join("node_modules/better-auth").exists());
    let Some(output) = output else {
        skips::skip(skips::CLIENTS);
        return None;
    };
    assert!(output.status.success(), "{}", output.status);
    Some(String::from_utf8(output.stdout).unwrap())
}

/// The name of a provider in the table.
fn row(id: &str, discovery: &Option<Option<Document>>) -> String {
    format!("{id}{}", if discovery.is_some() { " (file)" } else { "" })
}

/// Distinguishes null from an absent field.
fn present<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Option<Document>>, D::Error> {
    Option::deserialize(from).map(Some)
}

/// The definitions of `docs/providers.example.toml`, with their settings.
fn examples() -> BTreeMap<String, ProviderConfig> {
    let text = include_str!("../../../../../docs/providers.example.toml");
    let tables: BTreeMap<String, toml::Table> = toml::from_str(text).unwrap();
    let example = |(id, mut table): (String, toml::Table)| {
        let mut take =
            |key: &str| table.remove(key).map(|value| value.as_str().unwrap().to_owned());
        assert!(take("client_id").is_some() && take("client_secret_env").is_some(), "{id}");
        let (prompt, access_type) = (take("prompt"), take("access_type"));
        let mut definition: Definition = table.try_into().unwrap();
        definition.complete(&id);
        (id, ProviderConfig { prompt, access_type, ..settings(definition) })
    };
    tables.into_iter().map(example).collect()
}

/// The provider of a case, whose user info URL and key set `replace` changes.
fn provider(
    id: &str,
    options: &Map<String, Value>,
    discovery: &Option<Option<Document>>,
    replace: impl Fn(&str) -> String,
) -> Provider {
    let mut config = match discovery {
        None => config(id, options),
        Some(_) => examples().remove(id).unwrap(),
    };
    let definition = &mut config.definition;
    let real = definition.user_info_url.as_ref().map(|url| definition.expand(url).unwrap());
    definition.user_info_url = real.map(|url| replace(&url));
    let discovered = discovery.clone().flatten().map(|document| Discovered {
        issuer: Some(document.issuer),
        authorization_url: Some(document.authorization_endpoint),
        token_url: Some(document.token_endpoint),
        user_info_url: Some(replace(&document.userinfo_endpoint)),
        key_set_url: Some(replace(&document.jwks_uri)),
        algorithms: document.id_token_signing_alg_values_supported,
        end_session_url: None,
    });
    assert_eq!(config.definition.discovery_url.is_some(), discovered.is_some(), "{id}");
    Provider::new(config, discovered.as_ref()).unwrap()
}

async fn context(folder: &Path) -> Context {
    let url = Url::parse("http://localhost:3000").unwrap();
    let config = AuthConfig::new(url, "0123456789abcdefghijklmnopqrstuv".into()).unwrap();
    let db = Database::connect(&DatabaseUrl::sqlite(folder.join("b.db"))).await.unwrap();
    let mails = mailer::Config::new(mailer::TransportConfig::Off);
    let clock = Clock::system();
    let mailer = Mailer::new(mails, db.clone(), config.secrets.clone(), clock.clone()).unwrap();
    Context::new(config, db, mailer, clock)
}

/// What differs, if the URL does.
fn differing_url(case: &UrlCase) -> Option<String> {
    let UrlCase { provider: id, options, discovery, request, verifier, url: expected } = case;
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let additional: Vec<_> =
        request.additional_params.iter().map(|(name, value)| (name.clone(), text(value))).collect();
    let provider = provider(id, options, discovery, str::to_owned);
    assert_eq!(provider.requires_nonce(), request.nonce.is_some(), "{id}");
    let url = provider.authorization_url(&AuthorizationRequest {
        state: "state-of-the-sign-in",
        code_verifier: verifier,
        redirect_uri: &format!("http://localhost:3000/api/auth/callback/{id}"),
        scopes: &request.scopes,
        login_hint: request.login_hint.as_deref(),
        nonce: request.nonce.as_deref(),
        additional_params: &additional,
    });
    let url = url.unwrap();
    let parts = |url: &Url| {
        let mut pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
        pairs.sort();
        (url[..url::Position::AfterPath].to_owned(), pairs, url.fragment().map(str::to_owned))
    };
    let (ours, theirs) = (parts(&url), parts(&Url::parse(expected).unwrap()));
    (ours != theirs)
        .then(|| format!("{id} {options:?}\n  better-auth: {theirs:?}\n  ours:        {ours:?}"))
}

/// The examples whose profiles better-auth's helpers rewrite.
const HELPERS: [&str; 7] =
    ["gumroad", "hubspot", "line-jp", "microsoft-entra-id", "patreon", "slack", "yandex"];

/// What differs, if the user or the requests do.
async fn differing_user(case: &ProfileCase, context: &Context, fake: &Fake) -> Option<String> {
    let ProfileCase { provider: id, variant, options, discovery, tokens, user, answers, .. } = case;
    let provider = provider(id, options, discovery, |url| fake.url_of(url));
    fake.expect(answers);
    let tokens = Tokens {
        access_token: tokens.access_token.clone(),
        id_token: tokens.id_token.clone(),
        openid: tokens.openid.clone(),
        ..Tokens::default()
    };
    let request = UserInfoRequest {
        first_sign_in_user: user.as_ref(),
        expected_nonce: case.nonce.as_deref(),
    };
    let found = provider.user_info(context, &tokens, request).await;
    let mut expected = case.found.as_ref().map(user_of);
    let mut found = found.map(|user| UserInfo { data: without_nulls(user.data), ..user });
    if HELPERS.contains(&&**id) && discovery.is_some() {
        // better-auth's helpers reduce the profile to the user.
        let all = [&mut expected, &mut found];
        all.into_iter().flatten().for_each(|user| user.data = Value::Null);
    }
    let sent = fake.sent();
    // A refusal may need fewer requests.
    let requests = if found.is_some() { sorted(&case.requests) } else { sent.clone() };
    let equal = expected == found && requests == sent;
    (!equal).then(|| {
        format!(
            "{id}, {variant}\n  better-auth: {expected:?} {requests:?}\n  ours:        {found:?} \
             {sent:?}"
        )
    })
}

fn user_of(Found { user, data, subject }: &Found) -> UserInfo {
    UserInfo {
        name: user.name.clone(),
        email: user.email.clone(),
        email_verified: user.email_verified.unwrap_or_default(),
        image: user.image.clone(),
        data: without_nulls(data.clone()),
        subject: subject.clone(),
    }
}

/// JavaScript's `undefined` is not written, and `null` has the same meaning.
fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let kept = map.into_iter().filter(|(_, value)| !value.is_null());
            kept.map(|(name, value)| (name, without_nulls(value))).collect()
        }
        Value::Array(items) => items.into_iter().map(without_nulls).collect(),
        value => value,
    }
}

/// Settings without choices.
fn settings(definition: Definition) -> ProviderConfig {
    ProviderConfig {
        definition,
        client_ids: vec!["client-id".to_owned()],
        client_secret: Some(SecretString::from("client-secret")),
        scopes: Vec::new(),
        no_default_scopes: false,
        prompt: None,
        access_type: None,
        disable_sign_up: false,
        disable_implicit_sign_up: false,
        override_user_info: false,
        require_email_verification: false,
        disable_id_token: false,
    }
}

/// The settings of a provider, from better-auth's options.
pub(crate) fn config(id: &str, options: &Map<String, Value>) -> ProviderConfig {
    let mut config = settings(Definition::built_in().remove(id).unwrap());
    for (name, value) in options {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let texts = || serde_json::from_value(value.clone()).unwrap();
        match &**name {
            "clientId" => config.client_ids = texts(),
            "scope" => config.scopes = texts(),
            "disableDefaultScope" => config.no_default_scopes = *value == json!(true),
            "prompt" => config.prompt = Some(text),
            "accessType" => config.access_type = Some(text),
            name => config.definition.set_variable(&snake_case(name), &text).unwrap(),
        }
    }
    config
}

fn snake_case(name: &str) -> String {
    let letter = |c: char| {
        let split = c.is_ascii_uppercase().then_some('_');
        split.into_iter().chain([c.to_ascii_lowercase()])
    };
    name.chars().flat_map(letter).collect()
}

/// All providers, on loopback: the path of a URL starts with the host.
#[derive(Clone)]
struct Fake {
    origin: String,
    state: Arc<Mutex<FakeState>>,
}

#[derive(Default)]
struct FakeState {
    answers: BTreeMap<String, Answer>,
    sent: Vec<Sent>,
}

impl Fake {
    async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let fake = Self { origin, state: Arc::default() };
        let router = Router::new().fallback(answer).with_state(fake.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        fake
    }

    fn url_of(&self, real: &str) -> String {
        format!("{}/{}", self.origin, real.strip_prefix("https://").unwrap())
    }

    fn expect(&self, answers: &BTreeMap<String, Answer>) {
        let normal = answers.iter().map(|(key, answer)| {
            let (method, url) = key.split_once(' ').unwrap();
            (key_of(method, &Url::parse(url).unwrap()), answer.clone())
        });
        *self.state.lock().unwrap() = FakeState { answers: normal.collect(), sent: vec![] };
    }

    fn sent(&self) -> Vec<Sent> {
        sorted(&self.state.lock().unwrap().sent)
    }
}

async fn answer(
    State(fake): State<Fake>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let url = Url::parse(&format!("https:/{uri}")).unwrap();
    let key = key_of(method.as_str(), &url);
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap().to_owned());
    let mut state = fake.state.lock().unwrap();
    state.sent.push(Sent {
        key: key.clone(),
        authorization: text("authorization"),
        version: text("notion-version"),
        body: (!body.is_empty()).then(|| String::from_utf8(body.to_vec()).unwrap()),
    });
    match state.answers.get(&key) {
        None => (StatusCode::NOT_FOUND, "{}").into_response(),
        Some(Answer { status, body, text }) => {
            let status = StatusCode::from_u16(*status).unwrap();
            (status, text.clone().unwrap_or_else(|| body.to_string())).into_response()
        }
    }
}

/// A request without the encoding and the order of its query.
fn key_of(method: &str, url: &Url) -> String {
    let path = percent_encoding::percent_decode_str(url.path()).decode_utf8().unwrap();
    let mut query: Vec<_> =
        url.query_pairs().map(|(name, value)| format!("{name}={value}")).collect();
    query.sort();
    let query = query.join("&");
    let separator = if query.is_empty() { "" } else { "?" };
    format!("{method} {}{path}{separator}{query}", url.origin().ascii_serialization())
}

/// Requests without the order in which they were sent, and bodies without their spelling.
fn sorted(sent: &[Sent]) -> Vec<Sent> {
    let mut sent: Vec<_> = sent
        .iter()
        // Key sets are cached.
        .filter(|sent| !sent.key.ends_with("/jwks.json"))
        .map(|sent| Sent { body: sent.body.as_deref().and_then(body), ..sent.clone() })
        .collect();
    sent.sort();
    sent
}

fn body(text: &str) -> Option<String> {
    match serde_json::from_str::<Value>(text) {
        Ok(Value::Null) => None,
        Ok(document) => {
            let query = document["query"].as_str().unwrap();
            Some(query.split_whitespace().collect::<Vec<_>>().join(" "))
        }
        Err(_) => {
            let pairs = form_urlencoded::parse(text.as_bytes());
            let mut pairs: Vec<_> = pairs.map(|(name, value)| format!("{name}={value}")).collect();
            pairs.sort();
            Some(pairs.join("&"))
        }
    }
}
