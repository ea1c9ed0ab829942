//! Identity providers on this machine whose answers a test chooses.
//!
//! One server has the endpoints of every provider, below its id: `token`, `user`, `user/emails`,
//! `keys` and `.well-known/openid-configuration`. The test itself is the browser at the provider:
//! [`FakeProviders::authorize`] turns an authorization URL into the callback URL.

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

/// The state of a provider, which a test changes by [`FakeProviders::change`].
#[derive(Clone, Debug, Default)]
pub(crate) struct ProviderState {
    /// The account that signs in next, as the user info endpoint returns it.
    pub(crate) user: Value,
    /// The addresses of the account, as GitHub returns them.
    pub(crate) emails: Value,
    /// Claims of id tokens besides those of `user`; null removes a claim.
    pub(crate) claims: Map<String, Value>,
    /// How id tokens are signed.
    pub(crate) signature: Signature,
    /// Whether the key set contains the key of [`Signature::UnknownKey`].
    pub(crate) keys_rotated: bool,
    /// Members of the token endpoint's answers; null removes a member.
    pub(crate) tokens: Map<String, Value>,
    /// Misbehaving endpoints, by name.
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

/// What a code or a token grants: the account, and the parameters of the authorization URL.
#[derive(Clone, Debug)]
struct Grant {
    state: ProviderState,
    query: BTreeMap<String, String>,
}

/// What the providers remember.
struct Shared {
    clock: Clock,
    url: String,
    states: Mutex<HashMap<String, ProviderState>>,
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
            states: Mutex::default(),
            requests: Mutex::default(),
            codes: Mutex::default(),
            access_tokens: Mutex::default(),
            refresh_tokens: Mutex::default(),
        });
        let router = Router::new()
            .route("/{provider}/{*endpoint}", any(endpoints::answer))
            .with_state(Arc::clone(&shared));
        tokio::spawn(async { axum::serve(listener, router).await });
        Self { shared }
    }

    /// Returns the URL of an endpoint.
    pub(crate) fn url(&self, provider: &str, endpoint: &str) -> String {
        self.shared.endpoint_url(provider, endpoint)
    }

    /// Returns environment variables with better-auth's providers among these ones, at the
    /// endpoints of the fake. Authorization URLs stay the provider's own: nothing requests them.
    pub(crate) fn variables(&self, providers: &[&str]) -> Vec<(String, String)> {
        let of_provider = |provider: &&str| {
            let name = provider.to_uppercase();
            let endpoint = |endpoint| self.url(provider, endpoint);
            [
                ("CLIENT_ID", format!("{provider}-client")),
                ("CLIENT_SECRET", format!("{provider}-secret")),
                ("TOKEN_URL", endpoint("token")),
                ("USER_INFO_URL", endpoint("user")),
                ("KEY_SET_URL", endpoint("keys")),
            ]
            .map(|(setting, value)| (format!("AUTH_{name}_{setting}"), value))
        };
        let built_in = providers.iter().filter(|provider| !has_discovery(provider));
        built_in.flat_map(of_provider).collect()
    }

    /// Returns the file of providers with the others among these ones, found by discovery.
    pub(crate) fn file(&self, providers: &[&str]) -> String {
        let table = |provider: &&str| {
            let discovery = self.url(provider, ".well-known/openid-configuration");
            format!(
                "[{provider}]\nclient_id = \"{provider}-client\"\nclient_secret = \
                 \"{provider}-secret\"\ndiscovery_url = \"{discovery}\"\n"
            )
        };
        providers.iter().filter(|provider| has_discovery(provider)).map(table).collect()
    }

    /// Changes the state of a provider.
    pub(crate) fn change(&self, provider: &str, change: impl FnOnce(&mut ProviderState)) {
        self.shared.with_state(provider, change);
    }

    /// Sets the account that signs in next: its subject and its address.
    pub(crate) fn set_account(&self, provider: &str, subject: &str, email: &str, verified: bool) {
        self.change(provider, |state| {
            let account = account(provider, subject, email, verified);
            (state.user, state.emails) = (account.user, account.emails);
        });
    }

    /// Lets an endpoint of a provider misbehave.
    pub(crate) fn break_endpoint(&self, provider: &str, endpoint: &'static str, fault: Fault) {
        self.change(provider, |state| _ = state.faults.insert(endpoint, fault));
    }

    /// Returns the requests so far to an endpoint of a provider.
    pub(crate) fn requests(&self, provider: &str, endpoint: &str) -> Vec<ProviderRequest> {
        let requests = self.shared.requests.lock().unwrap();
        let wanted = requests
            .iter()
            .filter(|request| request.provider == provider && request.endpoint == endpoint);
        wanted.cloned().collect()
    }

    /// Signs in at the provider as the current account, and returns the path and query of the
    /// callback with a code.
    pub(crate) fn authorize(&self, provider: &str, authorization_url: &str) -> String {
        let query = query_of(authorization_url);
        let code = domain::id::random_alphanumeric();
        let mut answer = vec![("code", code.clone()), ("state", query["state"].clone())];
        if let Some(issuer) = self.shared.answered_issuer(provider) {
            answer.push(("iss", issuer));
        }
        let callback = callback(&query, &answer);
        let state = self.shared.with_state(provider, |state| state.clone());
        self.shared.codes.lock().unwrap().insert(code, Grant { state, query });
        callback
    }

    /// Refuses at the provider, and returns the path and query of the callback with an error.
    pub(crate) fn refuse(authorization_url: &str, error: &str) -> String {
        let query = query_of(authorization_url);
        let answer = [("error", error.to_owned()), ("state", query["state"].clone())];
        callback(&query, &answer)
    }

    /// Returns an id token of the current account as native apps receive it.
    pub(crate) fn id_token(&self, provider: &str, nonce: Option<&str>) -> String {
        let state = self.shared.with_state(provider, |state| state.clone());
        self.shared.id_token(provider, &state, nonce)
    }
}

