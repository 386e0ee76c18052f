//! A remote repository, kept as a bare copy in the data folder.
//!
//! The `git` program fetches: it knows the operator's keys, tokens, proxies and known hosts, and what it fetched remains
//! when the network is down. All reading is done without it.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use crossbeam_channel::{Receiver, Sender, bounded};

use super::{GitError, Repository, failed, files_of};
use crate::{index::Index, text::one_line};

/// How ssh fetches: nobody is there to answer, and a remote that is silent for a minute is left alone. Nothing else limits
/// a fetch: the first of a large repository takes as long as the network needs.
const SSH: &str = "ssh -oBatchMode=yes -oServerAliveInterval=20";

/// How long git may clean up when it is asked to end.
const GRACE: Duration = Duration::from_secs(2);

/// How often a running fetch is looked at.
const TICK: Duration = Duration::from_millis(50);

/// File in the copy that has what git said last.
const LOG: &str = "cuecard.log";

/// Bytes of it that are told.
const MAX_COMPLAINT: usize = 4_096;

/// How git fetches: no commands as addresses, no cleaning meanwhile, everything on disk before it counts; and a remote that is
/// silent for a minute is left alone.
const SETTINGS: [&str; 5] = [
    "protocol.ext.allow=never",
    "gc.auto=0",
    "core.fsync=all",
    "http.lowSpeedLimit=1",
    "http.lowSpeedTime=60",
];

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
        // Of an earlier run the copy may be damaged, and a damaged one may be why a fetch failed.
        let mut is_doubtful = true;
        while !stop.load(Ordering::Acquire) {
            let outcome = if is_doubtful && !self.is_whole() {
                self.begin(stop)
            } else {
                self.fetch(&self.folder, stop)
            };
            is_doubtful = outcome.is_err();
            index.set_trouble("git_unreachable", is_doubtful);
            match outcome {
                Ok(()) => {
                    let _ = wake.try_send(());
                }
                Err(_) if stop.load(Ordering::Acquire) => return,
                Err(error) => {
                    tracing::warn!(%error, "nothing was fetched; what was fetched before is served on")
                }
            }
            let _ = asked.recv_timeout(self.every);
        }
    }

    /// Whether the copy has the branch, with all files of its newest commit and all of its history. A loss of power may leave
    /// empty objects, which git itself never mends.
    fn is_whole(&self) -> bool {
        let copy = Repository::at(self.folder.clone(), String::new());
        let read = || {
            let commit = copy.resolve(&fetched(self.branch.as_deref()))?;
            let git = copy.open()?;
            // Nobody asks for it, but git itself takes no folder without one for a repository.
            git.head().map_err(failed)?;
            for blob in files_of(&git, commit, "")?.values() {
                git.find_header(*blob).map_err(failed)?;
            }
            for earlier in git.rev_walk([commit]).all().map_err(failed)? {
                earlier.map_err(failed)?;
            }
            Ok::<_, GitError>(())
        };
        read().is_ok()
    }

    /// Fetches into a new copy, which takes the place of the one before when it is there.
    fn begin(&self, stop: &AtomicBool) -> Result<(), String> {
        let (new, old) = (
            self.folder.with_extension("new"),
            self.folder.with_extension("old"),
        );
        let swap = || {
            fs::create_dir_all(&self.folder)?;
            fs::rename(&self.folder, &old)?;
            fs::rename(&new, &self.folder)?;
            fs::remove_dir_all(&old)
        };
        // Of an attempt that was cut off.
        for left in [&new, &old] {
            let _ = fs::remove_dir_all(left);
        }
        fs::create_dir_all(&new).map_err(|error| unwritable(&new, &error))?;
        let mut init = git(&new);
        init.args(["init", "--quiet", "--bare", "."]);
        run(init, &new, stop)?;
        self.fetch(&new, stop)?;
        swap().map_err(|error| unwritable(&self.folder, &error))
    }

    /// Fetches the branch into a bare copy.
    fn fetch(&self, copy: &Path, stop: &AtomicBool) -> Result<(), String> {
        let from = self.branch.as_deref().map_or_else(
            || "HEAD".to_owned(),
            |branch| format!("refs/heads/{branch}"),
        );
        // Of a fetch that was cut off: with `gc.auto=0` nothing else removes them.
        for entry in fs::read_dir(copy.join("objects/pack"))
            .into_iter()
            .flatten()
            .flatten()
        {
            if entry.file_name().as_encoded_bytes().starts_with(b"tmp_") {
                let _ = fs::remove_file(entry.path());
            }
        }
        let mut fetch = git(copy);
        for setting in SETTINGS {
            fetch.args(["-c", setting]);
        }
        fetch
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
        run(fetch, copy, stop)
    }
}

