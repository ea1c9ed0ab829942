//! The configured providers.

use std::sync::{Arc, OnceLock};

use super::{Provider, resolve::Discovered};
use crate::{
    context::Context,
    oauth::config::{Config, ProviderConfig},
};

/// The configured providers, in the order of the settings.
#[derive(Debug, Default)]
pub(crate) struct Providers(Vec<Slot>);

/// A configured provider, which is absent until its discovery succeeds.
#[derive(Debug)]
pub(crate) struct Slot {
    pub(crate) config: ProviderConfig,
    provider: OnceLock<Arc<Provider>>,
}

impl Providers {
    /// The providers of the settings. One whose definition does not work is logged and absent.
    pub(crate) fn new(config: &Config) -> Self {
        let slots = config.providers.iter().map(|config| {
            let slot = Slot { config: config.clone(), provider: OnceLock::new() };
            if config.definition.discovery_url.is_none() {
                slot.fill(None);
            }
            slot
        });
        Self(slots.collect())
    }

    /// The provider with this id. A provider whose discovery failed is discovered again.
    pub(crate) async fn find(&self, context: &Context, id: &str) -> Option<Arc<Provider>> {
        let slot = self.0.iter().find(|slot| slot.config.definition.id == id)?;
        if let Some(provider) = slot.provider.get() {
            return Some(provider.clone());
        }
        slot.discover(context).await
    }

    /// The providers that can be used now.
    pub(crate) fn list(&self) -> Vec<Arc<Provider>> {
        self.0.iter().filter_map(|slot| slot.provider.get().cloned()).collect()
    }

    /// The providers whose discovery did not succeed yet.
    pub(crate) fn undiscovered(&self) -> impl Iterator<Item = &Slot> {
        self.0.iter().filter(|slot| slot.provider.get().is_none())
    }
}

impl Slot {
    /// Makes the provider present, with what discovery found. Logs why it cannot be.
    pub(crate) fn fill(&self, discovered: Option<&Discovered>) -> Option<Arc<Provider>> {
        match Provider::new(self.config.clone(), discovered) {
            Ok(provider) => Some(self.provider.get_or_init(|| Arc::new(provider)).clone()),
            Err(error) => {
                let id = &self.config.definition.id;
                tracing::error!(provider = id, %error, "provider is absent");
                None
            }
        }
    }
}
