//! The lock on the data folder: one process at a time holds it, and releases it only when everything is written.

use std::{path::Path, time::Duration};

use super::{App, StartError};

/// How long the end waits for the loop that follows the content: some steps of the model.
const PATIENCE: Duration = Duration::from_secs(5);

/// Name of the file that is locked.
pub(super) const FILE_NAME: &str = "lock";

/// A data folder that is this process's own until this is dropped.
#[derive(Debug)]
pub struct Lock {
    _file: std::fs::File,
}

/// Takes the data folder for this process, and makes it where it is missing.
///
/// # Errors
/// When another process has it, or it cannot be written.
pub fn take(data: &Path) -> Result<Lock, StartError> {
    let folder = |error| StartError::Folder(data.display().to_string(), error);
    std::fs::create_dir_all(data).map_err(folder)?;
    let file = std::fs::OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(data.join(FILE_NAME))
        .map_err(folder)?;
    match file.try_lock() {
        Ok(()) => Ok(Lock { _file: file }),
        Err(std::fs::TryLockError::WouldBlock) => {
            Err(StartError::InUse(data.display().to_string()))
        }
        Err(std::fs::TryLockError::Error(error)) => Err(folder(error)),
    }
}

impl App {
    /// Writes what was recorded and stops to follow the content, for an end at which others still hold the service. Blocking.
    pub fn end(&self) {
        if let Some(insights) = &self.insights
            && let Err(error) = insights.flush()
        {
            tracing::warn!(%error, "the last events were not recorded");
        }
        if let Some(audit) = &self.audit {
            audit.flush();
        }
        // A process that ends while the model runs on another thread may crash.
        self.follower.end(PATIENCE);
    }
}
