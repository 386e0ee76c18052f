//! File system events. They only signal that a scan is due, never what changed.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use crossbeam_channel::Sender;
use notify::{
    EventKind, RecommendedWatcher, RecursiveMode,
    event::{AccessKind, AccessMode},
};
use notify_debouncer_full::{DebounceEventResult, Debouncer, NoCache, new_debouncer_opt};

/// How long the folder must be quiet before a look: a save is often several events, and half-written files settle.
const DEBOUNCE: Duration = Duration::from_millis(60);

/// Watches while it lives.
pub(super) struct Watch {
    _debouncer: Debouncer<RecommendedWatcher, NoCache>,
}

fn is_read(kind: &EventKind) -> bool {
    matches!(kind, EventKind::Access(access) if *access != AccessKind::Close(AccessMode::Write))
}

/// What is watched of a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Depth {
    /// The files in it.
    Files,
    /// All below it.
    All,
}

/// Wakes the receiver whenever something in the folders may have changed.
pub(super) fn watch(folders: &[(PathBuf, Depth)], wake: Sender<()>) -> notify::Result<Watch> {
    let on_event = move |result: DebounceEventResult| {
        match &result {
            // Reading files is an event too, and looking reads them.
            Ok(events) if events.iter().all(|event| is_read(&event.kind)) => return,
            Ok(_) => {}
            Err(errors) => tracing::debug!(?errors, "watcher lost events: a look is due"),
        }
        // A full channel means that a look is due already.
        let _ = wake.try_send(());
    };
    let mut debouncer = new_debouncer_opt(
        DEBOUNCE,
        Some(DEBOUNCE / 3),
        on_event,
        NoCache::new(),
        notify::Config::default().with_follow_symlinks(false),
    )?;
    for (folder, depth) in folders {
        let real = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
        let mode = match depth {
            Depth::Files => RecursiveMode::NonRecursive,
            Depth::All => RecursiveMode::Recursive,
        };
        debouncer.watch(&real, mode)?;
    }
    Ok(Watch {
        _debouncer: debouncer,
    })
}

/// Tells a folder from another that took its place.
pub(super) fn identity(folder: &Path) -> Option<u64> {
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
