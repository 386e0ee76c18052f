//! The mark that keys have existed: losing `keys.sqlite` must not open the server to everybody.

use std::{
    fs::File,
    io::{ErrorKind, Write as _},
    path::Path,
};

use super::{KeysError, give_to_owner};

/// Name of the mark in the data folder.
const FILE_NAME: &str = "keys.in-use";

const TEXT: &str =
    "Keys were made here. While this file is there, no server starts without keys.sqlite.\n";

/// Leaves the mark.
pub(super) fn leave(data: &Path) {
    let mark = data.join(FILE_NAME);
    // One that is there stays as it is, also where it is a link of somebody's.
    match File::create_new(&mark).and_then(|mut file| file.write_all(TEXT.as_bytes())) {
        Ok(()) => give_to_owner(&mark, data),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
        Err(error) => {
            tracing::warn!(%error, "could not note in the data folder that keys are in use");
        }
    }
}

/// Whether there may be no keys.
///
/// # Errors
/// `Lost` where there were some.
pub(super) fn check(data: &Path) -> Result<(), KeysError> {
    let mark = data.join(FILE_NAME);
    match mark.exists() {
        true => Err(KeysError::Lost(data.join(super::FILE_NAME), mark)),
        false => Ok(()),
    }
}
