//! Fake identity providers whose responses a test sets.
//!
//! One server has the endpoints of every provider, below its id: `token`, `user`, `user/emails`,
//! `keys` and `.well-known/openid-configuration`. Discovery also names `authorize`, which responds
//! with 404: the test itself is the browser at the provider. [`FakeProviders::authorize`] turns an
//! authorization URL into the callback URL.
//!
//! Until [`FakeProviders::set_account`], the subject is 1001 and the email address
//! `ann@example.com`.

mod endpoints;
mod fault;
mod signing;

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex},
};

use axum::{Router, routing::any};
use domain::Clock;
pub(crate) use fault::Fault;
use serde_json::{Map, Value, json};
pub(crate) use signing::Signature;
use tokio::net::TcpListener;
use url::Url;

/// What a provider returns. A test changes it by [`FakeProviders::change`].
#[derive(Clone, Debug, Default)]
pub(crate) struct FakeProviderConfig {
    /// The provider account that signs in next, as the user info endpoint returns it.
    pub(crate) user: Value,
    /// The email addresses of the provider account, as GitHub returns them.
    pub(crate) emails: Value,
    /// Claims of id tokens besides those of `user`; null removes a claim.
    pub(crate) claims: Map<String, Value>,
    /// How id tokens are signed.
    pub(crate) signature: Signature,
    /// Whether the JWKS contains the key of [`Signature::UnknownKey`].
    pub(crate) keys_rotated: bool,
    /// Members of token responses; null removes a member.
    pub(crate) tokens: Map<String, Value>,
    /// The faults of endpoints, by name.
    pub(crate) faults: HashMap<&'static str, Fault>,
}

/// A request that a provider received.
#[derive(Clone, Debug)]
pub(crate) struct ProviderRequest {
    pub(crate) provider: String,
    pub(crate) endpoint: String,
    pub(crate) authorization: Option<String>,
    /// Parameters of the query and of the form.
    pub(crate) parameters: BTreeMap<String, String>,
}

/// What a code or a token grants: the provider account, and the parameters of the authorization
/// URL.
#[derive(Clone, Debug)]
struct Grant {
    config: FakeProviderConfig,
    query: BTreeMap<String, String>,
}

/// The data of all providers.
struct Shared {
    clock: Clock,
    url: String,
    configs: Mutex<HashMap<String, FakeProviderConfig>>,
    requests: Mutex<Vec<ProviderRequest>>,
    codes: Mutex<HashMap<String, Grant>>,
    access_tokens: Mutex<HashMap<String, Grant>>,
    refresh_tokens: Mutex<HashMap<String, Grant>>,
}

/// The running providers, which end with the test.
pub(crate) struct FakeProviders {
    shared: Arc<Shared>,
}

impl FakeProviders {
    /// Starts the providers on a free port. Their tokens have the times of `clock`.
    pub(crate) async fn start(clock: &Clock) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let shared = Arc::new(Shared {
            clock: clock.clone(),
            url,
            configs: Mutex::default(),
            requests: Mutex::default(),
            codes: Mutex::default(),
            access_tokens: Mutex::default(),
            refresh_tokens: Mutex::default(),
        });
        let router = Router::new()
            .route("/{provider}/{*endpoint}", any(endpoints::response))
            .with_state(Arc::clone(&shared));
        tokio::spawn(async { axum::serve(listener, router).await });
        Self { shared }
    }

    /// Returns the URL of an endpoint.
    pub(crate) fn url(&self, provider: &str, endpoint: &str) -> String {
        self.shared.endpoint_url(provider, endpoint)
    }

    /// Returns the variables that configure the built-in providers in `providers`, and ignores the
    /// others. Authorization URLs stay the provider's own: nothing requests them.
    pub(crate) fn variables(&self, providers: &[&str]) -> Vec<(String, String)> {
        let of_provider = |provider: &&str| {
            let name = provider.to_uppercase();
            let endpoint = |endpoint| self.url(provider, endpoint);
            [
                ("CLIENT_ID", format!("{provider}-client")),
                ("CLIENT_SECRET", format!("{provider}-secret")),
                ("TOKEN_URL", endpoint("token")),
                ("USER_INFO_URL", endpoint("user")),
                ("JWKS_URL", endpoint("keys")),
            ]
            .map(|(setting, value)| (format!("AUTH_{name}_{setting}"), value))
        };
        let built_in = providers.iter().filter(|provider| !is_custom(provider));
        built_in.flat_map(of_provider).collect()
    }

    /// Returns a file of providers with the custom providers in `providers`.
    pub(crate) fn file(&self, providers: &[&str]) -> String {
        let table = |provider: &&str| {
            let discovery = self.url(provider, ".well-known/openid-configuration");
            format!(
                "[{provider}]\nclient_id = \"{provider}-client\"\nclient_secret = \
                 \"{provider}-secret\"\ndiscovery_url = \"{discovery}\"\n"
            )
        };
        providers.iter().filter(|provider| is_custom(provider)).map(table).collect()
    }

    /// Changes what a provider returns.
    pub(crate) fn change(&self, provider: &str, change: impl FnOnce(&mut FakeProviderConfig)) {
        self.shared.with_config(provider, change);
    }

    /// Sets the provider account that signs in next: its subject and its email address.
    pub(crate) fn set_account(&self, provider: &str, subject: &str, email: &str, verified: bool) {
        self.change(provider, |config| {
            let account = account(provider, subject, email, verified);
            (config.user, config.emails) = (account.user, account.emails);
        });
    }

    /// Makes an endpoint of a provider return a fault.
    pub(crate) fn break_endpoint(&self, provider: &str, endpoint: &'static str, fault: Fault) {
        self.change(provider, |config| _ = config.faults.insert(endpoint, fault));
    }

    /// Returns the requests so far to an endpoint of a provider.
    pub(crate) fn requests(&self, provider: &str, endpoint: &str) -> Vec<ProviderRequest> {
        let requests = self.shared.requests.lock().unwrap();
        let wanted = requests
            .iter()
            .filter(|request| request.provider == provider && request.endpoint == endpoint);
        wanted.cloned().collect()
    }

    /// Signs in at the provider as the current provider account, and returns the path and query of
    /// the callback with a code.
    pub(crate) fn authorize(&self, provider: &str, authorization_url: &str) -> String {
        let query = query_of(authorization_url);
        let code = domain::id::random_alphanumeric();
        let mut response = vec![("code", code.clone()), ("state", query["state"].clone())];
        if let Some(issuer) = self.shared.response_issuer(provider) {
            response.push(("iss", issuer));
        }
        let callback = callback(&query, &response);
        let config = self.shared.with_config(provider, |config| config.clone());
        self.shared.codes.lock().unwrap().insert(code, Grant { config, query });
        callback
    }

    /// Refuses at the provider, and returns the path and query of the callback with an error.
    pub(crate) fn refuse(authorization_url: &str, error: &str) -> String {
        let query = query_of(authorization_url);
        let response = [("error", error.to_owned()), ("state", query["state"].clone())];
        callback(&query, &response)
    }

    /// Returns an id token of the current provider account, as native apps receive it.
    pub(crate) fn id_token(&self, provider: &str, nonce: Option<&str>) -> String {
        let config = self.shared.with_config(provider, |config| config.clone());
        self.shared.id_token(provider, &config, nonce)
    }
}

