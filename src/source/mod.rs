//! Content on disk: finding files, noticing changes, knowing their commits.
//!
//! Owns the reconciler: events only wake it; what counts is a scan compared with the last known state. Leaves the meaning
//! of a file to `article` and making it searchable to `index`.

mod commits;
mod follow;
mod followed;
mod git;
mod glossary;
mod inspect;
mod inspector;
mod last_good;
mod published;
mod reconcile;
mod reconciler;
mod scan;
mod watch;

pub use commits::Commits;
pub use follow::{FollowError, Follower, Settings, follow, load_laid_out, load_once};
pub use followed::Followed;
pub use git::{GitError, LastCommit, Past, Repository};
pub use inspect::Beside;
pub use inspector::judge;
pub use reconcile::ContentState;
pub use scan::{ScanError, scan};
