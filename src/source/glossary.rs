//! `_synonyms.yaml` of the content folder: read again when it changes; one that is broken or cannot be read leaves the
//! last good one in use.

use std::{
    io::{self, Read},
    path::Path,
    sync::Arc,
};

use crate::{
    article::{Diagnostic, Severity},
    text::Synonyms,
};

/// The file's name within the content folder.
pub(super) const FILE: &str = "_synonyms.yaml";

/// Most bytes that the file may have; a larger one is told as one that cannot be read.
const MAX_BYTES: u64 = 4 << 20;

/// What is known of the file.
#[derive(Debug, Default)]
pub(super) struct Glossary {
    hash: Option<blake3::Hash>,
    /// The last good ones.
    pub(super) synonyms: Arc<Synonyms>,
    /// Why the file as it stands cannot be used.
    pub(super) finding: Option<Diagnostic>,
}

impl Glossary {
    /// Looks at the file; true where it is other than before.
    pub(super) fn look(&mut self, root: &Path) -> bool {
        self.hear(read(&root.join(FILE)))
    }

    /// The same for the file of a commit.
    pub(super) fn take(&mut self, bytes: Option<&[u8]>) {
        self.hear(bytes.map(text_of).transpose());
    }

    fn hear(&mut self, text: Result<Option<String>, String>) -> bool {
        let hash = match &text {
            Ok(text) => text.as_ref().map(|text| blake3::hash(text.as_bytes())),
            Err(why) => Some(blake3::hash(format!("\0{why}").as_bytes())),
        };
        if hash == self.hash {
            return false;
        }
        self.hash = hash;
        self.finding = None;
        let text = match text {
            Ok(text) => text.unwrap_or_default(),
            Err(why) => {
                let message =
                    format!("it cannot be read: {why}; the synonyms read before stay in use");
                let help = "check its permissions, its size and the disk";
                self.finding = Some(finding((1, 1), message, help));
                return true;
            }
        };
        match Synonyms::parse(&text) {
            Ok(synonyms) => self.synonyms = Arc::new(synonyms),
            Err(error) => {
                let help = "write `groups:` as lists of words and `terms:` as one list";
                let place = (error.line, error.column);
                self.finding = Some(finding(place, error.message, help));
            }
        }
        true
    }
}

fn finding((line, column): (u32, u32), message: String, help: &str) -> Diagnostic {
    Diagnostic {
        path: FILE.to_owned(),
        line,
        column,
        rule: "synonyms".to_owned(),
        severity: Severity::Error,
        message,
        help: help.to_owned(),
    }
}

/// The file's text; None where there is none. What is no text is no YAML either.
///
/// # Errors
/// Why it cannot be read.
fn read(file: &Path) -> Result<Option<String>, String> {
    let mut bytes = Vec::new();
    let read =
        std::fs::File::open(file).and_then(|file| file.take(MAX_BYTES + 1).read_to_end(&mut bytes));
    match read {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.to_string()),
        Ok(_) => text_of(&bytes).map(Some),
    }
}

fn text_of(bytes: &[u8]) -> Result<String, String> {
    if bytes.len() as u64 > MAX_BYTES {
        return Err(format!("it has more than {} MiB", MAX_BYTES >> 20));
    }
    Ok(String::from_utf8_lossy(bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_read_leaves_the_last_good_ones_in_use() {
        let root = tempfile::tempdir().unwrap();
        let file = root.path().join(FILE);
        let mut glossary = Glossary::default();
        assert!(!glossary.look(root.path()), "there is none");
        let good = "groups:\n- [fibre, broadband]\n";
        std::fs::write(&file, good).unwrap();
        assert!(glossary.look(root.path()));
        let known = Arc::clone(&glossary.synonyms);

        // One that is too large, and still YAML.
        let rest = "# more\n".repeat(usize::try_from(MAX_BYTES).unwrap() / 7 + 1);
        std::fs::write(&file, format!("{good}{rest}")).unwrap();
        assert!(glossary.look(root.path()) && !glossary.look(root.path()));
        assert!(glossary.finding.is_some() && Arc::ptr_eq(&known, &glossary.synonyms));
        // One that does not open as a file.
        std::fs::remove_file(&file).unwrap();
        std::fs::create_dir(&file).unwrap();
        assert!(glossary.look(root.path()));
        assert!(glossary.finding.is_some() && Arc::ptr_eq(&known, &glossary.synonyms));

        std::fs::remove_dir(&file).unwrap();
        assert!(glossary.look(root.path()) && glossary.finding.is_none());
        assert!(
            !Arc::ptr_eq(&known, &glossary.synonyms),
            "removed is removed"
        );
    }
}
