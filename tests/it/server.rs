//! The real server as a process: started, awaited, and stopped with its test.

use std::{
    fs::File,
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

/// How long a start may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running server.
pub(crate) struct Server {
    child: Child,
    /// Where it can be asked.
    pub(crate) url: String,
}

/// `cuecard serve` on any port of this machine, unless a flag says otherwise.
pub(crate) fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cuecard"));
    command.arg("serve").env("CUECARD_LISTEN", "127.0.0.1:0");
    command
}

impl Server {
    /// Begins one; what it logs goes to a file.
    pub(crate) fn start(command: &mut Command, log: &Path) -> Self {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(File::create(log).unwrap())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut told = BufReader::new(child.stdout.take().unwrap());
        told.read_line(&mut line).unwrap();
        let url = line.trim().rsplit(' ').next().unwrap().to_owned();
        Self { child, url }
    }

    /// Waits until its articles are searchable.
    pub(crate) fn ready(self) -> Self {
        wait(|| ureq::get(format!("{}/readyz", self.url)).call().is_ok());
        self
    }

    /// Its process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Asks it to end.
    pub(crate) fn signal(&self) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").arg(id).status().unwrap().success());
    }

    /// Waits until it has ended.
    pub(crate) fn wait(&mut self) -> ExitStatus {
        self.child.wait().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits until it is so.
#[track_caller]
pub(crate) fn wait(done: impl Fn() -> bool) {
    let begun = Instant::now();
    while !done() {
        assert!(begun.elapsed() < PATIENCE, "it does not come");
        thread::sleep(Duration::from_millis(20));
    }
}

/// Says that a test does nothing here: past the harness, which shows no words of tests that pass.
pub(crate) fn passed_over(why: &str) {
    use std::io::Write as _;
    let _ = writeln!(std::io::stderr(), "passed over: {why}");
}
