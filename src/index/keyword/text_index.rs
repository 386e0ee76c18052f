//! One tantivy index, for one kind of document.

use std::{
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use rayon::prelude::*;
use tantivy::{
    Index, IndexReader, IndexWriter, ReloadPolicy, Searcher, TantivyDocument, TantivyError, Term,
    columnar::Column, directory::error::OpenReadError, tokenizer::WhitespaceTokenizer,
};

use super::{
    KeywordError,
    schema::{self, DocumentKind, Fields},
};
use crate::index::unit::{Indexed, Unit};

/// Bytes that a writer may hold before it writes a segment; tantivy asks for 15 MB a thread at least.
const WRITER_BYTES: usize = 48 << 20;

/// One state of one index.
#[derive(Clone)]
pub(super) struct IndexSnapshot {
    pub(super) searcher: Searcher,
    pub(super) fields: Fields,
    /// Key of each document, by segment.
    pub(super) keys: Arc<[Column<u64>]>,
}

impl std::fmt::Debug for IndexSnapshot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("IndexSnapshot")
            .field("documents", &self.searcher.num_docs())
            .finish()
    }
}

/// One index with its writer.
pub(super) struct TextIndex {
    kind: DocumentKind,
    index: Index,
    reader: IndexReader,
    /// None after a failure, until it is needed: one that failed is of no more use.
    writer: Mutex<Option<IndexWriter>>,
    /// Whether something waits for a commit.
    dirty: std::sync::atomic::AtomicBool,
    fields: Fields,
}

impl TextIndex {
    pub(super) fn open(parent: &Path, kind: DocumentKind) -> Result<Self, KeywordError> {
        let folder = parent.join(kind.folder());
        match Self::open_folder(&folder, kind).and_then(|index| Self::with(index, kind)) {
            Err(KeywordError::Engine(error)) if is_spoilt(&error) => {
                tracing::warn!(%error, "keyword index is made anew");
                std::fs::remove_dir_all(&folder)?;
                Self::with(Self::open_folder(&folder, kind)?, kind)
            }
            other => other,
        }
    }

    pub(super) fn in_memory(kind: DocumentKind) -> Result<Self, KeywordError> {
        Self::with(Index::create_in_ram(schema::schema(kind)), kind)
    }

    fn open_folder(folder: &Path, kind: DocumentKind) -> Result<Index, KeywordError> {
        std::fs::create_dir_all(folder)?;
        if std::fs::read_dir(folder)?.next().is_some() {
            let index = Index::open_in_dir(folder)?;
            if index.schema() == schema::schema(kind) {
                return Ok(index);
            }
            tracing::warn!("keyword index is of another format and made anew");
            std::fs::remove_dir_all(folder)?;
            std::fs::create_dir_all(folder)?;
        }
        Ok(Index::create_in_dir(folder, schema::schema(kind))?)
    }

    fn with(index: Index, kind: DocumentKind) -> Result<Self, KeywordError> {
        index
            .tokenizers()
            .register(schema::TOKENIZER, WhitespaceTokenizer::default());
        let fields = Fields::of(&index.schema(), kind)?;
        let writer = Mutex::new(Some(writer(&index)?));
        let reader = index
            .reader_builder()
            .reload_policy(ReloadPolicy::Manual)
            .try_into()?;
        Ok(Self {
            kind,
            index,
            reader,
            writer,
            dirty: false.into(),
            fields,
        })
    }

    pub(super) fn view(&self) -> Result<IndexSnapshot, KeywordError> {
        let searcher = self.reader.searcher();
        let segments = searcher.segment_readers().iter();
        let keys = segments.map(|segment| segment.fast_fields().u64("key"));
        Ok(IndexSnapshot {
            keys: keys.collect::<tantivy::Result<_>>()?,
            searcher,
            fields: self.fields.clone(),
        })
    }

    pub(super) fn add(&self, batch: &[(Arc<Indexed>, Vec<Unit>)]) -> Result<(), KeywordError> {
        let documents: Vec<TantivyDocument> = batch
            .par_iter()
            .flat_map_iter(|(entry, units)| {
                let own = units.iter().filter(|unit| self.kind.holds(unit.kind));
                own.filter_map(|unit| schema::document(&self.fields, self.kind, entry, unit))
            })
            .collect();
        self.write(|writer| {
            for document in documents {
                writer.add_document(document)?;
                self.touch();
            }
            Ok(())
        })
    }

