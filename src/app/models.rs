//! Loads the models named in the configuration. If one cannot be loaded, the service runs without it.

use std::sync::Arc;

use crate::{
    config::{Config, Model},
    index::embed::{EmbedError, Embedder, HashedEmbedder, HubEmbedder, OnnxEmbedder, Reranker},
    search::rerank::SecondLook,
};

/// Loads the model that the configuration names; None, with the reason in the log, where there is none.
#[must_use]
pub fn embedder(model: &Model) -> Option<Arc<dyn Embedder>> {
    let opened: Result<Arc<dyn Embedder>, EmbedError> = match model {
        Model::None => return None,
        Model::Hashed => Ok(Arc::new(HashedEmbedder) as _),
        Model::Local(options) => OnnxEmbedder::open(options).map(|model| Arc::new(model) as _),
        Model::Hub(options) => HubEmbedder::open(options).map(|model| Arc::new(model) as _),
    };
    opened
        .inspect_err(|error| tracing::warn!(%error, "no vectors: keyword search alone"))
        .ok()
}

/// Loads the cross-encoder that the configuration names; without its model, with the reason in the log, where it cannot be loaded.
#[must_use]
pub fn second_look(config: &Config) -> Option<Arc<SecondLook>> {
    let (options, settings) = config.reranker.as_ref()?;
    let model = Reranker::open(options)
        .inspect_err(|error| tracing::warn!(%error, "no second look at hits"));
    Some(Arc::new(SecondLook {
        model: model.ok(),
        settings: settings.clone(),
    }))
}
