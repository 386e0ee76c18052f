//! multilingual-e5 in ONNX Runtime, loaded from a folder.
//!
//! Questions and passages have separate sessions, so that a question never waits for a batch; all share one tokenizer,
//! whose 250,000 pieces take most of the memory.

use std::{
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
    time::SystemTime,
};

use ort::session::Session;
use tokenizers::{Encoding, Tokenizer, TruncationParams};

use super::{
    EmbedError, Embedder, Text, Vector,
    questions::Questions,
    runtime,
    session::{self, Memory, run},
};
use crate::priority::give_way;

/// Tokens that the model can take; longer texts count by their beginning.
const MAX_TOKENS: usize = 512;

/// Tokens in one run of the model, padding included: more are no faster, and need more memory.
const BATCH_TOKENS: usize = 1_024;

/// Sessions for questions at most: each has the weights in memory, some 90 MB.
const QUESTION_SESSIONS: usize = 4;

/// Where the model is and how it runs.
#[derive(Debug, Clone)]
pub struct OnnxOptions {
    /// Folder with `model.onnx` and `tokenizer.json`.
    pub model: PathBuf,
    /// ONNX Runtime's shared library.
    pub runtime: PathBuf,
    /// Threads that run the model: of the session for batches; and as many sessions for questions, up to four.
    pub threads: usize,
}

/// The model, loaded.
pub struct OnnxEmbedder {
    id: String,
    dimensions: usize,
    tokenizer: Tokenizer,
    questions: Questions<Session>,
    threads: usize,
    batch: Mutex<Option<Session>>,
    open: Opener,
}

/// Opens another session of the model, with so many threads.
type Opener = Box<dyn Fn(usize, Memory) -> Result<Session, EmbedError> + Send + Sync>;

impl OnnxEmbedder {
    /// Loads the runtime library and the model.
    ///
    /// # Errors
    /// When a file is missing, the library is too old, or the model does not run.
    pub fn open(options: &OnnxOptions) -> Result<Self, EmbedError> {
        let weights = options.model.join("model.onnx");
        let missing = |path: &Path| EmbedError::Missing {
            what: "embedding model",
            path: path.display().to_string(),
        };
        let (size, written) = state(&weights).map_err(|_| missing(&weights))?;
        let environment = runtime::start(&options.runtime)?;
        let pieces = options.model.join("tokenizer.json");
        let threads = options.threads;
        let open: Opener = Box::new(move |threads, memory| {
            // Vectors of other weights would be kept under this model's name.
            match state(&weights) {
                Ok(now) if now == (size, written) => {
                    session::open(&environment, &weights, threads, memory)
                }
                _ => Err(EmbedError::Replaced(weights.display().to_string())),
            }
        });
        // Each takes about half a second.
        let (content, tokenizer, sessions) = std::thread::scope(|scope| {
            let content = scope.spawn(|| content(&[&options.model.join("model.onnx"), &pieces]));
            let tokenizer = scope.spawn(|| tokenizer(&pieces));
            let sessions: Result<_, _> = (0..threads.clamp(1, QUESTION_SESSIONS))
                .map(|_| open(1, Memory::Kept))
                .collect();
            (content.join(), tokenizer.join(), sessions)
        });
        let content = content.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        let tokenizer = tokenizer
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic))?
            .ok_or_else(|| missing(&pieces))?;
        let name = options
            .model
            .file_name()
            .unwrap_or_default()
            .to_string_lossy();
        let content = content.map_err(EmbedError::failed)?;
        let mut embedder = Self {
            // What the files hold: other weights of the same shape are as large.
            id: format!("{name}-{content}"),
            dimensions: 0,
            tokenizer,
            questions: Questions::new(sessions?, run),
            threads,
            batch: Mutex::default(),
            open,
        };
        embedder.dimensions = embedder.query("ready")?.len();
        Ok(embedder)
    }

    /// Runs the model on some texts. The session for them is opened by the first ones: a start with all vectors at hand
    /// does without.
    fn embed(&self, texts: &[&Encoding]) -> Result<Vec<Vector>, EmbedError> {
        // A run that panicked leaves the session as it was: the runtime owns its state.
        let mut batch = self.batch.lock().unwrap_or_else(PoisonError::into_inner);
        let session = match batch.take() {
            Some(session) => session,
            None => (self.open)(self.threads, Memory::Freed)?,
        };
        run(batch.insert(session), texts)
    }

    /// Vectors of texts, in order.
    fn batches(&self, texts: &[Text]) -> Result<Vec<Vector>, EmbedError> {
        let encodings = texts
            .iter()
            .map(|text| self.encode(&text.prefixed()))
            .collect::<Result<Vec<_>, _>>()?;
        // Texts of like length share a batch: padding is work for nothing.
        let mut order: Vec<usize> = (0..texts.len()).collect();
        order.sort_by_key(|at| encodings[*at].len());
        let mut vectors = vec![Vector::new(); texts.len()];
        let mut rest = order.as_slice();
        while !rest.is_empty() {
            // The longest of a batch comes last and sets its width.
            let fits = |count: usize| encodings[rest[count - 1]].len() * count <= BATCH_TOKENS;
            let count = (1..=rest.len())
                .take_while(|count| *count == 1 || fits(*count))
                .count();
            let (batch, later) = rest.split_at(count);
            let encoded: Vec<&Encoding> = batch.iter().map(|at| &encodings[*at]).collect();
            for (at, vector) in batch.iter().zip(self.embed(&encoded)?) {
                vectors[*at] = vector;
            }
            rest = later;
        }
        Ok(vectors)
    }

    fn encode(&self, text: &str) -> Result<Encoding, EmbedError> {
        self.tokenizer
            .encode_fast(text, true)
            .map_err(EmbedError::failed)
    }
}

