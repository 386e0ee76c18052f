//! The reconciler's loop: scan the content, publish changes, embed pending units, repeat.

use std::{
    mem::replace,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use chrono::NaiveDate;
use crossbeam_channel::{Receiver, Sender};

use super::{
    commits::{Commits, Served},
    follow::{FollowError, Settings},
    followed::Followed,
    git::Repository,
    inspect::Beside,
    inspector::Inspector,
    published::{entries, info},
    reconcile::ContentState,
    watch::{Depth, Watch, identity, watch},
};
use crate::{
    index::{Index, Manifest, Writer},
    panics::caught,
    trace,
};

/// Looks without an event, for file systems that send none and for events that were lost.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// A second look after an event: files born inside a new folder may send none of their own.
const LOOK_AFTER: Duration = Duration::from_millis(300);

/// Rest between two looks that failed.
const RETRY: Duration = Duration::from_secs(1);

/// Everything that the loop holds.
pub(super) struct Reconciler {
    index: Arc<Index>,
    settings: Settings,
    writer: Writer,
    manifest: Manifest,
    known: ContentState,
    git: Option<Repository>,
    followed: Arc<Followed>,
    inspector: Inspector,
    served: Option<Served>,
    /// Where the folder really is, and what git was found by: another place has another repository.
    home: Option<(PathBuf, Option<PathBuf>)>,
    /// Whether what is visible is what is known: a look that failed half-way must be made up for.
    published: bool,
    /// Good texts that the manifest does not have yet.
    unkept: bool,
    /// Whether the log was told that there are no file events.
    is_unwatched: bool,
    /// The day that the findings are of.
    inspected: Option<NaiveDate>,
}

impl Reconciler {
    pub(super) fn new(
        settings: Settings,
        writer: Writer,
        manifest: Manifest,
        followed: &Arc<Followed>,
        wake: &Sender<()>,
    ) -> std::io::Result<Self> {
        let index = Arc::clone(writer.index());
        let served = settings
            .commits
            .clone()
            .filter(|_| settings.lays_out)
            .map(|commits| Served::start(commits, &settings.content, wake, &index))
            .transpose()?;
        let ask = served.as_ref().and_then(Served::asker);
        followed.woken_by(ask.unwrap_or_else(|| wake.clone()));
        Ok(Self {
            inspector: Inspector::start(Arc::clone(followed), Arc::clone(&index))?,
            index,
            git: settings.commits.as_ref().map(Commits::repository),
            settings,
            writer,
            manifest,
            known: ContentState::default(),
            followed: Arc::clone(followed),
            served,
            home: None,
            published: false,
            unkept: false,
            is_unwatched: false,
            inspected: None,
        })
    }

    pub(super) fn run(&mut self, stop: &AtomicBool, wake: &Sender<()>, woken: &Receiver<()>) {
        let mut watched = self.watch(wake);
        let mut look_due = true;
        let mut last_look = Instant::now();
        let mut next_look = LOOK_EVERY;
        while !stop.load(Ordering::Acquire) {
            if look_due {
                last_look = Instant::now();
                // One text that nobody thought of must not end the following of all.
                let outcome = caught(|| self.look()).unwrap_or_else(|panic| {
                    // Some of what changed may be known already, and shown by nothing.
                    self.published = false;
                    Err(FollowError::Panic(panic))
                });
                let is_of_content = outcome.as_ref().err().map(FollowError::is_of_content);
                self.index
                    .set_trouble("content_unreachable", is_of_content == Some(true));
                self.index
                    .set_trouble("index_not_written", is_of_content == Some(false));
                if let Err(error) = outcome {
                    // What was away and is back may look like what was watched.
                    if error.is_of_content() {
                        watched = None;
                    }
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
            let busy = caught(|| self.background()).unwrap_or_else(|panic| {
                tracing::error!(
                    panic,
                    "vectors and sweeping rest after a panic; please report it"
                );
                std::thread::sleep(RETRY);
                false
            });
            let pause = if busy {
                Duration::ZERO
            } else {
                next_look.min(Duration::from_secs(1))
            };
            let event = woken.recv_timeout(pause).is_ok();
            look_due = event || last_look.elapsed() >= next_look;
            if look_due {
                next_look = if event { LOOK_AFTER } else { LOOK_EVERY };
            }
        }
    }

    /// Watches the folder; commits are served only whole, so it is their branch that is watched, and not their folder.
    pub(super) fn watch(&mut self, wake: &Sender<()>) -> Option<(Watch, Option<u64>)> {
        let folder = identity(&self.settings.content);
        let watched = match (&self.served, &self.settings.commits) {
            // One that cannot be read is told by every look.
            (Some(_), Some(commits)) => commits.watched().ok()?,
            _ => vec![(self.settings.content.clone(), Depth::All)],
        };
        match watch(&watched, wake.clone()) {
            Ok(watch) => {
                self.is_unwatched = false;
                Some((watch, folder))
            }
            Err(error) => {
                if !replace(&mut self.is_unwatched, true) {
                    tracing::warn!(%error, "no file events; looking every {} s instead", LOOK_EVERY.as_secs());
                }
                None
            }
        }
    }

    /// One look: takes in what changed and makes it visible.
    fn look(&mut self) -> Result<(), FollowError> {
        let begun = Instant::now();
        let followed = Arc::clone(&self.followed);
        self.settle();
        let Some((changed, gone, moved)) = self.take_in()? else {
            return Ok(());
        };
        let beside = Beside::read(&self.settings.content);
        let today = (self.settings.today)();
        let rules = !beside.same_as(&followed.beside.load()) || self.inspected != Some(today);
        if rules {
            followed.beside.store(Arc::new(beside));
            self.inspected = Some(today);
        }
        if changed + gone == 0 && !moved && self.published {
            self.index.set_pending_files(0);
            if rules {
                self.inspect();
            }
            return self.keep();
        }
        let span = trace::content_pass(changed, gone, begun.elapsed());
        let _inside = span.enter();
        // Until it is visible it is due, whatever fails on the way.
        self.published = false;
        self.index.set_pending_files((changed + gone).max(1));
        if !followed.ready() {
            followed.report("indexing", 0, changed);
        }
        let number = self.manifest.next_generation()?;
        let git = self.git.as_ref();
        let entries = entries(&self.known, git, &self.index);
        let mut info = info(&self.known, git, number);
        // A commit is what it is, broken files and all.
        if let (Some(_), Some(commit)) = (&self.served, git.and_then(Repository::head)) {
            info.revision.clone_from(&commit);
            self.writer.set_commit(Some(commit));
        }
        let articles = entries.len();
        self.writer
            .publish(entries, info)
            .inspect_err(|_| trace::failed(&span))?;
        trace::taken_in(&span, articles, self.index.pending_embeddings());
        self.index.set_pending_files(0);
        (self.published, self.unkept) = (true, true);
        self.tell(articles, changed, gone);
        // Whoever waits until it is ready may ask for the findings then.
        let inspected = caught(|| self.inspect());
        followed.ready.store(true, Ordering::Release);
        if let Err(panic) = inspected {
            self.published = false;
            return Err(FollowError::Panic(panic));
        }
        self.keep()
    }

    /// Finds the folder's repository: when it is first looked at, and when the folder or the repository is another.
    fn settle(&mut self) {
        if self.settings.commits.is_some() {
            return;
        }
        let home = self.settings.content.canonicalize().ok().map(|real| {
            let mut above = real.ancestors().map(|folder| folder.join(".git"));
            let found = above.find(|git| git.exists());
            (real, found)
        });
        // A folder that is away keeps its repository until it is back.
        if home.is_none() || home == self.home {
            return;
        }
        let is_lost = self.git.take().is_some();
        self.git = Repository::discover(&self.settings.content);
        // One that cannot be opened is looked for again.
        self.home = home.filter(|(_, found)| found.is_none() || self.git.is_some());
        if is_lost && self.git.is_none() {
            self.followed.forget_git();
            self.published = false;
        }
    }

    /// Brings what is known up to the content: files changed, files gone, and whether another commit is shown. None
    /// while there is no commit yet.
    fn take_in(&mut self) -> Result<Option<(usize, usize, bool)>, FollowError> {
        if let (Some(served), Some(git)) = (&mut self.served, &mut self.git)
            && !served.advance(git)?
        {
            self.followed.report("fetching", 0, 0);
            return Ok(None);
        }
        if let Some(served) = &self.served {
            self.known.leave_out(served.left_out());
        }
        let moved = self
            .git
            .as_mut()
            .map(Repository::refresh)
            .transpose()
            .unwrap_or_else(|error| {
                tracing::warn!(%error, "commits are not told");
                None
            });
        if self.git.as_ref().is_some_and(|git| !git.is_there()) {
            self.home = None;
        }
        if let (Some(true), Some(git)) = (moved, &self.git) {
            self.followed.tell_of(git);
        }
        let (changed, gone) = self.reconcile()?;
        if self
            .served
            .as_ref()
            .is_some_and(|served| !served.is_whole())
        {
            // What is known now lacks a file, or will lack it: nothing of it is shown.
            self.published = false;
            return Err(FollowError::Removed(self.settings.content.clone()));
        }
        Ok(Some((changed, gone, moved == Some(true))))
    }

    /// Brings what is known up to the folder; gives how many files changed and how many are gone.
    fn reconcile(&mut self) -> Result<(usize, usize), FollowError> {
        let (index, followed) = (&self.index, &self.followed);
        let change = self.known.reconcile(
            &self.settings.content,
            &self.manifest,
            self.git.as_ref(),
            |done, total| {
                if followed.ready() {
                    index.set_pending_files(total);
                } else {
                    followed.report("reading", done, total);
                }
            },
        )?;
        if change.synonyms {
            self.index.set_synonyms(self.known.synonyms());
        }
        Ok((
            change.changed.len() + usize::from(change.synonyms),
            change.gone.len(),
        ))
    }

    /// Keeps good texts for the day on which their files are broken.
    fn keep(&mut self) -> Result<(), FollowError> {
        if self.unkept {
            self.known.keep(&mut self.manifest)?;
            self.unkept = false;
        }
        Ok(())
    }

    /// Finds out what editors should know.
    fn inspect(&self) {
        let today = (self.settings.today)();
        let findings = self.known.findings(
            &|path| self.settings.content.join(path).is_file(),
            today,
            self.git.as_ref(),
            &self.followed.beside.load(),
        );
        self.followed.set_quick(findings);
        self.inspector.give(self.known.articles(), today);
    }

    /// Logs what came in.
    fn tell(&self, articles: usize, changed: usize, gone: usize) {
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
