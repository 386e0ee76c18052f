//! Qdrant in process: one shard for articles in alphabetic scripts, one for those in Chinese, Japanese and Korean.
//!
//! A search queries each script separately, so that no language filter has to be evaluated while the graph is traversed.
//! Owns which shard a point belongs to. Leaves Qdrant itself to `shard`.

mod shard;

use std::{
    collections::HashSet,
    path::{Path, PathBuf},
    sync::OnceLock,
};

use super::{Nearest, Point, Question, VectorError, VectorStore};
use crate::{cores, text::is_cjk_lang};
use shard::{Shard, check_room, full};

/// Shards on disk; one process at a time.
pub struct EdgeStore {
    folder: PathBuf,
    dimensions: usize,
    /// None until the disk has room for them.
    shards: OnceLock<Shards>,
}

struct Shards {
    alphabets: Shard,
    wide: Shard,
}

impl EdgeStore {
    /// Opens the shards in a folder, making them where they are missing. What cannot be read, or is of an earlier form, is
    /// made anew, since every vector can be had again from the embedding cache. On a disk that is nearly full they are opened
    /// later, when [`VectorStore::keys`] is asked for.
    ///
    /// # Errors
    /// When the folder cannot be used.
    pub fn open(folder: &Path, dimensions: usize) -> Result<Self, VectorError> {
        if folder.join("segments").exists() {
            tracing::info!("vector index of an earlier form is made anew");
            std::fs::remove_dir_all(folder)?;
        }
        let store = Self {
            folder: folder.to_owned(),
            dimensions,
            shards: OnceLock::new(),
        };
        match store.open_shards() {
            Ok(()) | Err(VectorError::Full { .. }) => Ok(store),
            Err(error) => Err(error),
        }
    }

    fn open_shards(&self) -> Result<(), VectorError> {
        if self.shards.get().is_none() {
            let open = |script| Shard::open(&self.folder.join(script), self.dimensions);
            let (alphabets, wide) = (open("alphabets")?, open("wide")?);
            let _ = self.shards.set(Shards { alphabets, wide });
        }
        Ok(())
    }

    fn shards(&self) -> Result<&Shards, VectorError> {
        self.shards.get().ok_or_else(|| full(&self.folder))
    }
}

impl Shards {
    fn each(&self) -> [&Shard; 2] {
        [&self.alphabets, &self.wide]
    }

    fn nearest_to(&self, question: &Question<'_>) -> Result<Nearest, VectorError> {
        let mut found = self.alphabets.nearest_to(question)?;
        let other = self.wide.nearest_to(question)?;
        if !other.is_empty() {
            found.extend(other);
            found.sort_by(|a, b| b.1.total_cmp(&a.1));
            found.truncate(question.limit);
        }
        Ok(found)
    }
}

impl VectorStore for EdgeStore {
    fn keys(&self) -> Result<HashSet<u64>, VectorError> {
        self.open_shards()?;
        let mut keys = HashSet::new();
        for shard in self.shards()?.each() {
            keys.extend(shard.keys()?);
        }
        Ok(keys)
    }

    fn upsert(&self, points: &[Point<'_>]) -> Result<(), VectorError> {
        let shards = self.shards()?;
        let (wide, alphabets): (Vec<_>, Vec<_>) = points
            .iter()
            .partition(|point| is_cjk_lang(&point.entry.article.lang));
        shards.alphabets.upsert(&alphabets)?;
        shards.wide.upsert(&wide)
    }

    fn remove(&self, keys: &[u64]) -> Result<(), VectorError> {
        let mut shards = self.shards()?.each().into_iter();
        shards.try_for_each(|shard| shard.remove(keys))
    }

    fn settle(&self) -> Result<(), VectorError> {
        self.shards()?
            .each()
            .into_iter()
            .try_for_each(Shard::settle)
    }

    fn nearest(&self, questions: &[Question<'_>]) -> Result<Vec<Nearest>, VectorError> {
        let shards = self.shards()?;
        let each = |some: &[Question<'_>]| -> Result<Vec<Nearest>, VectorError> {
            some.iter().map(|one| shards.nearest_to(one)).collect()
        };
        let (here, beside) = questions.split_at(questions.len().div_ceil(2));
        if beside.is_empty() || !shards.each().into_iter().any(Shard::is_large) {
            return each(questions);
        }
        let (here, beside) = cores::both(|| each(here), || each(beside));
        Ok([here?, beside?].concat())
    }

    /// Whether there is room: what else may be wrong is found in reading and writing.
    fn probe(&self) -> Result<(), VectorError> {
        match check_room(&self.folder) {
            Err(error @ VectorError::Full { .. }) => Err(error),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_are_opened_once_there_is_room() {
        let folder = tempfile::tempdir().unwrap();
        let store = EdgeStore {
            folder: folder.path().to_owned(),
            dimensions: 2,
            shards: OnceLock::new(),
        };
        let is_full = |done| matches!(done, Err(VectorError::Full { .. }));
        assert!(is_full(store.remove(&[1])) && is_full(store.settle()));
        assert!(is_full(store.nearest(&[]).map(|_| ())));
        assert!(store.keys().unwrap().is_empty());
        store.remove(&[1]).unwrap();
        assert!(store.nearest(&[]).unwrap().is_empty());
    }
}
