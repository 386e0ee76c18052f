//! The reconciler's loop: look at the folder, publish what changed, embed what waits, look again.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

use chrono::NaiveDate;
use crossbeam_channel::{Receiver, Sender, bounded};

use super::{
    followed::Followed,
    git::Repository,
    reconcile::Known,
    scan::ScanError,
    watch::{Watch, watch},
};
use crate::{
    article::Severity,
    index::{Index, IndexError, Manifest, ManifestError, Writer, unit::Indexed},
    search::types::IndexInfo,
};

/// Looks without an event, for file systems that send none and for events that were lost.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// Rest between two looks that failed.
const RETRY: Duration = Duration::from_secs(1);

/// Why the content cannot be followed.
#[derive(Debug, thiserror::Error)]
pub enum FollowError {
    /// The content folder.
    #[error(transparent)]
    Scan(#[from] ScanError),
    /// The manifest.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// The engines.
    #[error(transparent)]
    Index(#[from] IndexError),
}

/// What is followed.
pub struct Settings {
    /// The content folder.
    pub content: PathBuf,
    /// Today where the editors are: decides which reviews are due.
    pub today: Box<dyn Fn() -> NaiveDate + Send>,
}

/// The loop's handle: it ends when this is dropped.
pub struct Follower {
    followed: Arc<Followed>,
    stop: Arc<AtomicBool>,
    wake: Sender<()>,
    thread: Option<JoinHandle<()>>,
}

impl Follower {
    /// What others may know of the loop.
    #[must_use]
    pub fn followed(&self) -> &Arc<Followed> {
        &self.followed
    }

    /// Asks for a look now.
    pub fn wake(&self) {
        // A full channel means that a look is due already.
        let _ = self.wake.try_send(());
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
        self.wake();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the reconciler had ended by a panic");
        }
    }
}

/// Starts the loop on a thread of its own.
///
/// # Errors
/// When the content folder cannot be read or the thread cannot be started.
pub fn follow(
    settings: Settings,
    writer: Writer,
    manifest: Manifest,
) -> Result<Follower, FollowError> {
    // A folder that is not there is told before anything starts.
    super::scan(&settings.content)?;
    let (wake, woken) = bounded(1);
    let followed = Arc::new(Followed::default());
    let stop = Arc::new(AtomicBool::new(false));
    let mut reconciler = Reconciler {
        index: Arc::clone(writer.index()),
        settings,
        writer,
        manifest,
        known: Known::default(),
        followed: Arc::clone(&followed),
        published: false,
    };
    let thread = {
        let (stop, wake) = (Arc::clone(&stop), wake.clone());
        std::thread::Builder::new()
            .name("reconciler".to_owned())
            .spawn(move || reconciler.run(&stop, &wake, &woken))
    };
    let thread = thread.map_err(|error| FollowError::Index(IndexError::Folder(error)))?;
    Ok(Follower {
        followed,
        stop,
        wake,
        thread: Some(thread),
    })
}

/// Looks once and publishes: for commands that answer one question.
///
/// # Errors
/// When the folder cannot be read or an engine cannot be written.
pub fn load_once(
    content: &Path,
    writer: &mut Writer,
    manifest: &Manifest,
) -> Result<(), FollowError> {
    let mut known = Known::default();
    known.reconcile(content, manifest, |_, _| {})?;
    writer.index().set_synonyms(known.synonyms());
    let mut git = Repository::discover(content);
    writer.publish(
        entries(&known, git.as_mut(), &model(writer.index())),
        info(&known, git.as_ref(), 1),
    )?;
    while writer.embed_step()? {}
    Ok(())
}

struct Reconciler {
    index: Arc<Index>,
    settings: Settings,
    writer: Writer,
    manifest: Manifest,
    known: Known,
    followed: Arc<Followed>,
    published: bool,
}

impl Reconciler {
    fn run(&mut self, stop: &AtomicBool, wake: &Sender<()>, woken: &Receiver<()>) {
        *self
            .followed
            .git
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = Repository::discover(&self.settings.content);
        let mut watched = self.watch(wake);
        let mut look_due = true;
        let mut last_look = Instant::now();
        while !stop.load(Ordering::Acquire) {
            if look_due {
                last_look = Instant::now();
                if let Err(error) = self.look() {
                    tracing::error!(%error, "content was not taken in; trying again");
                    std::thread::sleep(RETRY);
                }
                if watched
                    .as_ref()
                    .is_none_or(|(_, folder)| *folder != identity(&self.settings.content))
                {
                    watched = self.watch(wake);
                }
            }
            let busy = self.background();
            let pause = if busy {
                Duration::ZERO
            } else {
                LOOK_EVERY.min(Duration::from_secs(1))
            };
            look_due = woken.recv_timeout(pause).is_ok() || last_look.elapsed() >= LOOK_EVERY;
        }
    }

    fn watch(&self, wake: &Sender<()>) -> Option<(Watch, Option<u64>)> {
        let folder = identity(&self.settings.content);
        match watch(&self.settings.content, wake.clone()) {
            Ok(watch) => Some((watch, folder)),
            Err(error) => {
                tracing::warn!(%error, "no file events; looking every {} s instead", LOOK_EVERY.as_secs());
                None
            }
        }
    }

