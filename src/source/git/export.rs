//! Exports a commit as files, so that everything else works on a folder, whatever it came from.
//!
//! Nothing watches that folder; it is scanned only once a commit is complete.

use std::{
    collections::BTreeMap,
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

use gix::ObjectId;

use super::{GitError, Repository, failed, files_and_unnamed};
use crate::{
    article::{MAX_FILE_BYTES, is_article_path},
    source::scan::Barred,
};

/// Largest file that is laid out, in bytes; larger ones are no images of articles, and articles that are too large.
const MAX_BYTES: u64 = 32 << 20;

/// Bytes of what stands for an article that is not laid out: one more than an article may have.
const STAND_IN_BYTES: u64 = MAX_FILE_BYTES as u64 + 1;

/// A folder that holds the files of a commit.
#[derive(Debug)]
pub(in crate::source) struct Export {
    folder: PathBuf,
    commit: Option<ObjectId>,
    files: Option<BTreeMap<String, ObjectId>>,
    /// Articles of the commit that no file can stand for.
    left_out: Vec<Barred>,
}

impl Export {
    pub(in crate::source) fn new(folder: PathBuf) -> Self {
        Self {
            folder,
            commit: None,
            files: None,
            left_out: Vec::new(),
        }
    }

    /// Articles of the commit that no file can stand for.
    pub(in crate::source) fn left_out(&self) -> &[Barred] {
        &self.left_out
    }

    /// Makes the folder hold what a commit holds.
    ///
    /// # Errors
    /// When an object cannot be read or a file cannot be written; the next call tries again.
    pub(in crate::source) fn lay_out(
        &mut self,
        repository: &Repository,
        commit: ObjectId,
    ) -> Result<(), GitError> {
        // What others removed from the folder is no change of the content.
        if !self.is_whole() {
            self.files = None;
        }
        if self.commit == Some(commit) && self.files.is_some() {
            return Ok(());
        }
        fs::create_dir_all(&self.folder).map_err(GitError::NotLaidOut)?;
        let git = repository.open()?;
        let (mut wanted, unnamed) = files_and_unnamed(&git, commit, &repository.prefix)?;
        let unnamed = unnamed.iter().map(|path| Barred::unnamed(path.as_ref()));
        let unsafe_names = wanted.keys().filter(|path| !is_safe(path));
        self.left_out = unnamed
            .chain(unsafe_names.map(|path| Barred::misnamed(path)))
            .filter(|one| is_article_path(&one.path))
            .collect();
        wanted.retain(|path, _| is_safe(path));
        let known = match self.files.take() {
            Some(known) => known,
            None => found(&self.folder, ObjectId::kind(&commit)).map_err(GitError::NotLaidOut)?,
        };
        // Until everything is there, nothing is known of the folder.
        self.commit = None;
        for path in known.keys().filter(|path| !wanted.contains_key(*path)) {
            remove(&self.folder, path).map_err(GitError::NotLaidOut)?;
        }
        let mut not_there = Vec::new();
        for (path, blob) in wanted
            .iter()
            .filter(|(path, blob)| known.get(*path) != Some(*blob))
        {
            let bytes = git.find_header(*blob).map_err(failed)?.size();
            let outcome = if bytes <= MAX_BYTES {
                let data = git.find_object(*blob).map_err(failed)?.detach().data;
                self.write(path, |part| part.write_all(&data))
            } else if is_article_path(path) {
                // It gets the finding of every article that is too large, and its last good text stays.
                self.write(path, |part| part.set_len(STAND_IN_BYTES))
            } else {
                if known.contains_key(path) {
                    tracing::warn!(path, bytes, %commit, "a file became too large and is not served any more");
                }
                not_there.push(path.clone());
                remove(&self.folder, path)
            };
            match outcome {
                // One such name must not keep all other files from being served.
                Err(error) if error.kind() == io::ErrorKind::InvalidFilename => {
                    not_there.push(path.clone());
                    if is_article_path(path) {
                        self.left_out.push(Barred::misnamed(path));
                    }
                }
                outcome => outcome.map_err(GitError::NotLaidOut)?,
            }
        }
        for path in not_there {
            wanted.remove(&path);
        }
        self.files = Some(wanted);
        self.commit = Some(commit);
        Ok(())
    }

    /// Whether everything that was laid out is still there.
    pub(in crate::source) fn is_whole(&self) -> bool {
        let is_there = |path: &String| self.folder.join(path).is_file();
        self.files
            .as_ref()
            .is_some_and(|files| files.keys().all(is_there))
    }

    /// Writes a file whole or not at all: first beside the folder, where no commit has files.
    fn write(
        &self,
        path: &str,
        fill: impl FnOnce(&mut fs::File) -> io::Result<()>,
    ) -> io::Result<()> {
        let file = self.folder.join(path);
        if let Some(folder) = file.parent() {
            // Where a file was, a folder may be wanted.
            if folder.is_file() {
                fs::remove_file(folder)?;
            }
            fs::create_dir_all(folder)?;
        }
        if file.is_dir() {
            fs::remove_dir_all(&file)?;
        }
        let mut part = self.folder.clone().into_os_string();
        part.push(".part~");
        fill(&mut fs::File::create(&part)?)?;
        fs::rename(part, file)
    }
}

/// What the folder holds, by the blobs that its files would be.
fn found(folder: &Path, kind: gix::hash::Kind) -> io::Result<BTreeMap<String, ObjectId>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![(folder.to_owned(), String::new())];
    while let Some((folder, prefix)) = folders.pop() {
        for entry in fs::read_dir(&folder)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = super::trees::join(&prefix, &name);
            if entry.file_type()?.is_dir() {
                folders.push((entry.path(), path));
            } else {
                let bytes = fs::read(entry.path())?;
                let blob = gix::objs::compute_hash(kind, gix::objs::Kind::Blob, &bytes);
                files.insert(path, blob.map_err(io::Error::other)?);
            }
        }
    }
    Ok(files)
}

/// Removes a file, and the folders that it leaves empty.
fn remove(root: &Path, path: &str) -> io::Result<()> {
    let file = root.join(path);
    match fs::remove_file(&file) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut folder = file.parent();
    while let Some(empty) = folder.filter(|folder| *folder != root) {
        if fs::remove_dir(empty).is_err() {
            break;
        }
        folder = empty.parent();
    }
    Ok(())
}

/// Names that never become files, whatever a tree says.
fn is_safe(path: &str) -> bool {
    let forbidden: &[char] = if cfg!(windows) {
        &['\\', '\0', ':']
    } else {
        &['\0']
    };
    path.split('/').all(|name| {
        !matches!(name, "." | ".." | "")
            && !name.eq_ignore_ascii_case(".git")
            && !name.contains(forbidden)
    })
}
