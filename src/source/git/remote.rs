//! A remote repository, kept as a bare copy in the data folder.
//!
//! The `git` program fetches: it knows the operator's keys, tokens, proxies and known hosts, and what it fetched
//! stays when the network is gone. All reading is done without it.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use crossbeam_channel::{Receiver, Sender, bounded};

use crate::index::Index;

/// How long one fetch may take; then it is ended, and what was fetched before is served on.
const FETCH_LIMIT: Duration = Duration::from_secs(300);

/// How often a running fetch is looked at.
const TICK: Duration = Duration::from_millis(50);

/// Whether an address is a folder on this machine, which needs no fetching.
pub(in crate::source) fn is_local(url: &str) -> bool {
    Path::new(url).is_dir()
}

/// Where the copy of a remote is kept: another remote gets another copy.
pub(in crate::source) fn fetch_dir(data: &Path, url: &str) -> PathBuf {
    let name = blake3::hash(url.as_bytes()).to_hex();
    data.join("git").join(format!("{}.git", &name[..16]))
}

/// Fetches on a thread of its own, every so often and when asked; ends when it is dropped.
pub(in crate::source) struct Fetcher {
    ask: Sender<()>,
    stop: Arc<AtomicBool>,
    thread: Option<std::thread::JoinHandle<()>>,
}

/// What is fetched.
pub(in crate::source) struct Remote {
    pub(in crate::source) url: String,
    /// None for the remote's own default.
    pub(in crate::source) branch: Option<String>,
    pub(in crate::source) folder: PathBuf,
    pub(in crate::source) every: Duration,
}

impl Fetcher {
    /// Starts fetching; `wake` is told after each fetch that came to its end.
    pub(in crate::source) fn start(
        remote: Remote,
        wake: Sender<()>,
        index: Arc<Index>,
    ) -> std::io::Result<Self> {
        let (ask, asked) = bounded(1);
        let stop = Arc::new(AtomicBool::new(false));
        let thread = {
            let stop = Arc::clone(&stop);
            std::thread::Builder::new()
                .name("fetcher".to_owned())
                .spawn(move || remote.run(&asked, &wake, &index, &stop))?
        };
        Ok(Self {
            ask,
            stop,
            thread: Some(thread),
        })
    }

    /// A handle that asks for a fetch now.
    pub(in crate::source) fn asker(&self) -> Sender<()> {
        self.ask.clone()
    }
}

impl Drop for Fetcher {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
        // A full channel means that it is asked already.
        let _ = self.ask.try_send(());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Remote {
    fn run(&self, asked: &Receiver<()>, wake: &Sender<()>, index: &Index, stop: &AtomicBool) {
        while !stop.load(Ordering::Acquire) {
            let outcome = self.fetch(stop);
            index.set_trouble("git_unreachable", outcome.is_err());
            match outcome {
                Ok(()) => {
                    let _ = wake.try_send(());
                }
                Err(error) => {
                    tracing::warn!(%error, "nothing was fetched; what was fetched before is served on")
                }
            }
            let _ = asked.recv_timeout(self.every);
        }
    }

    /// Fetches the branch into the bare copy, making that where it is missing.
    fn fetch(&self, stop: &AtomicBool) -> Result<(), String> {
        if !self.folder.join("HEAD").is_file() {
            std::fs::create_dir_all(&self.folder).map_err(|error| error.to_string())?;
            let mut init = self.git();
            init.args(["init", "--quiet", "--bare", "."]);
            run(init, stop)?;
        }
        let from = self.branch.as_deref().map_or_else(
            || "HEAD".to_owned(),
            |branch| format!("refs/heads/{branch}"),
        );
        let mut fetch = self.git();
        fetch
            .args(["-c", "protocol.ext.allow=never", "-c", "gc.auto=0"])
            .args([
                "fetch",
                "--quiet",
                "--no-tags",
                "--no-write-fetch-head",
                "--force",
                "--",
            ])
            .arg(&self.url)
            .arg(format!("{from}:{}", fetched(self.branch.as_deref())));
        run(fetch, stop)
    }

    fn git(&self) -> Command {
        let mut git = Command::new("git");
        git.current_dir(&self.folder)
            .env("GIT_DIR", &self.folder)
            // Nobody is there to answer.
            .env("GIT_TERMINAL_PROMPT", "0")
            .env(
                "GIT_SSH_COMMAND",
                std::env::var("GIT_SSH_COMMAND")
                    .unwrap_or_else(|_| "ssh -oBatchMode=yes".to_owned()),
            )
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        git
    }
}

/// The branch of the copy that holds what was fetched: another branch of the remote never stands for it.
pub(in crate::source) fn fetched(branch: Option<&str>) -> String {
    let Some(branch) = branch else {
        return "refs/heads/cuecard".to_owned();
    };
    // A hash, because `a` and `a/b` cannot be branches of one repository.
    let name = blake3::hash(branch.as_bytes()).to_hex();
    format!("refs/heads/cuecard-{}", &name[..16])
}

/// Runs git to its end, or to the limit's.
fn run(mut git: Command, stop: &AtomicBool) -> Result<(), String> {
    let mut child = git.spawn().map_err(|error| {
        format!("the git program cannot be run: {error}; install git, or serve a folder")
    })?;
    let begun = Instant::now();
    loop {
        match child.try_wait() {
            Ok(Some(status)) if status.success() => return Ok(()),
            Ok(Some(_)) => return Err(complaint(&mut child)),
            Ok(None) if stop.load(Ordering::Acquire) || begun.elapsed() > FETCH_LIMIT => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(format!(
                    "git did not end within {} s; check the network",
                    FETCH_LIMIT.as_secs()
                ));
            }
            Ok(None) => std::thread::sleep(TICK),
            Err(error) => return Err(error.to_string()),
        }
    }
}

/// What git said, on one line.
fn complaint(child: &mut std::process::Child) -> String {
    use std::io::Read as _;
    let mut said = String::new();
    if let Some(stderr) = child.stderr.take() {
        let _ = stderr.take(4_096).read_to_string(&mut said);
    }
    let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
    format!("git says: {said}; check git_url, git_branch and the credentials")
}
