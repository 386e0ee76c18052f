//! Following the content: what is followed, the handle of the loop, and a single scan for commands that answer one
//! question.
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
    commits::Commits,
    followed::Followed,
    git::{GitError, Repository},
    published::{entries, info},
    reconcile::ContentState,
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
    /// Commits are served, and nobody has laid any out.
    #[error(
        "commits are read from where `cuecard serve` lays them out, and there is nothing in {}: start it once on that data folder, or \
         name a folder of articles with --content", .0.display()
    )]
    NotLaidOut(PathBuf),
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

impl FollowError {
    /// Whether the content cannot be read; else what was read cannot be written.
    pub(super) fn is_of_content(&self) -> bool {
        matches!(self, Self::Scan(_) | Self::Git(GitError::Unreadable(_)))
    }
}

/// What is followed.
pub struct Settings {
    /// The content folder; where commits are served, the folder that they are laid out in.
    pub content: PathBuf,
    /// The repository whose commits are served; None serves the folder as it lies there.
    pub commits: Option<Commits>,
    /// Whether this process lays them out. Else another one does: the folder is read as it lies there, and only the commits'
    /// names come from the repository.
    pub lays_out: bool,
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
    // A folder that is not there is told before anything starts.
    match &settings.commits {
        None => drop(super::scan(&settings.content)?),
        Some(_) if !settings.lays_out => is_laid_out(&settings.content)?,
        Some(_) => {}
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
    load(Repository::discover(content), content, writer, manifest)
}

/// The same for commits that a server has laid out in the folder.
///
/// # Errors
/// `NotLaidOut`; when the folder cannot be read or an engine cannot be written.
pub fn load_laid_out(
    commits: &Commits,
    content: &Path,
    writer: &mut Writer,
    manifest: &Manifest,
) -> Result<(), FollowError> {
    is_laid_out(content)?;
    load(Some(commits.repository()), content, writer, manifest)
}

/// Only servers lay commits out, in the data folder that they have for themselves.
fn is_laid_out(content: &Path) -> Result<(), FollowError> {
    if content.is_dir() {
        return Ok(());
    }
    Err(FollowError::NotLaidOut(content.to_owned()))
}

fn load(
    mut git: Option<Repository>,
    content: &Path,
    writer: &mut Writer,
    manifest: &Manifest,
) -> Result<(), FollowError> {
    let mut known = ContentState::default();
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_cannot_be_watched_is_told_once() {
        let log = tempfile::NamedTempFile::new().unwrap();
        let writer = Arc::new(log.reopen().unwrap());
        let subscriber = tracing_subscriber::fmt().with_writer(writer).finish();
        let _inside = tracing::subscriber::set_default(subscriber);
        let settings = Settings {
            content: PathBuf::from("/nowhere/at-all"),
            commits: None,
            lays_out: true,
            today: Box::new(NaiveDate::default),
        };
        let (wake, _woken) = bounded(1);
        let (writer, manifest) = (Writer::in_memory(None, None), Manifest::in_memory());
        let followed = Arc::new(Followed::default());
        let mut reconciler = Reconciler::new(
            settings,
            writer.unwrap(),
            manifest.unwrap(),
            &followed,
            &wake,
        )
        .unwrap();
        for _ in 0..3 {
            assert!(reconciler.watch(&wake).is_none());
        }
        let said = std::fs::read_to_string(log.path()).unwrap();
        assert_eq!(said.matches("no file events").count(), 1, "{said}");
    }

    #[test]
    fn the_findings_are_there_when_it_is_ready() {
        let (content, data) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        std::fs::write(content.path().join("a.md"), "---\ntitle: [\n---\n").unwrap();
        let (asked, is_asked) = bounded(9);
        let (answer, answered) = bounded::<()>(9);
        let settings = Settings {
            content: content.path().to_owned(),
            commits: None,
            lays_out: true,
            today: Box::new(move || {
                let _ = asked.try_send(());
                let _ = answered.recv();
                NaiveDate::default()
            }),
        };
        let writer = Writer::open(data.path(), None, None).unwrap();
        let manifest = Manifest::open(data.path()).unwrap();
        let follower = follow(settings, writer, manifest).unwrap();
        // The look asks for the day first, then the findings.
        is_asked.recv().unwrap();
        answer.send(()).unwrap();
        is_asked.recv().unwrap();
        assert!(!follower.followed().ready());
        drop(answer);
        let begun = Instant::now();
        while !follower.followed().ready() {
            assert!(begun.elapsed() < Duration::from_secs(30));
            std::thread::sleep(Duration::from_millis(5));
        }
        assert_eq!(follower.followed().diagnostics().len(), 1);
    }

    #[test]
    fn what_a_panic_interrupted_is_shown_by_the_next_look() {
        let (content, data) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let article = |name: &str| content.path().join(name);
        std::fs::write(article("a.md"), "# A\n\nText.\n").unwrap();
        let (second, first_time) = (article("b.md"), AtomicBool::new(true));
        let settings = Settings {
            content: content.path().to_owned(),
            commits: None,
            lays_out: true,
            today: Box::new(move || {
                let is_interrupted = second.exists() && first_time.swap(false, Ordering::AcqRel);
                assert!(!is_interrupted, "a fault that comes once");
                NaiveDate::default()
            }),
        };
        let writer = Writer::open(data.path(), None, None).unwrap();
        let index = Arc::clone(writer.index());
        let manifest = Manifest::open(data.path()).unwrap();
        let _follower = follow(settings, writer, manifest).unwrap();
        let becomes = |articles: usize| {
            let begun = Instant::now();
            while index.generation().catalog.entries().len() != articles {
                assert!(begun.elapsed() < Duration::from_secs(30), "{articles}");
                std::thread::sleep(Duration::from_millis(5));
            }
        };
        becomes(1);
        std::fs::write(article("b.md"), "# B\n\nText.\n").unwrap();
        becomes(2);
    }
}
