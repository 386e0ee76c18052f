//! Low-priority threads for background work, so that requests come first.

/// Steps by which a thread steps back: beside one that answers it gets a quarter of a core, and all of an idle one; further back, an
/// article that is saved while others keep the machine busy would wait for seconds.
#[cfg(target_os = "linux")]
const NICENESS: i32 = 5;

/// From now on this thread, and those that it starts, gives way to others of the machine. Only on Linux, where each thread has a
/// priority of its own; without effect where that is not allowed.
pub fn give_way() {
    #[cfg(target_os = "linux")]
    {
        let thread = rustix::thread::gettid();
        if let Err(error) = rustix::process::setpriority_process(Some(thread), NICENESS) {
            tracing::debug!(%error, "a thread does not give way");
        }
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use rustix::{process::getpriority_process, thread::gettid};

    use super::*;

    #[test]
    fn a_thread_gives_way_with_those_that_it_starts_and_no_other() {
        let priority = || getpriority_process(Some(gettid())).unwrap();
        let before = priority();
        let (own, started) = std::thread::spawn(move || {
            give_way();
            (priority(), std::thread::spawn(priority).join().unwrap())
        })
        .join()
        .unwrap();
        assert_eq!((own, started), (NICENESS, NICENESS));
        assert_eq!(priority(), before);
    }
}
