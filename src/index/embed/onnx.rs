//! multilingual-e5 on ONNX Runtime, from a folder.
//!
//! Questions and passages have sessions of their own, so that a question never waits for a batch; both share one
//! tokenizer, whose 250,000 pieces are most of the memory. Questions that come while another has the model go next
//! together: a few short texts cost the model little more than one.

use std::{
    collections::VecDeque,
    path::{Path, PathBuf},
    sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError},
    time::SystemTime,
};

use ort::{environment::Environment, session::Session, value::Tensor};
use tokenizers::{Encoding, Tokenizer, TruncationParams};

use super::{EmbedError, Embedder, Text, Vector, runtime};
use crate::priority::give_way;

/// Tokens that the model can take; longer texts count by their beginning.
const MAX_TOKENS: usize = 512;

/// Tokens in one run of the model, padding included: more are no faster, and need more memory.
const BATCH_TOKENS: usize = 1_024;

/// The same for questions that go together.
const QUESTION_TOKENS: usize = 256;

/// Token that fills up shorter rows.
const PAD: i64 = 1;

/// Where the model is and how it runs.
#[derive(Debug, Clone)]
pub struct OnnxOptions {
    /// Folder with `model.onnx` and `tokenizer.json`.
    pub model: PathBuf,
    /// ONNX Runtime's shared library.
    pub runtime: PathBuf,
    /// Threads of one session.
    pub threads: usize,
}

/// The model, loaded.
pub struct OnnxEmbedder {
    id: String,
    dimensions: usize,
    tokenizer: Tokenizer,
    question: Mutex<Session>,
    queue: Mutex<Queue>,
    /// The model is free again.
    free: Condvar,
    batch: Mutex<Option<Session>>,
    open: Opener,
}

/// Opens another session of the model.
type Opener = Box<dyn Fn(Memory) -> Result<Session, EmbedError> + Send + Sync>;

/// What a session does with its memory after a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Memory {
    /// Keeps as much as its largest run took: a tenth faster for questions, which are short.
    Kept,
    /// Gives it back: of a batch of passages it is much, and no faster.
    Freed,
}

/// Questions before the model.
#[derive(Default)]
struct Queue {
    waiting: VecDeque<Waiting>,
    is_busy: bool,
}

/// A question that waits for the model.
struct Waiting {
    encoding: Encoding,
    /// Its vector, or why there is none.
    answer: Arc<OnceLock<Result<Vector, String>>>,
}

impl Queue {
    /// Questions that go together, the one that waits longest first.
    fn next(&mut self) -> Vec<Waiting> {
        let (mut count, mut width) = (0, 0);
        for one in &self.waiting {
            width = one.encoding.len().max(width);
            if count > 0 && width * (count + 1) > QUESTION_TOKENS {
                break;
            }
            count += 1;
        }
        self.waiting.drain(..count).collect()
    }
}

/// A turn with the model: over when it is dropped, also by a panic.
struct Turn<'a>(&'a OnnxEmbedder);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        lock(&self.0.queue).is_busy = false;
        self.0.free.notify_all();
    }
}

fn failed(error: impl std::fmt::Display) -> EmbedError {
    EmbedError::Model(error.to_string())
}

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
        let open: Opener = Box::new(move |memory| {
            // Vectors of other weights would be kept under this model's name.
            match state(&weights) {
                Ok(now) if now == (size, written) => {
                    session(&environment, &weights, threads, memory)
                }
                _ => Err(failed(
                    "its file was replaced since the start, and a new start takes it up",
                )),
            }
        });
        // Each takes about half a second.
        let (tokenizer, question) = std::thread::scope(|scope| {
            let tokenizer = scope.spawn(|| tokenizer(&pieces));
            let question = open(Memory::Kept);
            (tokenizer.join(), question)
        });
        let tokenizer = tokenizer
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic))?
            .ok_or_else(|| missing(&pieces))?;
        let name = options
            .model
            .file_name()
            .unwrap_or_default()
            .to_string_lossy();
        let mut embedder = Self {
            // The sizes tell variants of one model and one tokenizer apart.
            id: format!(
                "{name}-{size}-{}",
                std::fs::metadata(&pieces).map_or(0, |meta| meta.len())
            ),
            dimensions: 0,
            tokenizer,
            question: Mutex::new(question?),
            queue: Mutex::default(),
            free: Condvar::new(),
            batch: Mutex::default(),
            open,
        };
        embedder.dimensions = embedder.query("ready")?.len();
        Ok(embedder)
    }

    /// Runs the model on some questions and answers them.
    fn answer(&self, together: &[Waiting]) {
        let _turn = Turn(self);
        let encodings: Vec<_> = together.iter().map(|one| &one.encoding).collect();
        let mut vectors = run(&mut lock(&self.question), &encodings)
            .map(Vec::into_iter)
            .map_err(|error| match error {
                EmbedError::Model(detail) => detail,
                other => other.to_string(),
            });
        for one in together {
            let vector = match &mut vectors {
                Ok(vectors) => vectors
                    .next()
                    .ok_or_else(|| "no vector came back".to_owned()),
                Err(detail) => Err(detail.clone()),
            };
            // Nobody else sets it: it was taken out of the queue.
            let _ = one.answer.set(vector);
        }
    }

    /// Runs the model on some texts. The session for them is opened by the first ones: a start with all vectors at hand
    /// does without.
    fn embed(&self, texts: &[&Encoding]) -> Result<Vec<Vector>, EmbedError> {
        let mut batch = lock(&self.batch);
        let session = match batch.take() {
            Some(session) => session,
            None => (self.open)(Memory::Freed)?,
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
        self.tokenizer.encode_fast(text, true).map_err(failed)
    }
}

