//! A Qdrant server or cluster, shared by several replicas. The only place that names qdrant-client.
//!
//! Owns the collection, its alias and the circuit breaker. Leaves timeouts and retries to `link`, who may remove what to
//! `members`, and what happens while the server is unreachable to the writer (`index::writer`).

mod link;
mod members;
mod settings;

use std::{
    collections::HashSet,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use super::{Nearest, Point, Question, VectorError, VectorStore};
use crate::{
    breaker::Breaker,
    index::filter::{EngineFilter, Field},
};
use link::Link;
use members::Members;
use qdrant_client::{
    Payload,
    qdrant::{
        BatchResult, Condition, CreateAliasBuilder, CreateCollectionBuilder,
        CreateFieldIndexCollectionBuilder, DeletePointsBuilder, Distance, FieldType, Filter,
        PointId, PointStruct, QueryBatchPointsBuilder, QueryPointsBuilder, ScrollPointsBuilder,
        UpsertPointsBuilder, Value, VectorParamsBuilder, point_id::PointIdOptions,
    },
};
pub use settings::ServerSettings;

/// Points written in one request: about 1 MB of vectors.
const BATCH: usize = 500;

/// Ids read in one request.
const PAGE: u32 = 10_000;

/// Searches in a row that fail before the server is left alone, and for how long.
const BREAK_AFTER: u32 = 3;
const BREAK_FOR: Duration = Duration::from_secs(2);

/// A collection on a server.
pub struct ServerStore {
    link: Link,
    settings: ServerSettings,
    collection: String,
    dimensions: u64,
    members: Members,
    breaker: Mutex<Breaker>,
    faults: AtomicU64,
    is_current: AtomicBool,
}

impl ServerStore {
    /// A store for the vectors of one model. The server is not asked yet: it may be away.
    ///
    /// # Errors
    /// When the client cannot be made.
    pub fn new(
        settings: &ServerSettings,
        model: &str,
        dimensions: usize,
    ) -> Result<Self, VectorError> {
        Ok(Self {
            link: Link::new(settings)?,
            collection: format!("{}-{model}", settings.collection),
            members: Members::new(format!("{}-replicas", settings.collection)),
            settings: settings.clone(),
            dimensions: dimensions as u64,
            breaker: Mutex::new(Breaker::new(BREAK_AFTER, BREAK_FOR)),
            faults: AtomicU64::new(0),
            is_current: AtomicBool::new(false),
        })
    }

    fn breaker(&self) -> MutexGuard<'_, Breaker> {
        self.breaker.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes the collection, with an index for each field that searches are narrowed by.
    fn prepare(&self) -> Result<(), VectorError> {
        let vectors = VectorParamsBuilder::new(self.dimensions, Distance::Cosine);
        let mut request = CreateCollectionBuilder::new(self.collection.as_str())
            .vectors_config(vectors)
            .replication_factor(self.settings.copies);
        if self.settings.shards > 0 {
            request = request.shard_number(self.settings.shards);
        }
        if self.link.make(&self.collection, &request)? {
            tracing::info!(collection = self.collection, "collection made");
            self.is_current.store(false, Ordering::Relaxed);
        }
        for field in Field::ALL {
            // Of an index that is there nothing changes.
            self.link.ask(|| {
                let name = self.collection.as_str();
                let index =
                    CreateFieldIndexCollectionBuilder::new(name, field.name(), FieldType::Keyword);
                self.link.client.create_field_index(index.wait(true))
            })?;
        }
        Ok(())
    }
}

fn number(id: Option<PointId>) -> Option<u64> {
    match id?.point_id_options? {
        PointIdOptions::Num(key) => Some(key),
        PointIdOptions::Uuid(_) => None,
    }
}

fn point(point: &Point<'_>) -> PointStruct {
    let mut payload = Payload::new();
    for field in Field::ALL {
        let values = field.values(&point.entry.article);
        let values: Vec<Value> = values.iter().map(|value| value.as_str().into()).collect();
        payload.insert(field.name(), values);
    }
    PointStruct::new(point.key, point.vector.clone(), payload)
}

fn filter(narrow: &EngineFilter) -> Filter {
    let any = |field: Field, values: &[String]| Condition::matches(field.name(), values.to_vec());
    Filter {
        must: narrow
            .required()
            .map(|(field, values)| any(field, values))
            .collect(),
        must_not: if narrow.not_ids.is_empty() {
            Vec::new()
        } else {
            vec![any(Field::Article, &narrow.not_ids)]
        },
        ..Filter::default()
    }
}

/// The list of each question, in order.
fn lists(found: Vec<BatchResult>, questions: usize) -> Result<Vec<Nearest>, String> {
    if found.len() != questions {
        let lists = found.len();
        return Err(format!(
            "it answered {questions} questions with {lists} lists"
        ));
    }
    let near = |found: BatchResult| {
        let points = found.result.into_iter();
        points
            .filter_map(|point| Some((number(point.id)?, point.score)))
            .collect()
    };
    Ok(found.into_iter().map(near).collect())
}

impl VectorStore for ServerStore {
    fn keys(&self) -> Result<HashSet<u64>, VectorError> {
        self.prepare()?;
        let mut keys = HashSet::new();
        let mut offset: Option<PointId> = None;
        loop {
            let page = self.link.ask(|| {
                let request = ScrollPointsBuilder::new(self.collection.as_str())
                    .limit(PAGE)
                    .with_payload(false)
                    .with_vectors(false);
                self.link.client.scroll(match offset.clone() {
                    Some(offset) => request.offset(offset),
                    None => request,
                })
            })?;
            keys.extend(page.result.into_iter().filter_map(|point| number(point.id)));
            if page.next_page_offset.is_none() {
                self.breaker().answered();
                return Ok(keys);
            }
            offset = page.next_page_offset;
        }
    }

    fn upsert(&self, points: &[Point<'_>]) -> Result<(), VectorError> {
        for batch in points.chunks(BATCH) {
            let points: Vec<_> = batch.iter().map(point).collect();
            self.link.ask(|| {
                let name = self.collection.as_str();
                self.link
                    .client
                    .upsert_points(UpsertPointsBuilder::new(name, points.clone()).wait(true))
            })?;
        }
        Ok(())
    }

    fn remove(&self, keys: &[u64]) -> Result<(), VectorError> {
        for batch in keys.chunks(PAGE as usize) {
            self.link.ask(|| {
                let ids: Vec<PointId> = batch.iter().map(|key| (*key).into()).collect();
                let request = DeletePointsBuilder::new(self.collection.as_str());
                self.link
                    .client
                    .delete_points(request.points(ids).wait(true))
            })?;
        }
        Ok(())
    }

    /// Every write is durable before it is answered, and the server optimises by itself.
    fn settle(&self) -> Result<(), VectorError> {
        Ok(())
    }

    fn nearest(&self, questions: &[Question<'_>]) -> Result<Vec<Nearest>, VectorError> {
        if !self.breaker().lets_through(Instant::now()) {
            return Err(self
                .link
                .unreachable("it is left alone after failures in a row".to_owned()));
        }
        let name = self.collection.as_str();
        let queries: Vec<_> = questions
            .iter()
            .map(|question| {
                QueryPointsBuilder::new(name)
                    .query(question.vector.to_vec())
                    .filter(filter(question.narrow))
                    .limit(question.limit as u64)
                    .with_payload(false)
                    .build()
            })
            .collect();
        let request = self
            .link
            .client
            .query_batch(QueryBatchPointsBuilder::new(name, queries));
        let error = match self.link.wait(self.settings.timeout(), request) {
            Some(Ok(answer)) => {
                self.breaker().answered();
                return lists(answer.result, questions.len())
                    .map_err(|detail| self.link.unreachable(detail));
            }
            Some(Err(error)) => self.link.failed(&error),
            None => self.link.silent(self.settings.timeout()),
        };
        self.breaker().failed(Instant::now());
        self.faults.fetch_add(1, Ordering::Relaxed);
        Err(error)
    }

    fn grace(&self) -> Duration {
        Duration::from_secs(self.settings.grace_secs)
    }

    fn faults(&self) -> u64 {
        self.faults.load(Ordering::Relaxed)
    }

    fn probe(&self) -> Result<(), VectorError> {
        let limit = self.settings.timeout();
        let asked = self.link.client.collection_exists(self.collection.as_str());
        match self.link.wait(limit, asked) {
            Some(Ok(_)) => Ok(()),
            Some(Err(error)) => Err(self.link.failed(&error)),
            None => Err(self.link.silent(limit)),
        }
    }

    fn is_shared(&self) -> bool {
        true
    }

    fn serves(&self, commit: Option<&str>) -> Result<bool, VectorError> {
        match commit {
            Some(commit) => self
                .members
                .serves(&self.link, self.settings.copies, commit),
            None => Ok(true),
        }
    }

    /// Points the alias here. Qdrant replaces an alias in one step.
    fn complete(&self) -> Result<(), VectorError> {
        if self.is_current.swap(true, Ordering::Relaxed) {
            return Ok(());
        }
        let (name, alias) = (self.collection.as_str(), self.settings.collection.as_str());
        let switched = self
            .link
            .ask(|| self.link.client.list_aliases())
            .and_then(|known| {
                let current = known
                    .aliases
                    .into_iter()
                    .find(|one| one.alias_name == alias);
                let current = current.map(|one| one.collection_name);
                if current.as_deref() == Some(name) {
                    return Ok(());
                }
                self.link.ask(|| {
                    self.link
                        .client
                        .create_alias(CreateAliasBuilder::new(name, alias))
                })?;
                tracing::info!(
                    collection = name,
                    before = current,
                    "the alias `{alias}` was switched"
                );
                Ok(())
            });
        // Searches ask the collection by its own name: nothing is lost, and the next generation or look tries again.
        if let Err(error) = switched {
            self.is_current.store(false, Ordering::Relaxed);
            tracing::warn!(%error, "the alias `{alias}` was not switched: is there a collection of that name?");
        }
        Ok(())
    }
}

#[cfg(test)]
impl ServerStore {
    /// Another replica of the same.
    pub(super) fn another(&self) -> Self {
        self.with_model("hashed", 256)
    }

    pub(super) fn with_model(&self, model: &str, dimensions: usize) -> Self {
        Self::new(&self.settings, model, dimensions).expect("a client needs no server")
    }

    pub(super) fn collection(&self) -> &str {
        &self.collection
    }

    /// The collection that the alias stands for.
    pub(super) fn alias(&self) -> Option<String> {
        let known = self.link.ask(|| self.link.client.list_aliases()).ok()?;
        let alias = &self.settings.collection;
        let current = known.aliases.into_iter();
        current
            .filter(|one| one.alias_name == *alias)
            .map(|one| one.collection_name)
            .next()
    }

    /// Removes its collections from the server.
    pub(super) fn delete(&self) {
        for name in [
            self.collection.clone(),
            format!("{}-replicas", self.settings.collection),
        ] {
            let _ = self
                .link
                .ask(|| self.link.client.delete_collection(name.as_str()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_that_is_short_of_lists_is_none() {
        let one = || BatchResult { result: Vec::new() };
        assert_eq!(lists(vec![one(), one()], 2), Ok(vec![Vec::new(); 2]));
        let short = lists(vec![one()], 2).unwrap_err();
        assert_eq!(short, "it answered 2 questions with 1 lists");
    }
}