impl Shared {
    fn with_state<T>(&self, provider: &str, work: impl FnOnce(&mut ProviderState) -> T) -> T {
        let mut states = self.states.lock().unwrap();
        let first = || account(provider, "1001", "ann@example.com", true);
        work(states.entry(provider.to_owned()).or_insert_with(first))
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

    /// Returns the issuer in answers to authorization requests. (RFC 9207)
    fn answered_issuer(&self, provider: &str) -> Option<String> {
        has_discovery(provider).then(|| self.issuer(provider))
    }

    fn id_token(&self, provider: &str, state: &ProviderState, nonce: Option<&str>) -> String {
        let now = self.clock.now().timestamp();
        let mut claims = json!({ "iss": self.issuer(provider), "aud": format!("{provider}-client"),
            "iat": now, "exp": now + 3600 });
        merge(&mut claims, state.user.as_object().unwrap());
        if let Some(nonce) = nonce {
            claims["nonce"] = json!(nonce);
        }
        merge(&mut claims, &state.claims);
        signing::id_token(&claims, state.signature)
    }
}

/// Returns whether a provider is one of a file, found by discovery.
fn has_discovery(provider: &str) -> bool {
    !matches!(provider, "github" | "google" | "apple")
}

/// Returns the state with an account.
fn account(provider: &str, subject: &str, email: &str, verified: bool) -> ProviderState {
    let (name, image) = ("Ann Example", "https://images.example/ann.png");
    let user = if provider == "github" {
        json!({ "id": subject.parse::<u64>().unwrap(), "login": format!("user-{subject}"),
            "name": name, "email": email, "avatar_url": image })
    } else {
        json!({ "sub": subject, "name": name, "email": email, "email_verified": verified,
            "picture": image })
    };
    let emails = json!([{ "email": email, "primary": true, "verified": verified }]);
    ProviderState { user, emails, ..ProviderState::default() }
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

/// Returns the path and query of the callback URL with the answer.
fn callback(query: &BTreeMap<String, String>, answer: &[(&str, String)]) -> String {
    let mut url = Url::parse(&query["redirect_uri"]).unwrap();
    url.query_pairs_mut().extend_pairs(answer);
    format!("{}?{}", url.path(), url.query().unwrap())
}
