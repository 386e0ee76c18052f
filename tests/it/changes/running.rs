//! A folder being followed, in this process or by a server that is killed.

use std::{
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

use cuecard::{
    index::{Index, Manifest, Writer, embed::HashedEmbedder},
    source::{Follower, Settings, follow},
};

use super::{Folder, same};
use crate::random::Random;

/// How long any change may take to arrive; the slowest machine counts, not the goal.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);

/// A folder being followed.
pub(super) struct Running {
    pub(super) index: Arc<Index>,
    pub(super) follower: Follower,
}

impl Running {
    pub(super) fn start(content: &Path, data: &Path) -> Self {
        let writer = Writer::open(data, Some(Arc::new(HashedEmbedder)), None).unwrap();
        let manifest = Manifest::open(data).unwrap();
        let settings = Settings {
            content: content.to_owned(),
            commits: None,
            lays_out: true,
            today: Box::new(|| "2026-11-22".parse().unwrap()),
        };
        let index = Arc::clone(writer.index());
        let follower = follow(settings, writer, manifest).unwrap();
        Self { index, follower }
    }

    /// Waits until the folder as it is now is what is searched, and compares everything.
    pub(super) fn settle(&self, content: &Path, context: &dyn Fn() -> String) {
        let fresh = same::fresh(content);
        let begun = Instant::now();
        loop {
            let difference = same::difference(&self.index, &fresh);
            match difference {
                None => break,
                Some(difference) if begun.elapsed() > PATIENCE => {
                    panic!(
                        "{}\nnever became like a fresh build: {difference}",
                        context()
                    )
                }
                Some(_) => std::thread::sleep(Duration::from_millis(5)),
            }
        }
        same::engines_hold(&self.index, context);
        same::answers_agree(&self.index, &fresh, context);
    }

    /// Waits until the engines hold nothing that no article has.
    pub(super) fn swept(&self, context: &dyn Fn() -> String) {
        let begun = Instant::now();
        while let Some(difference) = same::leftovers(&self.index) {
            assert!(
                begun.elapsed() < PATIENCE,
                "{}\nold entries stay: {difference}",
                context()
            );
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

/// A server on the same folders, killed at a random moment while it takes in changes.
pub(super) fn kill_while_it_ingests(folder: &mut Folder, data: &Path, random: &mut Random) {
    let mut server = Command::new(env!("CARGO_BIN_EXE_cuecard"))
        .args(["serve", "--listen", "127.0.0.1:0", "--model", "hashed"])
        .arg("--content")
        .arg(folder.root())
        .arg("--data")
        .arg(data)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // Half of the servers die while they start.
    if random.below(2) == 0 {
        let mut line = String::new();
        let mut out = BufReader::new(server.stdout.take().unwrap());
        out.read_line(&mut line).unwrap();
        assert!(line.contains("listening"), "{line}");
    }
    for _ in 0..random.below(12) {
        folder.change(random);
    }
    std::thread::sleep(Duration::from_millis(random.below(250) as u64));
    server.kill().unwrap();
    server.wait().unwrap();
}
