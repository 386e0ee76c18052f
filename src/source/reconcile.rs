//! The known state of every file, and how a scan of the folder changes it.

use std::{
    borrow::Cow,
    collections::{BTreeMap, HashMap, HashSet},
    path::Path,
    sync::Arc,
};

use rayon::prelude::*;

use super::{
    git::{Past, Repository},
    glossary::{self, Glossary},
    last_good::{kept_good, kept_text, last_good, read},
    scan::{Barred, FoundFile, Scan, ScanError, Stamp, scan},
};
use crate::{
    article::{self, Article, Diagnostic, Parsed, Severity},
    index::{Manifest, ManifestError},
    text::Synonyms,
};

/// What stands for the hash of a file that cannot be read, before the reason.
const UNREADABLE: &str = "unreadable: ";

/// What is known of one file.
#[derive(Debug, Clone)]
struct FileState {
    stamp: Stamp,
    hash: String,
    /// The newest text that could be used; None where there never was one.
    good: Option<Arc<Article>>,
    diagnostics: Vec<Diagnostic>,
}

impl FileState {
    /// Whether the file cannot be used as it is now, so that an earlier text of it is shown.
    fn is_broken(&self) -> bool {
        let good = self.good.as_ref();
        good.is_some_and(|good| good.content_hash != self.hash)
    }
}

/// What is known of every file.
#[derive(Debug, Default)]
pub struct ContentState {
    files: BTreeMap<String, FileState>,
    /// What could not be looked into: what was known of it stays.
    barred: Vec<Barred>,
    /// Files of a commit that cannot be laid out.
    left_out: Vec<Barred>,
    glossary: Glossary,
}

/// What a look found.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// Files that are new or different.
    pub changed: Vec<String>,
    /// Files that are gone.
    pub gone: Vec<String>,
    /// Whether the words that mean the same are others.
    pub synonyms: bool,
}

impl Change {
    /// Whether nothing changed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.changed.is_empty() && self.gone.is_empty() && !self.synonyms
    }
}

impl ContentState {
    /// Looks at the folder and takes in what changed. A file that is broken now keeps its last good text: the newest
    /// of those from git, from memory and from the manifest.
    ///
    /// # Errors
    /// When the folder is missing or cannot be read; nothing is forgotten then.
    pub fn reconcile(
        &mut self,
        root: &Path,
        manifest: &Manifest,
        git: Option<&Repository>,
        mut progress: impl FnMut(usize, usize),
    ) -> Result<Change, ScanError> {
        let Scan {
            files: found,
            barred,
        } = scan(root)?;
        let there: HashSet<&str> = found.iter().map(|file| file.path.as_str()).collect();
        let due: Vec<&FoundFile> = found
            .iter()
            .filter(|file| {
                self.files
                    .get(&file.path)
                    .is_none_or(|known| !file.stamp.unchanged_since(&known.stamp))
            })
            .collect();
        let mut change = Change {
            synonyms: self.glossary.look(root, manifest, git),
            ..Change::default()
        };
        if self.barred != barred {
            // A finding comes or goes.
            let others = barred.iter().chain(&self.barred);
            change.changed.extend(others.map(|one| one.path.clone()));
            self.barred = barred;
            self.recall(manifest, &there);
        }
        let mut done = 0;
        for batch in due.chunks(500) {
            progress(done, due.len());
            let read: Vec<_> = batch
                .par_iter()
                .map(|file| (file, self.read(file)))
                .collect();
            for (file, state) in read {
                let Some(mut state) = state else { continue };
                let known = self.files.get(&file.path);
                let differs = known.is_none_or(|known| known.hash != state.hash);
                if state.good.is_none() {
                    let kept = match known {
                        Some(known) => known.good.clone(),
                        // Of what cannot be read nobody knows the bytes.
                        None if state.hash.starts_with(UNREADABLE) => None,
                        None => self.moved(&file.path, &state.hash, &there),
                    };
                    state.good = if differs {
                        last_good(
                            kept.or_else(|| kept_good(manifest, &file.path)),
                            git,
                            &file.path,
                        )
                    } else {
                        kept
                    };
                }
                self.files.insert(file.path.clone(), state);
                if differs {
                    change.changed.push(file.path.clone());
                }
            }
            done += batch.len();
        }
        progress(done, due.len());
        change.gone = self
            .files
            .keys()
            .filter(|path| !there.contains(path.as_str()) && !self.is_barred(path))
            .cloned()
            .collect();
        for path in &change.gone {
            self.files.remove(path);
        }
        Ok(change)
    }