/// Size of a file in bytes, and when it was written.
fn state(file: &Path) -> std::io::Result<(u64, Option<SystemTime>)> {
    std::fs::metadata(file).map(|meta| (meta.len(), meta.modified().ok()))
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
        .map_err(failed)?
        .with_padding(None);
    Ok(Some(tokenizer))
}

fn session(
    environment: &Environment,
    weights: &Path,
    threads: usize,
    memory: Memory,
) -> Result<Session, EmbedError> {
    Session::builder(environment)
        .map_err(failed)?
        .with_execution_providers([ort::ep::CPU::default()
            .with_arena_allocator(memory == Memory::Kept)
            .build()])
        .map_err(failed)?
        .with_intra_threads(threads)
        .map_err(failed)?
        // Its threads wait for each other within a run by spinning, and would go on after it, on cores that others need.
        .with_config_entry("session.force_spinning_stop", "1")
        .map_err(failed)?
        // Weights outlive every run: in an arena they would only round up its size.
        .with_config_entry("session.use_device_allocator_for_initializers", "1")
        .map_err(failed)?
        .commit_from_file(weights)
        .map_err(failed)
}

fn lock<T>(kept: &Mutex<T>) -> MutexGuard<'_, T> {
    // A run that panicked leaves the session as it was: the runtime owns its state.
    kept.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Vectors of one batch: token vectors averaged over what is no padding, then brought to unit length.
fn run(session: &mut Session, batch: &[&Encoding]) -> Result<Vec<Vector>, EmbedError> {
    let (rows, width) = (
        batch.len(),
        batch.iter().map(|one| one.len()).max().unwrap_or(0),
    );
    let mut ids = vec![PAD; rows * width];
    let mut mask = vec![0_i64; rows * width];
    for (row, encoding) in batch.iter().enumerate() {
        for (column, id) in encoding.get_ids().iter().enumerate() {
            ids[row * width + column] = i64::from(*id);
            mask[row * width + column] = 1;
        }
    }
    let ids = Tensor::from_array(([rows, width], ids)).map_err(failed)?;
    let mask = Tensor::from_array(([rows, width], mask)).map_err(failed)?;
    let outputs = session
        .run(ort::inputs!["input_ids" => ids, "attention_mask" => mask])
        .map_err(failed)?;
    let (shape, states) = outputs["last_hidden_state"]
        .try_extract_tensor::<f32>()
        .map_err(failed)?;
    let dimensions = shape
        .last()
        .and_then(|size| usize::try_from(*size).ok())
        .unwrap_or(0);
    Ok(batch
        .iter()
        .enumerate()
        .map(|(row, encoding)| {
            pool(
                &states[row * width * dimensions..],
                encoding.len(),
                dimensions,
            )
        })
        .collect())
}

fn pool(states: &[f32], tokens: usize, dimensions: usize) -> Vector {
    let mut sum = vec![0.0_f32; dimensions];
    for state in states.chunks_exact(dimensions).take(tokens) {
        sum.iter_mut().zip(state).for_each(|(sum, x)| *sum += x);
    }
    let length = sum
        .iter()
        .map(|x| x * x)
        .sum::<f32>()
        .sqrt()
        .max(f32::MIN_POSITIVE);
    sum.iter_mut().for_each(|x| *x /= length);
    sum
}

impl Embedder for OnnxEmbedder {
    fn id(&self) -> &str {
        &self.id
    }

    fn dimensions(&self) -> usize {
        self.dimensions
    }

    fn query(&self, text: &str) -> Result<Vector, EmbedError> {
        let encoding = self.encode(&format!("query: {text}"))?;
        let answer = Arc::new(OnceLock::new());
        let mut queue = lock(&self.queue);
        queue.waiting.push_back(Waiting {
            encoding,
            answer: Arc::clone(&answer),
        });
        loop {
            // Whoever had the model before may have taken this question along.
            if let Some(answer) = answer.get() {
                return answer.clone().map_err(EmbedError::Model);
            }
            if queue.is_busy {
                let waited = self.free.wait(queue);
                queue = waited.unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            let together = queue.next();
            if together.is_empty() {
                return Err(failed("the model broke off"));
            }
            queue.is_busy = true;
            drop(queue);
            self.answer(&together);
            queue = lock(&self.queue);
        }
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