/// Size of a file in bytes, and when it was written.
fn state(file: &Path) -> std::io::Result<(u64, Option<SystemTime>)> {
    std::fs::metadata(file).map(|meta| (meta.len(), meta.modified().ok()))
}

/// The first 16 digits of blake3 over files, one after the other.
fn content(files: &[&Path]) -> std::io::Result<String> {
    let mut hasher = blake3::Hasher::new();
    for file in files {
        std::io::copy(&mut std::fs::File::open(file)?, &mut hasher)?;
    }
    let mut name = hasher.finalize().to_hex().to_string();
    name.truncate(16);
    Ok(name)
}

/// The tokenizer, cutting long texts; None where its file cannot be read.
fn tokenizer(pieces: &Path) -> Result<Option<Tokenizer>, EmbedError> {
    let Ok(mut tokenizer) = Tokenizer::from_file(pieces) else {
        return Ok(None);
    };
    let truncation = TruncationParams {
        max_length: MAX_TOKENS,
        ..TruncationParams::default()
    };
    tokenizer
        .with_truncation(Some(truncation))
        .map_err(EmbedError::failed)?
        .with_padding(None);
    Ok(Some(tokenizer))
}

impl Embedder for OnnxEmbedder {
    fn id(&self) -> &str {
        &self.id
    }

    fn dimensions(&self) -> usize {
        self.dimensions
    }

    fn query(&self, text: &str) -> Result<Vector, EmbedError> {
        let asked = Text::Question(text.to_owned()).prefixed();
        self.questions.vector(self.encode(&asked)?)
    }

    fn texts(&self, texts: &[Text]) -> Result<Vec<Vector>, EmbedError> {
        // On a thread of their own, which gives way to questions, as do those of the session that it opens.
        std::thread::scope(|scope| {
            let vectors = scope.spawn(|| {
                give_way();
                self.batches(texts)
            });
            let vectors = vectors.join();
            vectors.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        })
    }
}
