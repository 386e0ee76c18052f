//! `_synonyms.yaml` of the content folder: read again when it changes; a broken one leaves the last good one in use.

use std::{io::Read, path::Path, sync::Arc};

use crate::{
    article::{Diagnostic, Severity},
    text::Synonyms,
};

/// The file's name within the content folder.
const FILE: &str = "_synonyms.yaml";

/// Most bytes of the file that are read; a larger one is told as broken.
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
        let text = read(&root.join(FILE));
        let hash = text.as_ref().map(|text| blake3::hash(text.as_bytes()));
        if hash == self.hash {
            return false;
        }
        self.hash = hash;
        self.finding = None;
        match Synonyms::parse(text.as_deref().unwrap_or_default()) {
            Ok(synonyms) => self.synonyms = Arc::new(synonyms),
            Err(error) => {
                self.finding = Some(Diagnostic {
                    path: FILE.to_owned(),
                    line: error.line,
                    column: error.column,
                    rule: "synonyms".to_owned(),
                    severity: Severity::Error,
                    message: error.message,
                    help: "write `groups:` as lists of words and `terms:` as one list".to_owned(),
                });
            }
        }
        true
    }
}

/// The file's text; None where there is none. What is no text, or too long, is no YAML either.
fn read(file: &Path) -> Option<String> {
    let mut bytes = Vec::new();
    std::fs::File::open(file)
        .ok()?
        .take(MAX_BYTES)
        .read_to_end(&mut bytes)
        .ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}
