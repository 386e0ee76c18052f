//! The data folder, taken for one process at a time.

use std::path::Path;

use super::StartError;

/// Takes the data folder for this process.
pub(super) fn take(data: &Path) -> Result<std::fs::File, StartError> {
    let folder = |error| StartError::Folder(data.display().to_string(), error);
    std::fs::create_dir_all(data).map_err(folder)?;
    let file = std::fs::OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(data.join("lock"))
        .map_err(folder)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => {
            Err(StartError::InUse(data.display().to_string()))
        }
        Err(std::fs::TryLockError::Error(error)) => Err(folder(error)),
    }
}