impl Shared {
    fn with_config<T>(&self, provider: &str, work: impl FnOnce(&mut FakeProviderConfig) -> T) -> T {
        let mut configs = self.configs.lock().unwrap();
        let first = || account(provider, "1001", "ann@example.com", true);
        work(configs.entry(provider.to_owned()).or_insert_with(first))
    }

    fn endpoint_url(&self, provider: &str, endpoint: &str) -> String {
        format!("{}/{provider}/{endpoint}", self.url)
    }

    /// Returns the issuer in id tokens.
    fn issuer(&self, provider: &str) -> String {
        match provider {
            "google" => "https://accounts.google.com".to_owned(),
            "apple" => "https://appleid.apple.com".to_owned(),
            _ => format!("{}/{provider}", self.url),
        }
    }

    /// Returns the issuer in authorization responses. (RFC 9207)
    fn response_issuer(&self, provider: &str) -> Option<String> {
        is_custom(provider).then(|| self.issuer(provider))
    }

    fn id_token(&self, provider: &str, config: &FakeProviderConfig, nonce: Option<&str>) -> String {
        let now = self.clock.now().timestamp();
        let mut claims = json!({ "iss": self.issuer(provider), "aud": format!("{provider}-client"),
            "iat": now, "exp": now + 3600 });
        merge(&mut claims, config.user.as_object().unwrap());
        if let Some(nonce) = nonce {
            claims["nonce"] = json!(nonce);
        }
        merge(&mut claims, &config.claims);
        signing::id_token(&claims, config.signature)
    }
}

/// The built-in providers that tests use. All others are custom providers with discovery.
const BUILT_IN: [&str; 3] = ["github", "google", "apple"];

fn is_custom(provider: &str) -> bool {
    !BUILT_IN.contains(&provider)
}

/// Returns the configuration with a provider account.
fn account(provider: &str, subject: &str, email: &str, verified: bool) -> FakeProviderConfig {
    let (name, image) = ("Ann Example", "https://images.example/ann.png");
    let user = if provider == "github" {
        json!({ "id": subject.parse::<u64>().unwrap(), "login": format!("user-{subject}"),
            "name": name, "email": email, "avatar_url": image })
    } else {
        json!({ "sub": subject, "name": name, "email": email, "email_verified": verified,
            "picture": image })
    };
    let emails = json!([{ "email": email, "primary": true, "verified": verified }]);
    FakeProviderConfig { user, emails, ..FakeProviderConfig::default() }
}

/// Sets the members of `changes` in `object`; null removes a member.
fn merge(object: &mut Value, changes: &Map<String, Value>) {
    let object = object.as_object_mut().unwrap();
    for (name, value) in changes {
        if value.is_null() {
            object.remove(name);
        } else {
            object.insert(name.clone(), value.clone());
        }
    }
}

fn query_of(url: &str) -> BTreeMap<String, String> {
    Url::parse(url).unwrap().query_pairs().into_owned().collect()
}

/// Returns the path and query of the callback URL with an authorization response.
fn callback(query: &BTreeMap<String, String>, response: &[(&str, String)]) -> String {
    let mut url = Url::parse(&query["redirect_uri"]).unwrap();
    url.query_pairs_mut().extend_pairs(response);
    format!("{}?{}", url.path(), url.query().unwrap())
}
