//! Any history of changes ends in the same state as a fresh build of the same folder.
//!
//! Random changes (seeded) on a folder that is followed, with restarts, and servers killed while they take the
//! changes in. `CUECARD_TEST_CHANGES=5000` makes it long, `CUECARD_TEST_SEED` repeats a failure.

mod folder;
mod repository;
mod running;
mod same;
mod storms;

use crate::random::Random;
pub(crate) use folder::Folder;
use running::{Running, kill_while_it_ingests};

/// Changes of the short run: some seconds.
const CHANGES: usize = 60;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

#[test]
fn any_history_ends_like_a_fresh_build() {
    let seed = number("CUECARD_TEST_SEED").unwrap_or_else(|| {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        now.unwrap().as_nanos() as u64
    });
    let changes = number("CUECARD_TEST_CHANGES").map_or(CHANGES, |n| n as usize);
    eprintln!("CUECARD_TEST_SEED={seed}");
    let told = std::panic::catch_unwind(|| run(seed, changes));
    if let Err(panic) = told {
        eprintln!("repeat it with CUECARD_TEST_SEED={seed} CUECARD_TEST_CHANGES={changes}");
        std::panic::resume_unwind(panic);
    }
}

fn run(seed: u64, changes: usize) {
    let mut random = Random(seed);
    let data = tempfile::tempdir().unwrap();
    let mut folder = Folder::new();
    for _ in 0..8 {
        folder.create(&mut random);
    }
    let mut running = Running::start(folder.root(), data.path());
    let mut done = 0;
    while done < changes {
        let burst = 1 + random.below(6);
        for _ in 0..burst {
            folder.change(&mut random);
            done += 1;
        }
        match random.below(12) {
            0 => {
                drop(running);
                folder.change(&mut random);
                running = Running::start(folder.root(), data.path());
            }
            1 => {
                drop(running);
                kill_while_it_ingests(&mut folder, data.path(), &mut random);
                running = Running::start(folder.root(), data.path());
            }
            _ => {}
        }
        let context = || format!("seed {seed}, after {done} changes:\n{}", folder.log());
        running.settle(folder.root(), &context);
        if random.below(8) == 0 {
            running.swept(&context);
        }
    }
    running.swept(&|| format!("seed {seed}, at the end"));
}
