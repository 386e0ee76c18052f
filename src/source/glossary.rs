//! `_synonyms.yaml` of the content folder: reloaded when it changes; if it is broken or cannot be read, the last valid
//! one stays in use.

use std::{
    io::{self, Read},
    path::Path,
    sync::Arc,
};

use super::{
    git::Repository,
    inspect::{finding, no_text},
    last_good::kept_text,
};
use crate::{article::Diagnostic, index::Manifest, text::Synonyms};

/// The file's name within the content folder.
pub(super) const FILE: &str = "_synonyms.yaml";

/// Most bytes that the file may have; a larger one is told as one that cannot be read.
const MAX_BYTES: u64 = 4 << 20;

const RULE: &str = "synonyms";

/// What is in use while the file cannot be used.
const LAST_GOOD: &str = "the synonyms read before stay in use";

/// What is known of the file.
#[derive(Debug, Default)]
pub(super) struct Glossary {
    hash: Option<blake3::Hash>,
    /// The last good text; None where there is no file.
    good: Option<String>,
    /// What it says.
    pub(super) synonyms: Arc<Synonyms>,
    /// Why the file as it stands cannot be used.
    pub(super) finding: Option<Diagnostic>,
}

impl Glossary {
    /// Looks at the file; true where it is other than before. Of one that cannot be used the last good text counts: the
    /// newest of those from git, from memory and from the manifest.
    pub(super) fn look(
        &mut self,
        root: &Path,
        manifest: &Manifest,
        git: Option<&Repository>,
    ) -> bool {
        let is_other = self.hear(read(&root.join(FILE)));
        if is_other && self.finding.is_some() {
            self.recall(manifest, git);
        }
        is_other
    }

    fn recall(&mut self, manifest: &Manifest, git: Option<&Repository>) {
        let kept = self.good.take().or_else(|| kept_text(manifest, FILE));
        let kept = kept.map(String::into_bytes);
        let good = |bytes: &[u8]| {
            let text = text_of(bytes.to_vec()).ok()?;
            Some((Synonyms::parse(&text).ok()?, text))
        };
        let newest = match git {
            Some(git) => git.newest(FILE, kept, |bytes| good(bytes).is_some()),
            None => kept,
        };
        if let Some((synonyms, text)) = newest.and_then(|bytes| good(&bytes)) {
            (self.synonyms, self.good) = (Arc::new(synonyms), Some(text));
        }
    }

    /// The last good text; None where there is no file.
    pub(super) fn good(&self) -> Option<&str> {
        self.good.as_deref()
    }

    /// The same for the file of a commit.
    pub(super) fn take(&mut self, bytes: Option<&[u8]>) {
        self.hear(bytes.map(|bytes| text_of(bytes.to_vec())).transpose());
    }

    fn hear(&mut self, text: Result<Option<String>, Diagnostic>) -> bool {
        let hash = match &text {
            Ok(text) => text.as_ref().map(|text| blake3::hash(text.as_bytes())),
            Err(wrong) => Some(blake3::hash(format!("\0{wrong:?}").as_bytes())),
        };
        if hash == self.hash {
            return false;
        }
        self.hash = hash;
        self.finding = None;
        let text = match text {
            Ok(text) => text,
            Err(wrong) => {
                self.finding = Some(wrong);
                return true;
            }
        };
        match Synonyms::parse(text.as_deref().unwrap_or_default()) {
            Ok(synonyms) => (self.synonyms, self.good) = (Arc::new(synonyms), text),
            Err(error) => {
                let help = "write `groups:` as lists of words and `terms:` as one list";
                let place = (error.line as usize, error.column as usize);
                self.finding = Some(finding(FILE, place, RULE, error.message, help));
            }
        }
        true
    }
}

/// What cannot be read as a whole.
fn unreadable(why: &str) -> Diagnostic {
    let message = format!("it cannot be read: {why}; {LAST_GOOD}");
    let help = "check its permissions, its size and the disk";
    finding(FILE, (1, 1), RULE, message, help)
}

/// The file's text; None where there is none.
///
/// # Errors
/// Why it cannot be read, as a finding.
fn read(file: &Path) -> Result<Option<String>, Diagnostic> {
    let mut bytes = Vec::new();
    let read =
        std::fs::File::open(file).and_then(|file| file.take(MAX_BYTES + 1).read_to_end(&mut bytes));
    match read {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(unreadable(&error.to_string())),
        Ok(_) => text_of(bytes).map(Some),
    }
}

fn text_of(bytes: Vec<u8>) -> Result<String, Diagnostic> {
    if bytes.len() as u64 > MAX_BYTES {
        let why = format!("it has more than {} MiB", MAX_BYTES >> 20);
        return Err(unreadable(&why));
    }
    String::from_utf8(bytes).map_err(|error| no_text(FILE, RULE, &error, LAST_GOOD))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_read_leaves_the_last_good_ones_in_use() {
        let _alone = crate::text::alone();
        let root = tempfile::tempdir().unwrap();
        let file = root.path().join(FILE);
        let manifest = Manifest::in_memory().unwrap();
        let look = |glossary: &mut Glossary| glossary.look(root.path(), &manifest, None);
        let mut glossary = Glossary::default();
        assert!(!look(&mut glossary), "there is none");
        let good = "groups:\n- [fibre, broadband]\n";
        std::fs::write(&file, good).unwrap();
        assert!(look(&mut glossary) && !glossary.synonyms.is_empty());

        // One that is too large, and still YAML.
        let rest = "# more\n".repeat(usize::try_from(MAX_BYTES).unwrap() / 7 + 1);
        std::fs::write(&file, format!("{good}{rest}")).unwrap();
        assert!(look(&mut glossary) && !look(&mut glossary));
        assert!(glossary.finding.is_some() && !glossary.synonyms.is_empty());
        // One in another encoding.
        std::fs::write(&file, b"# ok\n# caf\xe9\ngroups: []\n").unwrap();
        assert!(look(&mut glossary) && !glossary.synonyms.is_empty());
        let told = glossary.finding.as_ref().map(|one| (one.line, one.column));
        assert_eq!(told, Some((2, 6)));
        // One that does not open as a file.
        std::fs::remove_file(&file).unwrap();
        std::fs::create_dir(&file).unwrap();
        assert!(look(&mut glossary));
        assert!(glossary.finding.is_some() && !glossary.synonyms.is_empty());

        std::fs::remove_dir(&file).unwrap();
        assert!(look(&mut glossary) && glossary.finding.is_none());
        assert!(glossary.synonyms.is_empty(), "removed is removed");
        assert_eq!(glossary.good(), None);
    }
}