    /// Takes from the manifest what an earlier run read of files that nobody can look at now.
    fn recall(&mut self, manifest: &Manifest, there: &HashSet<&str>) {
        let kept = manifest.good_hashes().unwrap_or_else(|error| {
            tracing::warn!(%error, "what cannot be read now is not served");
            HashMap::new()
        });
        for (path, hash) in kept {
            let is_known = there.contains(&*path) || self.files.contains_key(&path);
            if is_known || !self.is_barred(&path) || !article::is_article_path(&path) {
                continue;
            }
            let Some(text) = kept_text(manifest, &path) else {
                continue;
            };
            let parsed = article::parse(&path, text.as_bytes());
            let state = FileState {
                stamp: Stamp::default().doubtful(),
                hash,
                good: parsed.article.map(Arc::new),
                diagnostics: parsed.diagnostics,
            };
            self.files.insert(path, state);
        }
    }

    /// The last good text of a broken file that is new: of the first that is not `there` any more and had the same bytes.
    fn moved(&self, path: &str, hash: &str, there: &HashSet<&str>) -> Option<Arc<Article>> {
        let is_gone = |path: &str| !there.contains(path) && !self.is_barred(path);
        let same = self
            .files
            .iter()
            .filter(|(path, file)| file.hash == hash && is_gone(path));
        let good = same.filter_map(|(_, file)| file.good.as_ref()).next()?;
        read(path, good.file().as_bytes()).map(Arc::new)
    }

