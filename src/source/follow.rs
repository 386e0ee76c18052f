//! Following the content: what is followed, the loop's handle, and one look for commands that answer one question.
//!
//! Leaves the loop itself to `reconciler`.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

use chrono::NaiveDate;
use crossbeam_channel::{Sender, bounded};

use super::{
    followed::Followed,
    git::{GitError, Repository},
    published::{entries, info},
    reconcile::Known,
    reconciler::Reconciler,
    scan::ScanError,
};
use crate::index::{IndexError, Manifest, ManifestError, Writer};

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
    /// The repository that the articles come from.
    #[error(transparent)]
    Git(#[from] GitError),
    /// Files of the commit that is laid out were removed while they were read.
    #[error(
        "files were removed from {} while they were read; leave that folder to Cuecard", .0.display()
    )]
    Removed(PathBuf),
    /// A fault of this program.
    #[error(
        "a look at the content ended in a panic: {0}; please report it with the file that was saved last"
    )]
    Panic(String),
}

/// What is followed.
pub struct Settings {
    /// The content folder; where commits are served, the folder that they are laid out in.
    pub content: PathBuf,
    /// The repository whose commits are served; None serves the folder as it lies there.
    pub commits: Option<Commits>,
    /// Today where the editors are: decides which reviews are due.
    pub today: Box<dyn Fn() -> NaiveDate + Send>,
}

/// A branch whose commits are served, each as a whole.
#[derive(Debug, Clone)]
pub struct Commits {
    /// A folder on this machine (a work tree or a bare repository), or the address of a remote.
    pub url: String,
    /// Branch; None is HEAD.
    pub branch: Option<String>,
    /// The articles' folder within the repository, as `a/b` or empty.
    pub folder: String,
    /// How often a remote is asked without a hook.
    pub every: Duration,
    /// Where remotes are kept.
    pub data: PathBuf,
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

    /// Asks for a look now; where a remote is followed, for a fetch.
    pub fn wake(&self) {
        self.followed.wake();
    }

    /// Asks the loop to end, and waits for it so long.
    pub fn end(&self, patience: Duration) {
        self.stop.store(true, Ordering::Release);
        // A full channel means that a look is due already.
        let _ = self.wake.try_send(());
        let begun = Instant::now();
        let runs = || self.thread.as_ref().is_some_and(|it| !it.is_finished());
        while runs() && begun.elapsed() < patience {
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        self.end(Duration::ZERO);
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
    if settings.commits.is_none() {
        // A folder that is not there is told before anything starts.
        super::scan(&settings.content)?;
    }
    let (wake, woken) = bounded(1);
    let followed = Arc::new(Followed::default());
    let stop = Arc::new(AtomicBool::new(false));
    let folder = |error| FollowError::Index(IndexError::Folder(error));
    let mut reconciler =
        Reconciler::new(settings, writer, manifest, &followed, &wake).map_err(folder)?;
    let thread = {
        let (stop, wake) = (Arc::clone(&stop), wake.clone());
        std::thread::Builder::new()
            .name("reconciler".to_owned())
            .spawn(move || reconciler.run(&stop, &wake, &woken))
    };
    let thread = thread.map_err(folder)?;
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
    let mut git = Repository::discover(content);
    if let Some(git) = &mut git {
        // Without commits, texts are named by their content.
        let _ = git.refresh();
    }
    known.reconcile(content, manifest, git.as_ref(), |_, _| {})?;
    writer.index().set_synonyms(known.synonyms());
    writer.publish(
        entries(&known, git.as_ref(), writer.index()),
        info(&known, git.as_ref(), 1),
    )?;
    while writer.embed_step()? {}
    Ok(())
}
