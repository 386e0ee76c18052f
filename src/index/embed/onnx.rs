//! multilingual-e5 through fastembed and ONNX Runtime. The only place that names them.
//!
//! Questions and passages have sessions of their own, so that a question never waits for a batch.

use std::{
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

use ort::environment::Environment;
use fastembed::{
    EmbeddingModel, InitOptionsUserDefined, Pooling, TextEmbedding, TextInitOptions, TokenizerFiles, UserDefinedEmbeddingModel,
};

use super::{EmbedError, Embedder, Vector};

/// Tokens that the model can take; longer texts count by their beginning.
const MAX_TOKENS: usize = 512;

/// Passages in one run of the model: the arena grows with the largest batch and never shrinks.
const BATCH: usize = 8;

/// Characters of a question that are embedded; 512 tokens are about 1,500 characters of English.
const MAX_QUERY_CHARS: usize = 2_000;

/// Where the model comes from.
#[derive(Debug, Clone)]
pub enum ModelSource {
    /// A folder with `model.onnx`, `tokenizer.json`, `config.json` and its companions.
    Folder(PathBuf),
    /// fastembed's own download of multilingual-e5-small in full precision, kept in this folder.
    Hub(PathBuf),
}

/// Where the model is and how it runs.
#[derive(Debug, Clone)]
pub struct OnnxOptions {
    /// Where the model comes from.
    pub model: ModelSource,
    /// ONNX Runtime's shared library.
    pub runtime: PathBuf,
    /// Threads of one session.
    pub threads: usize,
}

/// The model, loaded.
pub struct OnnxEmbedder {
    id: String,
    dimensions: usize,
    question: Mutex<TextEmbedding>,
    batch: Mutex<TextEmbedding>,
}

impl OnnxEmbedder {
    /// Loads the runtime library and the model.
    ///
    /// # Errors
    /// When a file is missing, the library is too old, or the model does not run.
    pub fn open(options: &OnnxOptions) -> Result<Self, EmbedError> {
        if !options.runtime.is_file() {
            return Err(EmbedError::Missing { what: "ONNX Runtime", path: options.runtime.display().to_string() });
        }
        let id = id(&options.model)?;
        let environment = start_runtime(&options.runtime)?;
        let session = || session(options, &environment).map(Mutex::new);
        let mut embedder = Self { id, dimensions: 0, question: session()?, batch: session()? };
        embedder.dimensions = embedder.query("ready")?.len();
        Ok(embedder)
    }
}

/// The one environment of the process, made by the first model that is opened.
static ENVIRONMENT: Mutex<Option<Environment>> = Mutex::new(None);

fn start_runtime(library: &Path) -> Result<Environment, EmbedError> {
    let mut environment = ENVIRONMENT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(environment) = environment.as_ref() {
        return Ok(environment.clone());
    }
    let failed = |detail: String| EmbedError::Runtime { path: library.display().to_string(), detail };
    // The loader maps a file by its headers: one that was cut short would end the process.
    if !super::repack::looks_whole(library).map_err(|error| failed(error.to_string()))? {
        return Err(failed("the file is cut short".to_owned()));
    }
    let made = ort::init_from(library)
        .map_err(|error| failed(error.to_string()))?
        .with_name("cuecard")
        .with_telemetry(false)
        .build()
        .map_err(|error| failed(error.to_string()))?;
    *environment = Some(made.clone());
    Ok(made)
}

/// Names the model; the size of its weights tells variants apart.
fn id(source: &ModelSource) -> Result<String, EmbedError> {
    match source {
        ModelSource::Hub(_) => Ok("multilingual-e5-small-fp32".to_owned()),
        ModelSource::Folder(folder) => {
            let weights = folder.join("model.onnx");
            let meta = std::fs::metadata(&weights)
                .map_err(|_| EmbedError::Missing { what: "embedding model", path: weights.display().to_string() })?;
            Ok(format!("{}-{}", folder.file_name().unwrap_or_default().to_string_lossy(), meta.len()))
        }
    }
}

fn session(options: &OnnxOptions, environment: &Environment) -> Result<TextEmbedding, EmbedError> {
    let made = match &options.model {
        ModelSource::Hub(cache) => TextEmbedding::try_new(
            TextInitOptions::new(EmbeddingModel::MultilingualE5Small)
                .with_cache_dir(cache.clone())
                .with_environment(environment.clone())
                .with_max_length(MAX_TOKENS)
                .with_intra_threads(options.threads)
                .with_show_download_progress(true),
        ),
        ModelSource::Folder(folder) => TextEmbedding::try_new_from_user_defined(
            read(folder)?,
            InitOptionsUserDefined::new()
                .with_environment(environment.clone())
                .with_max_length(MAX_TOKENS)
                .with_intra_threads(options.threads),
        ),
    };
    made.map_err(|error| EmbedError::Model(error.to_string()))
}

fn read(folder: &Path) -> Result<UserDefinedEmbeddingModel, EmbedError> {
    let read = |name: &str| {
        let path = folder.join(name);
        std::fs::read(&path).map_err(|error| EmbedError::Model(format!("{}: {error}", path.display())))
    };
    let tokenizer = TokenizerFiles {
        tokenizer_file: read("tokenizer.json")?,
        config_file: read("config.json")?,
        special_tokens_map_file: read("special_tokens_map.json")?,
        tokenizer_config_file: read("tokenizer_config.json")?,
    };
    Ok(UserDefinedEmbeddingModel::new(read("model.onnx")?, tokenizer).with_pooling(Pooling::Mean))
}

fn lock(session: &Mutex<TextEmbedding>) -> MutexGuard<'_, TextEmbedding> {
    // A run that panicked leaves the session as it was: the runtime owns its state.
    session.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Embedder for OnnxEmbedder {
    fn id(&self) -> &str {
        &self.id
    }

    fn dimensions(&self) -> usize {
        self.dimensions
    }

    fn query(&self, text: &str) -> Result<Vector, EmbedError> {
        let text: String = "query: ".chars().chain(text.chars().take(MAX_QUERY_CHARS)).collect();
        let mut vectors = lock(&self.question).embed([text], None).map_err(|error| EmbedError::Model(error.to_string()))?;
        vectors.pop().ok_or_else(|| EmbedError::Model("no vector came back".to_owned()))
    }

    fn passages(&self, texts: &[String]) -> Result<Vec<Vector>, EmbedError> {
        // Texts of like length share a batch: padding is work for nothing.
        let mut order: Vec<usize> = (0..texts.len()).collect();
        order.sort_by_key(|at| texts[*at].len());
        let mut vectors = vec![Vector::new(); texts.len()];
        for batch in order.chunks(BATCH) {
            let prefixed: Vec<String> = batch.iter().map(|at| format!("passage: {}", texts[*at])).collect();
            let made = lock(&self.batch).embed(&prefixed, Some(BATCH)).map_err(|error| EmbedError::Model(error.to_string()))?;
            for (at, vector) in batch.iter().zip(made) {
                vectors[*at] = vector;
            }
        }
        Ok(vectors)
    }
}