    /// Reads and parses a file; None where it vanished meanwhile, or is as it was.
    fn read(&self, file: &FoundFile) -> Option<FileState> {
        let mut stamp = file.stamp;
        let parsed = match file.bytes() {
            Ok(bytes) => {
                let hash = blake3::hash(&bytes).to_hex().to_string();
                if let Some(known) = self.files.get(&file.path)
                    && known.hash == hash
                {
                    return Some(FileState {
                        stamp: file.stamp,
                        ..known.clone()
                    });
                }
                (article::parse(&file.path, &bytes), hash)
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return None,
            Err(error) => {
                // What is cured leaves no trace in the stamp: a right to read, a disk that answers again.
                stamp = stamp.doubtful();
                let unreadable = Parsed {
                    article: None,
                    diagnostics: vec![finding(
                        &file.path,
                        &error.to_string(),
                        "check its permissions and the disk",
                    )],
                };
                (unreadable, format!("{UNREADABLE}{error}"))
            }
        };
        let (
            Parsed {
                article,
                diagnostics,
            },
            hash,
        ) = parsed;
        Some(FileState {
            stamp,
            hash,
            good: article.map(Arc::new),
            diagnostics,
        })
    }

    /// The articles, ordered by path: of several texts with one id the first.
    #[must_use]
    pub fn articles(&self) -> Vec<Arc<Article>> {
        let mut taken = HashSet::new();
        let mut articles = self.texts();
        articles.retain(|article| taken.insert(article.id.clone()));
        articles
    }

    /// Every usable text, ordered by path, without those of broken files whose ids other files have now; ids may repeat.
    pub(super) fn texts(&self) -> Vec<Arc<Article>> {
        let usable = self.files.values().filter(|file| !file.is_broken());
        let usable = usable.filter_map(|file| file.good.as_ref());
        let ids: HashSet<&str> = usable.map(|article| article.id.as_str()).collect();
        let shown = self.files.values().filter_map(|file| {
            let good = file.good.as_ref()?;
            (!file.is_broken() || !ids.contains(good.id.as_str())).then_some(good)
        });
        shown.cloned().collect()
    }

    /// Every usable text, ordered by path; ids may repeat.
    pub fn good(&self) -> impl Iterator<Item = &Arc<Article>> {
        self.files.values().filter_map(|file| file.good.as_ref())
    }

    /// Whether a file cannot be used as it is now, so that an earlier text of it is shown.
    #[must_use]
    pub fn is_broken(&self, path: &str) -> bool {
        self.files.get(path).is_some_and(FileState::is_broken)
    }

    /// Whether a file lies where nobody can look.
    fn is_barred(&self, path: &str) -> bool {
        self.barred.iter().any(|barred| barred.holds(path))
    }

    /// Words that mean the same.
    #[must_use]
    pub fn synonyms(&self) -> Arc<Synonyms> {
        Arc::clone(&self.glossary.synonyms)
    }

    /// Findings of the files, each taken alone.
    pub(super) fn of_files(&self) -> impl Iterator<Item = Diagnostic> {
        let articles = self.files.values().flat_map(|file| &file.diagnostics);
        let barred = self.barred.iter().chain(&self.left_out);
        let barred = barred.map(|one| finding(&one.path, &one.why, one.help));
        articles
            .chain(&self.glossary.finding)
            .cloned()
            .chain(barred)
    }

    /// Names the files of a commit that cannot be laid out: a finding each.
    pub(super) fn leave_out(&mut self, left_out: &[Barred]) {
        self.left_out = left_out.to_vec();
    }

    /// What is known of the articles of a commit, which stand in no folder.
    #[must_use]
    pub fn of_past(past: &Past) -> Self {
        let read = |(path, bytes): &(String, Vec<u8>)| {
            let parsed = article::parse(path, bytes);
            let state = FileState {
                stamp: Stamp::default(),
                hash: blake3::hash(bytes).to_hex().to_string(),
                good: parsed.article.map(Arc::new),
                diagnostics: parsed.diagnostics,
            };
            (path.clone(), state)
        };
        let mut glossary = Glossary::default();
        glossary.take(past.beside(glossary::FILE));
        Self {
            files: past.articles.par_iter().map(read).collect(),
            glossary,
            ..Self::default()
        }
    }

    /// Files that are new here or different from another state.
    #[must_use]
    pub fn changed_from(&self, before: &Self) -> HashSet<String> {
        self.files
            .iter()
            .filter(|(path, file)| {
                before
                    .files
                    .get(*path)
                    .is_none_or(|known| known.hash != file.hash)
            })
            .map(|(path, _)| path.clone())
            .collect()
    }

    /// Hash over every path and its content: names a state of the folder outside git.
    #[must_use]
    pub fn revision(&self) -> String {
        let mut hasher = blake3::Hasher::new();
        for (path, file) in &self.files {
            hasher
                .update(path.as_bytes())
                .update(&[0])
                .update(file.hash.as_bytes())
                .update(&[0]);
        }
        hasher.finalize().to_hex()[..40].to_owned()
    }

    /// Keeps the good texts of changed files in the manifest, that of the synonyms too, and forgets those that are gone.
    ///
    /// # Errors
    /// When the manifest cannot be written.
    pub fn keep(&self, manifest: &mut Manifest) -> Result<(), ManifestError> {
        let kept: HashMap<String, String> = manifest.good_hashes()?;
        let glossary = self.glossary.good();
        let glossary = glossary.map(|text| (text, blake3::hash(text.as_bytes()).to_hex()));
        let own = glossary.as_ref();
        let own = own.map(|(text, hash)| (glossary::FILE, hash.as_str(), Cow::from(*text)));
        let articles = self.good().map(|article| {
            let (path, hash) = (article.path.as_str(), article.content_hash.as_str());
            (path, hash, article.file())
        });
        let fresh = articles
            .chain(own)
            .filter(|(path, hash, _)| kept.get(*path).is_none_or(|known| known != hash));
        let gone = kept.keys().map(String::as_str).filter(|path| match *path {
            glossary::FILE => glossary.is_none(),
            path => !self.files.contains_key(path) && !self.is_barred(path),
        });
        manifest.keep(fresh, gone)
    }
}

/// What cannot be read.
fn finding(path: &str, why: &str, help: &str) -> Diagnostic {
    Diagnostic {
        path: path.to_owned(),
        line: 1,
        column: 1,
        rule: "unreadable".to_owned(),
        severity: Severity::Error,
        message: format!("it cannot be read: {why}; what was read of it before is served"),
        help: help.to_owned(),
    }
}

#[cfg(test)]
mod tests;
