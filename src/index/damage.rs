//! SQLite files of derived content that turn out to be damaged: they are removed and made again.

use std::path::Path;

use rusqlite::{Error, ErrorCode};

/// Whether the file is at fault, not the disk or the moment.
pub(super) fn is_damaged(error: &Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase)
    )
}

/// Removes a file that no connection has open, with its log. What cannot be removed fails again when it is opened.
pub(super) fn remove(file: &Path) {
    for ending in ["", "-wal", "-shm"] {
        let mut name = file.as_os_str().to_owned();
        name.push(ending);
        let _ = std::fs::remove_file(name);
    }
}

/// Writes over every page but the first, so that the file opens and cannot be read.
#[cfg(test)]
pub(super) fn spoil(file: &Path) {
    let mut bytes = std::fs::read(file).unwrap();
    assert!(bytes.len() > 8_192, "there are pages to spoil");
    bytes[4_096..].fill(0xA5);
    std::fs::write(file, bytes).unwrap();
}
