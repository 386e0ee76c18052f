//! Evaluation: quality in figures, measured by running a data set's questions and calls through the same search and
//! live code that the server uses.
//!
//! Owns the data set format, the metrics and their rendering. Leaves answering to `search` and pushing to `live`; builds
//! an index of its own in memory, so that nothing in production is touched.

pub mod calls;
pub mod dataset;
pub mod metrics;
mod page;
pub mod queries;
pub mod reliability;
mod report;
pub mod timeline;
mod walk;

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use chrono::{DateTime, NaiveDate, Utc};
use indicatif::{ProgressBar, ProgressStyle};

pub use report::{QueryDetails, Report, Start, print};

use crate::{
    index::{
        Index, IndexError, Manifest, ManifestError, Writer,
        embed::{Embedder, cache::EmbeddingCache},
    },
    live::{CallRegistry, LiveError},
    search::{Core, error::SearchError, rerank::SecondLook, types::Mode},
    source::{FollowError, load_once},
};
use dataset::{Dataset, Question};
use metrics::rounded;
use queries::QueryResult;

/// Pause between two checks of the embedding's progress.
const LOOK: Duration = Duration::from_millis(100);

/// Why an evaluation failed.
#[derive(Debug, thiserror::Error)]
pub enum EvalError {
    /// The folder is no data set.
    #[error("{0} has no folder `articles`: name a data set's folder")]
    NoArticles(PathBuf),
    /// A file cannot be read.
    #[error("{0} cannot be read: {1}; check that it is there and its permissions")]
    Unreadable(PathBuf, std::io::Error),
    /// A line is malformed.
    #[error("{file}:{line}: {detail}")]
    Malformed {
        /// The file.
        file: PathBuf,
        /// 1-based.
        line: usize,
        /// What is wrong with it.
        detail: String,
    },
    /// The articles cannot be loaded.
    #[error(transparent)]
    Content(#[from] FollowError),
    /// The index cannot be created.
    #[error(transparent)]
    Index(#[from] IndexError),
    /// The manifest cannot be created.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// A question was refused.
    #[error("question was refused: {0}")]
    Search(#[from] SearchError),
    /// A call was refused.
    #[error("call was refused: {0}")]
    Live(#[from] LiveError),
}

/// What is measured: the server's parts, as configured.
pub struct Service<'a> {
    /// The model; None measures keyword search only.
    pub embedder: Option<Arc<dyn Embedder>>,
    /// The cross-encoder that reranks the first hits, if any.
    pub second_look: Option<Arc<SecondLook>>,
    /// Creates a call registry over a core.
    pub registry: &'a dyn Fn(Arc<Core>) -> CallRegistry,
}

/// Options of the measurement.
#[derive(Debug, Clone)]
pub struct Options {
    /// Folder of the embedding cache: a second run embeds no passage again. None embeds everything.
    pub data: Option<PathBuf>,
    /// Folder of the questions and calls, if it is not the data set's own.
    pub questions: Option<PathBuf>,
    /// Modes in which the questions are asked.
    pub modes: Vec<Mode>,
    /// Maximum number of calls to play.
    pub max_calls: Option<usize>,
    /// Whether the calls are played again at other settings: precision against coverage.
    pub curve: bool,
    /// The date, for the articles' lifecycle.
    pub today: NaiveDate,
    /// The moment at which every call begins.
    pub now: DateTime<Utc>,
    /// Whether progress is shown on stderr.
    pub progress: bool,
}

impl Options {
    /// Everything, at that time, without a cache.
    #[must_use]
    pub fn new(now: DateTime<Utc>) -> Self {
        Self {
            data: None,
            questions: None,
            modes: vec![Mode::Hybrid, Mode::Keyword, Mode::Vector],
            max_calls: None,
            curve: false,
            today: now.date_naive(),
            now,
            progress: false,
        }
    }
}

/// Measures a data set. Without a model, mode `vector` is skipped and mode `hybrid` uses keywords only, as the
/// report's `degraded` says.
///
/// # Errors
/// When the data set is malformed, or an engine, the model or a live call fails.
pub fn run(folder: &Path, service: &Service<'_>, options: &Options) -> Result<Report, EvalError> {
    let set = Dataset::read(folder, options.questions.as_deref())?;
    let started = Instant::now();
    let core = Arc::new(build(&set, service, options)?);
    let generation = core.index().generation();
    let is_unknown = |id: &&str| generation.catalog.position(id).is_none();
    let mut report = Report {
        dataset: set.name.clone(),
        start: Start {
            seconds: rounded(started.elapsed().as_secs_f64(), 1),
            articles: generation.catalog.articles.len(),
            passages: generation.catalog.passage_count(),
            degraded: core.index().degraded(),
        },
        unknown_articles: set
            .right_articles()
            .into_iter()
            .filter(is_unknown)
            .map(str::to_owned)
            .collect(),
        unknown_questions: set.unknown_questions.clone(),
        ..Report::default()
    };
    for mode in options
        .modes
        .iter()
        .filter(|mode| **mode != Mode::Vector || service.embedder.is_some())
    {
        if let Some(questions) = &set.questions {
            let asked = ask(&core, questions, *mode, options, mode.name())?;
            report.take(*mode, asked);
        }
    }
    if let Some(questions) = &set.simplified {
        let asked = ask(&core, questions, Mode::Hybrid, options, "simplified")?;
        report.take_simplified(asked);
    }
    if let Some(calls) = &set.calls {
        let calls = &calls[..options.max_calls.unwrap_or(usize::MAX).min(calls.len())];
        let registry = |lean: f64| (service.registry)(Arc::clone(&core)).leaning(lean);
        let plays = 1 + if options.curve {
            calls::LEANINGS.len()
        } else {
            0
        };
        let bar = bar(options, "calls", calls.len() * plays);
        let played = calls::play(&registry(0.0), calls, options.now, &bar)?;
        let curve = if options.curve {
            calls::curve(&registry, calls, options.now, &bar)?
        } else {
            Vec::new()
        };
        bar.finish_and_clear();
        report.take_calls(played, curve);
    }
    Ok(report)
}

fn ask(
    core: &Core,
    questions: &[Question],
    mode: Mode,
    options: &Options,
    label: &'static str,
) -> Result<Vec<QueryResult>, EvalError> {
    let bar = bar(options, label, questions.len());
    let asked = queries::ask(core, questions, mode, options.today, &bar)?;
    bar.finish_and_clear();
    Ok(asked)
}

/// Makes the set's articles searchable, vectors included.
fn build(set: &Dataset, service: &Service<'_>, options: &Options) -> Result<Core, EvalError> {
    let cache = options.data.as_deref().map(open_cache).transpose()?;
    let mut writer = Writer::in_memory(service.embedder.clone(), cache)?;
    let manifest = Manifest::in_memory()?;
    let index = Arc::clone(writer.index());
    let (bar, done) = (bar(options, "embedding", 0), AtomicBool::new(false));
    std::thread::scope(|scope| {
        scope.spawn(|| watch(&index, &bar, &done));
        // The scope waits for the watcher, also if loading panics.
        let _done = Done(&done);
        load_once(&set.articles, &mut writer, &manifest)
    })?;
    Ok(Core::new(index).looking_again(service.second_look.clone()))
}

/// Sets a flag when it is dropped.
struct Done<'a>(&'a AtomicBool);

impl Drop for Done<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

fn open_cache(data: &Path) -> Result<EmbeddingCache, EvalError> {
    std::fs::create_dir_all(data).map_err(|error| EvalError::Unreadable(data.to_owned(), error))?;
    Ok(EmbeddingCache::open(data).map_err(IndexError::from)?)
}

/// Shows the number of units without a vector.
fn watch(index: &Index, bar: &ProgressBar, done: &AtomicBool) {
    let mut most = 0;
    while !done.load(Ordering::Acquire) {
        let waiting = index.pending_embeddings() as u64;
        most = most.max(waiting);
        bar.set_length(most);
        bar.set_position(most - waiting);
        std::thread::sleep(LOOK);
    }
    bar.finish_and_clear();
}

fn bar(options: &Options, label: &'static str, length: usize) -> ProgressBar {
    if !options.progress {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(length as u64).with_message(label);
    match ProgressStyle::with_template("{msg:12} {wide_bar} {pos}/{len} {eta:>4}") {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use super::*;
    use crate::index::embed::{EmbedError, HashedEmbedder, Text, Watched};

    fn article(folder: &Path, id: &str, text: &str) {
        std::fs::create_dir_all(folder.join("articles")).unwrap();
        let source = format!("---\nid: {id}\nlang: en\n---\n# {id}\n\n{text}\n");
        std::fs::write(folder.join(format!("articles/{id}.md")), source).unwrap();
    }

    fn set() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        article(
            folder.path(),
            "refund",
            "Money for a late order comes back within five days.",
        );
        article(
            folder.path(),
            "roaming",
            "A travel pass covers surfing abroad in zone two.",
        );
        std::fs::write(
            folder.path().join("queries.tsv"),
            "q1\tmoney late order\ten\nq2\tzebra\ten\n",
        )
        .unwrap();
        std::fs::write(
            folder.path().join("qrels.tsv"),
            "q1\trefund\t1\nq1\tgone\t1\nq9\trefund\t1\n",
        )
        .unwrap();
        folder
    }

    fn options() -> Options {
        Options::new("2026-11-22T12:00:00Z".parse().unwrap())
    }

    fn measure(folder: &Path, embedder: Option<Arc<dyn Embedder>>, options: &Options) -> Report {
        let registry = |_: Arc<Core>| -> CallRegistry { unreachable!("the set has no calls") };
        run(
            folder,
            &Service {
                embedder,
                second_look: None,
                registry: &registry,
            },
            options,
        )
        .unwrap()
    }

    #[test]
    fn a_set_is_measured_in_every_mode_and_tells_what_it_lacks() {
        let folder = set();
        let report = measure(folder.path(), Some(Arc::new(HashedEmbedder)), &options());
        assert_eq!(
            (report.start.articles, report.unknown_articles),
            (2, vec!["gone".to_owned()])
        );
        assert_eq!(report.unknown_questions, ["q9"]);
        for figures in [&report.hybrid, &report.keyword, &report.vector] {
            let figures = figures.as_ref().unwrap();
            assert_eq!((figures.n, figures.n_no_answer), (1, 1));
            assert_eq!(figures.answerable.as_ref().unwrap().hit1, 1.0);
        }
        let hybrid = &report.queries.hybrid[0];
        assert_eq!(
            (hybrid.found[0].article_id.as_str(), hybrid.found[0].rank),
            ("refund", 1)
        );
        assert_eq!(hybrid.missed, ["gone"]);
        assert!(report.reliability.is_some() && report.calls.is_none());
    }

    #[test]
    fn without_a_model_words_are_measured_and_the_report_says_so() {
        let report = measure(set().path(), None, &options());
        assert_eq!(report.start.degraded, ["embeddings_unavailable"]);
        assert!(report.keyword.is_some() && report.vector.is_none());
    }

    #[test]
    fn a_panic_while_loading_ends_the_run() {
        let model = Watched(|_: &[Text]| -> Result<(), EmbedError> { panic!("on purpose") });
        let folder = set();
        let run = || measure(folder.path(), Some(Arc::new(model)), &options());
        assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(run)).is_err());
    }

    #[test]
    fn a_second_run_embeds_no_passage() {
        let (folder, data) = (set(), tempfile::tempdir().unwrap());
        let options = Options {
            data: Some(data.path().join("eval")),
            ..options()
        };
        let embedded = || {
            let embedded = Arc::new(AtomicUsize::default());
            let count = Arc::clone(&embedded);
            let model = Watched(move |texts: &[Text]| {
                count.fetch_add(texts.len(), Ordering::Relaxed);
                Ok(())
            });
            measure(folder.path(), Some(Arc::new(model)), &options);
            embedded.load(Ordering::Relaxed)
        };
        assert!(embedded() > 0);
        assert_eq!(embedded(), 0);
    }
}
