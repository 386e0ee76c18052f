//! One scan of the content folder: which article files exist.

use std::{
    io::{self, Read as _},
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use crate::article;

/// Files changed this recently may change again within the clock's grain: they are always read.
const RACY: Duration = Duration::from_secs(2);

/// Why the folder cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ScanError {
    /// It is not there.
    #[error("content folder {0} not found: make it, or name another folder")]
    Missing(PathBuf),
    /// It is a file.
    #[error("content folder {0} is not a folder: name the folder that holds the articles")]
    NotAFolder(PathBuf),
    /// It cannot be read.
    #[error("content folder {0} cannot be read: {1}; check its permissions")]
    Unreadable(PathBuf, io::Error),
}

/// What tells one state of a file from another without reading it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stamp {
    len: u64,
    modified: Option<SystemTime>,
    inode: u64,
    racy: bool,
}

impl Stamp {
    /// Whether a file of this stamp may be taken as unchanged since `earlier`.
    #[must_use]
    pub fn unchanged_since(&self, earlier: &Self) -> bool {
        !earlier.racy
            && (self.len, self.modified, self.inode)
                == (earlier.len, earlier.modified, earlier.inode)
    }

    /// The same for a file that must be read again, whatever it looks like.
    #[must_use]
    pub fn doubtful(self) -> Self {
        Self { racy: true, ..self }
    }
}

/// An article file.
#[derive(Debug, Clone)]
pub struct FoundFile {
    /// Relative to the content folder, with `/` between names.
    pub path: String,
    /// Where to read it.
    pub file: PathBuf,
    /// Its state.
    pub stamp: Stamp,
}

impl FoundFile {
    /// Its bytes, as far as an article may have them: what lies behind the limit is only counted.
    pub(super) fn bytes(&self) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        std::fs::File::open(&self.file)?
            .take(article::MAX_FILE_BYTES as u64 + 1)
            .read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}

/// What a look found.
#[derive(Debug, Default)]
pub struct Scan {
    /// Article files, ordered by path.
    pub files: Vec<FoundFile>,
    /// What could not be looked into.
    pub barred: Vec<Barred>,
}

/// A folder or file of which nobody knows what it holds now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Barred {
    /// Relative to the content folder; empty where the system does not tell.
    pub path: String,
    /// What the system says.
    pub why: String,
    /// What to do about it.
    pub help: &'static str,
}

impl Barred {
    /// Whether a file lies in it.
    #[must_use]
    pub fn holds(&self, path: &str) -> bool {
        self.path.is_empty()
            || path
                .strip_prefix(&self.path)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// None for what vanished during the look.
    fn of(error: &ignore::Error, root: &Path) -> Option<Self> {
        let io = error.io_error();
        if io.is_some_and(|error| error.kind() == io::ErrorKind::NotFound) {
            return None;
        }
        // A name that is no text still keeps the place apart from all others.
        let path = place(error).and_then(|path| Some(lossy(path.strip_prefix(root).ok()?)));
        Some(Self {
            path: path.unwrap_or_default(),
            why: io.map_or_else(|| error.to_string(), |io| io.kind().to_string()),
            help: "check its permissions and the disk",
        })
    }

    /// An article of which no path can tell.
    pub(super) fn unnamed(path: &Path) -> Self {
        Self {
            path: lossy(path),
            why: "its name is not UTF-8".to_owned(),
            help: "rename the file or the folder above it",
        }
    }

    /// An article of a commit whose name this system takes for no file's.
    pub(super) fn misnamed(path: &str) -> Self {
        Self {
            why: "this system has no files of such a name".to_owned(),
            ..Self::unnamed(path.as_ref())
        }
    }
}

/// The path that an error of a walk tells of.
fn place(error: &ignore::Error) -> Option<&Path> {
    match error {
        ignore::Error::WithPath { path, .. } => Some(path),
        ignore::Error::WithDepth { err, .. } => place(err),
        _ => None,
    }
}

/// Finds every article file. Links are not followed (the folder itself may be one); `README.md`
/// and names that begin with `.` or `_` are no articles.
///
/// # Errors
/// When the folder is missing or cannot be read.
pub fn scan(root: &Path) -> Result<Scan, ScanError> {
    let real = std::fs::canonicalize(root).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => ScanError::Missing(root.to_owned()),
        _ => ScanError::Unreadable(root.to_owned(), error),
    })?;
    if !real.is_dir() {
        return Err(ScanError::NotAFolder(root.to_owned()));
    }
    std::fs::read_dir(&real).map_err(|error| ScanError::Unreadable(root.to_owned(), error))?;
    let now = SystemTime::now();
    let walk = ignore::WalkBuilder::new(&real)
        .standard_filters(false)
        .follow_links(false)
        .filter_entry(|entry| entry.depth() == 0 || !is_private(entry.file_name()))
        .build();
    let mut found = Scan::default();
    for entry in walk {
        let file = entry.and_then(|entry| {
            let is_file = entry.file_type().is_some_and(|kind| kind.is_file());
            let is_article = article::is_article_path(&entry.file_name().to_string_lossy());
            let file = (is_file && is_article).then(|| entry.metadata());
            Ok(file.transpose()?.map(|meta| (entry, meta)))
        });
        match file {
            Ok(Some((entry, meta))) => {
                let path = entry.path().strip_prefix(&real).unwrap_or(entry.path());
                match relative(path) {
                    Some(path) => found.files.push(FoundFile {
                        path,
                        stamp: stamp(&meta, now),
                        file: entry.into_path(),
                    }),
                    None => found.barred.push(Barred::unnamed(path)),
                }
            }
            Ok(None) => {}
            Err(error) => found.barred.extend(Barred::of(&error, &real)),
        }
    }
    found
        .files
        .sort_by(|a, b| a.path.as_bytes().cmp(b.path.as_bytes()));
    found.barred.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(found)
}