/// Git on a bare repository.
fn git(copy: &Path) -> Command {
    let mut git = Command::new("git");
    git.current_dir(copy)
        // Where it runs: a relative path would be looked for below that.
        .env("GIT_DIR", ".")
        // Nobody is there to answer.
        .env("GIT_TERMINAL_PROMPT", "0")
        .env(
            "GIT_SSH_COMMAND",
            std::env::var("GIT_SSH_COMMAND").unwrap_or_else(|_| SSH.to_owned()),
        )
        .stdin(Stdio::null())
        .stdout(Stdio::null());
    #[cfg(unix)]
    {
        // With a group of its own, what it starts can be ended with it.
        use std::os::unix::process::CommandExt as _;
        git.process_group(0);
    }
    git
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

fn unwritable(copy: &Path, error: &std::io::Error) -> String {
    let place = copy.display();
    format!("the copy {place} cannot be written: {error}; check permissions and free space")
}

/// Runs git in a copy to its end, or the server's.
fn run(mut git: Command, copy: &Path, stop: &AtomicBool) -> Result<(), String> {
    // No pipe: one is full after 64 KiB, and open as long as a program that git left behind, such as ssh's master, has it.
    let log = copy.join(LOG);
    let stderr = fs::File::create(&log).map_err(|error| unwritable(copy, &error))?;
    let mut child = git.stderr(stderr).spawn().map_err(|error| {
        format!("the git program cannot be run: {error}; install git, or serve a folder")
    })?;
    loop {
        match child.try_wait() {
            Ok(Some(status)) if status.success() => return Ok(()),
            Ok(Some(_)) => return Err(complaint(&log)),
            Ok(None) if stop.load(Ordering::Acquire) => {
                end(&mut child);
                return Err("git was ended with the server".to_owned());
            }
            Ok(None) => std::thread::sleep(TICK),
            Err(error) => return Err(error.to_string()),
        }
    }
}

/// Ends git and the programs that it started to speak to the remote; first by asking, so that git removes its locks.
fn end(child: &mut Child) {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{Pid, Signal, kill_process_group};
        let group = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
        let signal = |signal| group.map(|group| kill_process_group(group, signal));
        let _ = signal(Signal::TERM);
        let asked = Instant::now();
        while asked.elapsed() < GRACE && matches!(child.try_wait(), Ok(None)) {
            std::thread::sleep(TICK);
        }
        let _ = signal(Signal::KILL);
    }
    let _ = child.kill();
    let _ = child.wait();
}

/// What git said last, on one line.
fn complaint(log: &Path) -> String {
    let said = fs::read(log).unwrap_or_default();
    let last = &said[said.len().saturating_sub(MAX_COMPLAINT)..];
    let said = one_line(&String::from_utf8_lossy(last));
    format!("git says: {said}; check git_url, git_branch and the credentials")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A program that says more than a pipe holds, in no encoding, and leaves another one behind that could go on.
    #[test]
    fn what_git_says_is_told_however_much_it_is_and_whoever_goes_on() {
        let copy = tempfile::tempdir().unwrap();
        let mut program = Command::new("sh");
        program.args([
            "-c",
            "sleep 20 & yes | head -c 200000 >&2; printf 'fatal: \\377 no' >&2; exit 1",
        ]);
        let begun = Instant::now();
        let said = run(program, copy.path(), &AtomicBool::new(false)).unwrap_err();
        assert!(said.contains("fatal: \u{fffd} no;"), "{said}");
        assert!(
            begun.elapsed() < Duration::from_secs(10),
            "nobody waits for the other program"
        );
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn git_is_asked_to_end_before_it_is_killed() {
        use std::os::unix::process::CommandExt as _;
        let copy = tempfile::tempdir().unwrap();
        let stop = AtomicBool::new(false);
        let mut program = Command::new("sh");
        let waits = "trap 'touch cleaned; exit 1' TERM; touch begun; while :; do sleep 0.1; done";
        program
            .args(["-c", waits])
            .current_dir(copy.path())
            .process_group(0);
        let has = |name: &str| copy.path().join(name).exists();
        std::thread::scope(|scope| {
            let running = scope.spawn(|| run(program, copy.path(), &stop));
            while !has("begun") && !running.is_finished() {
                std::thread::sleep(TICK);
            }
            stop.store(true, Ordering::Release);
            assert!(running.join().unwrap().is_err());
        });
        assert!(has("cleaned"));
    }
}
