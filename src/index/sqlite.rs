//! SQLite files of derived data: how they are opened, and recreated if they are damaged.

use std::{path::Path, time::Duration};

use rusqlite::{Connection, Error, ErrorCode};

/// How long one connection waits while another writes.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);

/// Makes a connection ready for several processes, with these tables. The newest rows may go with the power; the file stays
/// whole.
pub(super) fn with_tables(connection: Connection, tables: &str) -> rusqlite::Result<Connection> {
    connection.busy_timeout(PATIENCE)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    connection.execute_batch(tables)?;
    Ok(connection)
}

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
