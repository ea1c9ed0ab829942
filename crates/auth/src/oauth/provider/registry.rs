//! The configured providers.

use std::sync::{Arc, OnceLock};

use http_client::HttpClient;

use super::{DefinitionError, Provider, resolve::Discovered};
use crate::oauth::{
    config::{Config, ProviderConfig},
    discovery::Discovery,
};

/// The configured providers, in the order of the settings.
#[derive(Debug, Default)]
pub(crate) struct Providers(Vec<Slot>);

/// A configured provider, which is absent until its discovery succeeds.
#[derive(Debug)]
pub(crate) struct Slot {
    pub(crate) config: ProviderConfig,
    pub(crate) discovery: Discovery,
    provider: OnceLock<Arc<Provider>>,
}

impl Providers {
    /// The providers of the settings. One whose definition does not work is logged and absent.
    pub(crate) fn new(config: &Config) -> Self {
        let slots = config.providers.iter().map(|config| {
            let (discovery, provider) = (Discovery::default(), OnceLock::new());
            let slot = Slot { config: config.clone(), discovery, provider };
            if !slot.is_discovered()
                && let Err(error) = slot.fill(None)
            {
                tracing::error!(provider = config.definition.id, %error, "provider is absent");
            }
            slot
        });
        Self(slots.collect())
    }

    /// The provider with this id. A provider whose discovery failed is discovered again.
    pub(crate) async fn find(&self, http: &HttpClient, id: &str) -> Option<Arc<Provider>> {
        let slot = self.0.iter().find(|slot| slot.config.definition.id == id)?;
        match slot.present() {
            None if slot.is_discovered() => Box::pin(slot.discover(http)).await,
            present => present,
        }
    }

    /// The providers that can be used now.
    pub(crate) fn list(&self) -> Vec<Arc<Provider>> {
        self.0.iter().filter_map(Slot::present).collect()
    }

    /// The name for people of the provider with this id.
    pub(crate) fn name(&self, id: &str) -> Option<&str> {
        let definitions = self.0.iter().map(|slot| &slot.config.definition);
        definitions.filter(|definition| definition.id == id).map(|found| &*found.name).next()
    }

    /// The ids of the providers whose discovery did not succeed yet.
    pub(crate) fn undiscovered(&self) -> impl Iterator<Item = &str> {
        let absent = self.0.iter().filter(|slot| slot.is_discovered() && slot.present().is_none());
        absent.map(|slot| slot.config.definition.id.as_str())
    }
}

impl Slot {
    /// Whether a document names the provider's URLs.
    fn is_discovered(&self) -> bool {
        self.config.definition.discovery_url.is_some()
    }

    /// The provider, if it can be used now.
    pub(crate) fn present(&self) -> Option<Arc<Provider>> {
        self.provider.get().cloned()
    }

    /// Makes the provider present, with what discovery found.
    pub(crate) fn fill(
        &self,
        discovered: Option<&Discovered>,
    ) -> Result<Arc<Provider>, DefinitionError> {
        let provider = Provider::new(self.config.clone(), discovered)?;
        Ok(Arc::clone(self.provider.get_or_init(|| Arc::new(provider))))
    }
}