fn is_private(name: &std::ffi::OsStr) -> bool {
    article::is_private(&name.to_string_lossy())
}

/// A path as the contract writes it; None where a name is not Unicode.
fn relative(path: &Path) -> Option<String> {
    let names: Option<Vec<_>> = path
        .components()
        .map(|part| part.as_os_str().to_str())
        .collect();
    Some(names?.join("/"))
}

/// The same with a mark in place of what is not Unicode.
fn lossy(path: &Path) -> String {
    let names: Vec<_> = path
        .components()
        .map(|part| part.as_os_str().to_string_lossy())
        .collect();
    names.join("/")
}

fn stamp(meta: &std::fs::Metadata, now: SystemTime) -> Stamp {
    let modified = meta.modified().ok();
    let racy =
        modified.is_none_or(|at| now.duration_since(at).is_ok_and(|age| age < RACY) || at > now);
    Stamp {
        len: meta.len(),
        modified,
        inode: inode(meta),
        racy,
    }
}

#[cfg(unix)]
fn inode(meta: &std::fs::Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(meta)
}

#[cfg(not(unix))]
fn inode(_meta: &std::fs::Metadata) -> u64 {
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(root: &Path, path: &str) {
        let file = root.join(path);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, "text").unwrap();
    }

    #[test]
    fn finds_articles_and_nothing_else_ordered_by_path() {
        let root = tempfile::tempdir().unwrap();
        for path in [
            "b/z.md",
            "a.md",
            "b.md",
            "B.MD",
            "README.md",
            "x/readme.md",
            ".git/c.md",
            "_drafts/d.md",
            "x/_e.md",
            "f.txt",
        ] {
            write(root.path(), path);
        }
        let found: Vec<_> = scan(root.path())
            .unwrap()
            .files
            .into_iter()
            .map(|file| file.path)
            .collect();
        assert_eq!(found, ["B.MD", "a.md", "b.md", "b/z.md"]);
    }

    #[cfg(unix)]
    #[test]
    fn links_are_not_followed_but_the_folder_may_be_one() {
        let root = tempfile::tempdir().unwrap();
        let outside = tempfile::tempdir().unwrap();
        write(outside.path(), "secret.md");
        write(root.path(), "in/a.md");
        std::os::unix::fs::symlink(outside.path(), root.path().join("in/out")).unwrap();
        std::os::unix::fs::symlink(root.path(), root.path().join("in/loop")).unwrap();
        let link = outside.path().join("content");
        std::os::unix::fs::symlink(root.path().join("in"), &link).unwrap();
        let found: Vec<_> = scan(&link)
            .unwrap()
            .files
            .into_iter()
            .map(|file| file.path)
            .collect();
        assert_eq!(found, ["a.md"]);
    }

    #[test]
    fn what_could_not_be_read_is_read_again() {
        let root = tempfile::tempdir().unwrap();
        write(root.path(), "a.md");
        let later = SystemTime::now() + Duration::from_secs(60);
        let meta = std::fs::metadata(root.path().join("a.md")).unwrap();
        let known = stamp(&meta, later);
        assert!(known.unchanged_since(&known));
        assert!(!known.unchanged_since(&known.doubtful()));
    }

    #[test]
    fn what_is_barred_holds_what_lies_in_it() {
        let holds = |path: &str, file| {
            let (path, why) = (path.to_owned(), String::new());
            let help = "";
            Barred { path, why, help }.holds(file)
        };
        assert!(holds("billing", "billing/a.md") && holds("a.md", "a.md") && holds("", "a.md"));
        assert!(!holds("billing", "billings/a.md") && !holds("billing", "b.md"));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn names_that_are_no_text_are_told_and_bar_nothing_else() {
        use std::{ffi::OsStr, os::unix::ffi::OsStrExt};
        let root = tempfile::tempdir().unwrap();
        write(root.path(), "a.md");
        let name = root.path().join(OsStr::from_bytes(b"caf\xe9.md"));
        std::fs::write(&name, "text").unwrap();
        let found = scan(root.path()).unwrap();
        assert_eq!((found.files.len(), found.barred.len()), (1, 1));
        let told = &found.barred[0];
        assert_eq!(told.path, "caf\u{fffd}.md");
        assert!(
            told.why.contains("UTF-8") && !told.holds("a.md"),
            "{told:?}"
        );
        let refused = ignore::Error::WithPath {
            path: name,
            err: Box::new(io::Error::from(io::ErrorKind::PermissionDenied).into()),
        };
        let told = Barred::of(&refused, root.path()).unwrap();
        assert!(!told.holds("a.md"), "{told:?}");
    }

    #[test]
    fn a_missing_folder_is_an_error_that_names_the_cure() {
        let error = scan(Path::new("/nowhere/at/all")).unwrap_err();
        assert!(error.to_string().contains("name another folder"), "{error}");
    }
}
