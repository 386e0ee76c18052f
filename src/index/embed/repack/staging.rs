//! Atomic writes: everything is written to a temporary folder or file next to the target, flushed to disk, and then
//! renamed, so that no incomplete file ever has its final name.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::RepackError;

/// A folder that is filled beside `target` and takes its place on [`Staging::commit`]. Dropped before that, it is
/// removed and `target` is left as it was.
pub(super) struct Staging {
    target: PathBuf,
    staged: PathBuf,
}

impl Staging {
    pub(super) fn new(target: &Path) -> Result<Self, RepackError> {
        let staged = beside(target, "part");
        let made = remove(&staged).and_then(|()| fs::create_dir_all(&staged));
        made.map_err(|cause| failed(&staged, cause))?;
        Ok(Self {
            target: target.to_owned(),
            staged,
        })
    }

    pub(super) fn write(&self, name: &str, bytes: &[u8]) -> Result<(), RepackError> {
        let path = self.staged.join(name);
        write_flushed(&path, bytes).map_err(|cause| failed(&path, cause))
    }

    /// Puts the folder in `target`'s place. What was there is set aside first, because a folder cannot be renamed
    /// onto a full one, and removed afterwards.
    pub(super) fn commit(self) -> Result<(), RepackError> {
        let former = beside(&self.target, "old");
        let set_aside = remove(&former).and_then(|()| match fs::rename(&self.target, &former) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            other => other,
        });
        let moved = set_aside.and_then(|()| {
            fs::rename(&self.staged, &self.target).inspect_err(|_| {
                // The former one takes its place again; where that fails too, the first failure is the one to tell.
                let _ = fs::rename(&former, &self.target);
            })
        });
        moved.map_err(|cause| failed(&self.target, cause))?;
        // The new one is in place: what cannot be removed only takes room.
        let _ = remove(&former);
        Ok(())
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        // After a commit there is nothing left here; otherwise a failure has been reported already.
        let _ = remove(&self.staged);
    }
}

/// Writes one file beside `target` and renames it.
pub(super) fn write_file(target: &Path, bytes: &[u8]) -> Result<(), RepackError> {
    let staged = beside(target, "part");
    let parent = target.parent().unwrap_or(Path::new("."));
    let written = fs::create_dir_all(parent)
        .and_then(|()| write_flushed(&staged, bytes))
        .and_then(|()| fs::rename(&staged, target));
    written.map_err(|cause| {
        let _ = remove(&staged);
        failed(target, cause)
    })
}

/// `folder/name` → `folder/.name.<process>.<ending>`: two runs at once do not meet.
fn beside(target: &Path, ending: &str) -> PathBuf {
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    let process = std::process::id();
    target.with_file_name(format!(".{name}.{process}.{ending}"))
}

fn write_flushed(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Removes a file or a folder; that it is not there is fine.
fn remove(path: &Path) -> io::Result<()> {
    let removed = if path.is_dir() {
        fs::remove_dir_all(path)
    } else {
        fs::remove_file(path)
    };
    match removed {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

fn failed(path: &Path, cause: io::Error) -> RepackError {
    RepackError::Write {
        path: path.to_owned(),
        cause,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let name = |entry: io::Result<fs::DirEntry>| entry.unwrap().file_name();
        entries
            .map(|entry| name(entry).to_string_lossy().into_owned())
            .collect()
    }

    #[test]
    fn commit_replaces_a_full_folder_and_leaves_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("deep/model");
        for text in ["one", "two"] {
            let staging = Staging::new(&target).unwrap();
            staging.write("a.txt", text.as_bytes()).unwrap();
            staging.commit().unwrap();
            assert_eq!(fs::read_to_string(target.join("a.txt")).unwrap(), text);
        }
        assert_eq!(names(&folder.path().join("deep")), ["model"]);
    }

    #[test]
    fn without_a_commit_the_former_state_stays() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("model");
        let staging = Staging::new(&target).unwrap();
        staging.write("a.txt", b"half").unwrap();
        drop(staging);
        assert!(names(folder.path()).is_empty());
    }

    #[test]
    fn a_file_where_a_folder_should_be_is_an_error_with_its_path() {
        let folder = tempfile::tempdir().unwrap();
        let blocked = folder.path().join("blocked");
        fs::write(&blocked, "").unwrap();
        let error = write_file(&blocked.join("library"), b"").unwrap_err();
        assert!(error.to_string().contains("blocked"), "{error}");
    }
}
