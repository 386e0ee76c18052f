//! The same model in full precision, downloaded by fastembed if a hub can be reached.

use std::{
    path::PathBuf,
    sync::{Mutex, PoisonError},
};

use fastembed::{EmbeddingModel, TextEmbedding, TextInitOptions};

use super::{EmbedError, Embedder, Text, Vector, runtime};

/// Passages in one run of the model: the arena grows with the largest batch and never shrinks.
const BATCH: usize = 8;

/// What is downloaded to where.
#[derive(Debug, Clone)]
pub struct HubOptions {
    /// Folder that keeps the download.
    pub cache: PathBuf,
    /// ONNX Runtime's shared library.
    pub runtime: PathBuf,
    /// Threads of the session.
    pub threads: usize,
}

/// The model, downloaded and loaded.
pub struct HubEmbedder {
    dimensions: usize,
    session: Mutex<TextEmbedding>,
}

impl HubEmbedder {
    /// Downloads the model unless it is there, with progress on the terminal, and loads it.
    ///
    /// # Errors
    /// When the hub cannot be reached, or the model does not run.
    pub fn open(options: &HubOptions) -> Result<Self, EmbedError> {
        let environment = runtime::start(&options.runtime)?;
        let setup = TextInitOptions::new(EmbeddingModel::MultilingualE5Small)
            .with_cache_dir(options.cache.clone())
            .with_environment(environment)
            .with_intra_threads(options.threads)
            .with_show_download_progress(true);
        let session =
            TextEmbedding::try_new(setup).map_err(|error| EmbedError::Hub(error.to_string()))?;
        let mut embedder = Self {
            dimensions: 0,
            session: Mutex::new(session),
        };
        embedder.dimensions = embedder.query("ready")?.len();
        Ok(embedder)
    }

    fn embed(&self, texts: &[String]) -> Result<Vec<Vector>, EmbedError> {
        let mut session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        session
            .embed(texts, Some(BATCH))
            .map_err(|error| EmbedError::Model(error.to_string()))
    }
}

impl Embedder for HubEmbedder {
    fn id(&self) -> &str {
        "multilingual-e5-small-fp32"
    }

    fn dimensions(&self) -> usize {
        self.dimensions
    }

    fn query(&self, text: &str) -> Result<Vector, EmbedError> {
        let mut vectors = self.embed(&[Text::Question(text.to_owned()).prefixed()])?;
        vectors
            .pop()
            .ok_or_else(|| EmbedError::Model("no vector came back".to_owned()))
    }

    fn texts(&self, texts: &[Text]) -> Result<Vec<Vector>, EmbedError> {
        let prefixed: Vec<String> = texts.iter().map(Text::prefixed).collect();
        self.embed(&prefixed)
    }
}
