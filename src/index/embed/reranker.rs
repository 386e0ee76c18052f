//! A cross-encoder: reads a question and a passage together, and scores how well the passage answers the question.

use std::{
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use fastembed::{
    RerankInitOptions, RerankInitOptionsUserDefined, RerankerModel, TextRerank, TokenizerFiles,
    UserDefinedRerankingModel,
};

use super::{EmbedError, runtime};

/// Passages in one run of the model: the arena grows with the largest batch and never shrinks.
const BATCH: usize = 4;

/// Tokens of question and passage together; longer passages count by their beginning.
const MAX_TOKENS: usize = 512;

/// Which cross-encoder, and how it runs.
#[derive(Debug, Clone)]
pub struct RerankerOptions {
    /// A folder as models are published, or `hub` with or without `:` and a model's name.
    pub model: String,
    /// Folder that keeps a download.
    pub cache: PathBuf,
    /// ONNX Runtime's shared library.
    pub runtime: PathBuf,
    /// Threads of the session.
    pub threads: usize,
}

/// The model, loaded. One question is looked at after the other.
pub struct Reranker(Mutex<TextRerank>);

impl Reranker {
    /// Loads the model; one of the hub is downloaded unless it is there, with progress on the terminal.
    ///
    /// # Errors
    /// When a file is missing, the hub does not know the model or cannot be reached, or the model does not run.
    pub fn open(options: &RerankerOptions) -> Result<Self, EmbedError> {
        let model = match options.model.strip_prefix("hub") {
            Some("") => downloaded(RerankerModel::default(), options)?,
            Some(name) if name.starts_with(':') => {
                downloaded(name[1..].parse().map_err(EmbedError::Hub)?, options)?
            }
            _ => local(Path::new(&options.model), options)?,
        };
        let reranker = Self(Mutex::new(model));
        reranker.scores("ready", &["ready".to_owned()])?;
        Ok(reranker)
    }

    /// How well each passage answers the question, in order: the model's logits, which are log-odds.
    ///
    /// # Errors
    /// When the model cannot be run.
    pub fn scores(&self, question: &str, passages: &[String]) -> Result<Vec<f32>, EmbedError> {
        let passages: Vec<&str> = passages.iter().map(String::as_str).collect();
        // A run that panicked leaves the session as it was: the runtime owns its state.
        let mut model = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let ranked = model
            .rerank(question, passages, false, Some(BATCH))
            .map_err(|error| EmbedError::Reranker(error.to_string()))?;
        let mut scores = vec![f32::NEG_INFINITY; ranked.len()];
        for one in ranked {
            scores[one.index] = one.score;
        }
        match scores.iter().all(|score| score.is_finite()) {
            true => Ok(scores),
            false => Err(EmbedError::Reranker("a score is no number".to_owned())),
        }
    }
}

fn downloaded(model: RerankerModel, options: &RerankerOptions) -> Result<TextRerank, EmbedError> {
    let setup = RerankInitOptions::new(model)
        .with_cache_dir(options.cache.clone())
        .with_environment(runtime::start(&options.runtime)?)
        .with_intra_threads(options.threads)
        .with_max_length(MAX_TOKENS)
        .with_show_download_progress(true);
    TextRerank::try_new(setup).map_err(|error| EmbedError::Hub(error.to_string()))
}

fn local(folder: &Path, options: &RerankerOptions) -> Result<TextRerank, EmbedError> {
    let missing = |path: PathBuf| EmbedError::NoReranker(path.display().to_string());
    let file = |name: &str| {
        let path = folder.join(name);
        std::fs::read(&path).map_err(|_| missing(path))
    };
    // Published folders have the weights beside the tokenizer, or in a folder of their own.
    let places = ["model.onnx", "onnx/model.onnx"];
    let weights = places.iter().map(|name| folder.join(name));
    let weights = weights.into_iter().find(|path| path.is_file());
    let weights = weights.ok_or_else(|| missing(folder.join("model.onnx")))?;
    let tokenizer = TokenizerFiles {
        tokenizer_file: file("tokenizer.json")?,
        config_file: file("config.json")?,
        special_tokens_map_file: file("special_tokens_map.json")?,
        tokenizer_config_file: file("tokenizer_config.json")?,
    };
    let setup = RerankInitOptionsUserDefined::new()
        .with_environment(runtime::start(&options.runtime)?)
        .with_intra_threads(options.threads)
        .with_max_length(MAX_TOKENS);
    let model = UserDefinedRerankingModel::new(weights, tokenizer);
    TextRerank::try_new_from_user_defined(model, setup)
        .map_err(|error| EmbedError::Reranker(error.to_string()))
}