    pub(super) fn remove(&self, keys: &[u64]) -> Result<(), KeywordError> {
        self.write(|writer| {
            for key in keys {
                writer.delete_term(Term::from_field_u64(self.fields.key, *key));
                self.touch();
            }
            Ok(())
        })
    }

    pub(super) fn commit(&self) -> Result<(), KeywordError> {
        if self.dirty.swap(false, std::sync::atomic::Ordering::AcqRel) {
            self.write(|writer| writer.commit().map(drop))?;
        }
        Ok(self.reader.reload()?)
    }

    /// Forgets what was not committed.
    pub(super) fn roll_back(&self) -> Result<(), KeywordError> {
        // The writer goes with it: tantivy's own `rollback` leaves one without its lock where it fails.
        *self.lock() = None;
        self.dirty
            .store(false, std::sync::atomic::Ordering::Release);
        Ok(self.reader.reload()?)
    }

    /// Does something with the writer, which does not outlive a failure.
    fn write(
        &self,
        work: impl FnOnce(&mut IndexWriter) -> tantivy::Result<()>,
    ) -> Result<(), KeywordError> {
        let mut kept = self.lock();
        let mut current = match kept.take() {
            Some(writer) => writer,
            None => writer(&self.index)?,
        };
        work(&mut current)?;
        *kept = Some(current);
        Ok(())
    }

    fn touch(&self) {
        self.dirty.store(true, std::sync::atomic::Ordering::Release);
    }

    fn lock(&self) -> MutexGuard<'_, Option<IndexWriter>> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether the files are at fault, not the disk or the moment: an error of the system, such as too many open files, passes.
fn is_spoilt(error: &TantivyError) -> bool {
    use OpenReadError::{FileDoesNotExist, IncompatibleIndex, IoError};
    match error {
        TantivyError::DataCorruption(_)
        | TantivyError::FieldNotFound(_)
        | TantivyError::IncompatibleIndex(_)
        | TantivyError::SchemaError(_)
        | TantivyError::OpenReadError(FileDoesNotExist(_) | IncompatibleIndex(_)) => true,
        TantivyError::OpenReadError(IoError { io_error, .. }) | TantivyError::IoError(io_error) => {
            io_error.raw_os_error().is_none()
        }
        _ => false,
    }
}

fn writer(index: &Index) -> tantivy::Result<IndexWriter> {
    index.writer_with_num_threads(1, WRITER_BYTES)
}

impl IndexSnapshot {
    pub(super) fn keys(&self) -> impl Iterator<Item = u64> {
        let segments = self.searcher.segment_readers().iter().zip(&*self.keys);
        segments.flat_map(|(segment, keys)| {
            let documents = segment.doc_ids_alive();
            documents.filter_map(|document| keys.first(document))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The files beside the lists of files.
    fn segments(folder: &Path) -> usize {
        let files = std::fs::read_dir(folder).unwrap();
        let names = files.map(|file| file.unwrap().file_name());
        let names = names.filter(|name| !name.to_string_lossy().contains(".json"));
        names.count()
    }

    #[test]
    fn an_index_is_made_anew_where_its_files_are_at_fault_alone() {
        let data = tempfile::tempdir().unwrap();
        let open = || TextIndex::open(data.path(), DocumentKind::Article);
        let folder = data.path().join(DocumentKind::Article.folder());
        drop(open().unwrap());
        std::fs::write(folder.join("a-segment"), "words").unwrap();
        let (meta, kept) = (folder.join("meta.json"), folder.join("kept.json"));
        std::fs::rename(&meta, &kept).unwrap();
        // Reading it is an error of the system, as where too many files are open.
        std::fs::create_dir(&meta).unwrap();
        let before = segments(&folder);
        assert!(open().is_err());
        assert_eq!(segments(&folder), before);
        std::fs::remove_dir(&meta).unwrap();
        std::fs::rename(&kept, &meta).unwrap();
        drop(open().unwrap());
        assert!(folder.join("a-segment").exists());
        for spoilt in ["no index at all", "{}", ""] {
            std::fs::write(&meta, spoilt).unwrap();
            drop(open().unwrap());
            assert!(!folder.join("a-segment").exists(), "{spoilt:?}");
        }
    }
}