    /// One look: takes in what changed and makes it visible.
    fn look(&mut self) -> Result<(), FollowError> {
        let index = Arc::clone(&self.index);
        let followed = Arc::clone(&self.followed);
        let first = !self.published;
        let change = self
            .known
            .reconcile(&self.settings.content, &self.manifest, |done, total| {
                if first {
                    followed.report("reading", done, total);
                } else {
                    index.set_pending_files(total);
                }
            });
        self.index
            .set_trouble("content_unreachable", change.is_err());
        let change = change?;
        if change.synonyms {
            self.index.set_synonyms(self.known.synonyms());
        }
        let mut git = self
            .followed
            .git
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let moved = git
            .as_mut()
            .map(Repository::refresh)
            .transpose()
            .unwrap_or_else(|error| {
                tracing::warn!(%error, "commits are not told");
                None
            });
        if change.is_empty() && moved != Some(true) && self.published {
            drop(git);
            self.index.set_pending_files(0);
            return Ok(());
        }
        self.index
            .set_pending_files(change.changed.len() + change.gone.len());
        if first {
            self.followed.report("indexing", 0, change.changed.len());
        }
        let entries = entries(&self.known, git.as_mut(), &model(&self.index));
        let info = info(&self.known, git.as_ref(), self.manifest.next_generation()?);
        drop(git);
        let articles = entries.len();
        self.writer.publish(entries, info)?;
        self.index.set_pending_files(0);
        self.published = true;
        self.followed.ready.store(true, Ordering::Release);
        self.known.keep(&mut self.manifest)?;
        self.tell(articles, change.changed.len(), change.gone.len());
        Ok(())
    }

    /// Logs what came in, and every finding once.
    fn tell(&self, articles: usize, changed: usize, gone: usize) {
        let diagnostics = self
            .known
            .diagnostics(&self.settings.content, (self.settings.today)());
        let before = self
            .followed
            .diagnostics
            .swap(Arc::new(diagnostics.clone()));
        for finding in diagnostics
            .iter()
            .filter(|finding| finding.severity != Severity::Info && !before.contains(finding))
        {
            tracing::warn!(
                rule = finding.rule,
                "{}:{}:{}: {}; {}",
                finding.path,
                finding.line,
                finding.column,
                finding.message,
                finding.help
            );
        }
        if articles == 0 {
            tracing::warn!(
                "no articles in {}: add Markdown files to it",
                self.settings.content.display()
            );
        }
        self.index.set_trouble("no_articles", articles == 0);
        tracing::info!(
            articles,
            changed,
            gone,
            waiting_for_vectors = self.index.pending_embeddings(),
            "content taken in"
        );
    }

    /// Work between looks; true while some is left.
    fn background(&mut self) -> bool {
        let embedding = self.writer.embed_step().unwrap_or_else(|error| {
            tracing::error!(%error, "embedding paused");
            std::thread::sleep(RETRY);
            false
        });
        if let Err(error) = self.writer.sweep() {
            tracing::warn!(%error, "old entries stay for now");
        }
        embedding
    }
}

fn model(index: &Index) -> String {
    index
        .embedder
        .as_ref()
        .map_or_else(|| "none".to_owned(), |model| model.id().to_owned())
}

fn entries(known: &Known, git: Option<&mut Repository>, model: &str) -> Vec<Arc<Indexed>> {
    let revision = |article: &crate::article::Article| {
        let commit = git
            .as_deref()
            .and_then(|git| git.revision(&article.path, article.source.as_bytes()));
        commit.unwrap_or_else(|| article.content_hash.clone())
    };
    known
        .articles()
        .into_iter()
        .map(|article| {
            Arc::new(Indexed::new(
                Arc::clone(&article),
                revision(&article),
                model,
            ))
        })
        .collect()
}

fn info(known: &Known, git: Option<&Repository>, generation: u64) -> IndexInfo {
    let clean = |git: &Repository| {
        known.good().all(|article| {
            git.revision(&article.path, article.source.as_bytes())
                .is_some()
        }) && git
            .committed()
            .filter(|path| super::scan::is_article_path(path))
            .count()
            == known.good().count()
    };
    let commit = git.filter(|git| clean(git)).and_then(Repository::head);
    IndexInfo {
        revision: commit.unwrap_or_else(|| known.revision()),
        generation,
        pending: 0,
        updated_at: chrono::Utc::now().to_rfc3339_opts(chrono::SecondsFormat::Millis, true),
    }
}

/// Tells a folder from another that took its place.
fn identity(folder: &Path) -> Option<u64> {
    #[cfg(unix)]
    {
        std::fs::metadata(folder)
            .ok()
            .map(|meta| std::os::unix::fs::MetadataExt::ino(&meta))
    }
    #[cfg(not(unix))]
    {
        std::fs::metadata(folder).ok().map(|_| 0)
    }
}
