//! Which replicas write to the same collection, and which commit each one serves.

use std::time::{SystemTime, UNIX_EPOCH};

use qdrant_client::{
    Payload,
    qdrant::{
        CreateCollectionBuilder, DeletePointsBuilder, Distance, PointId, PointStruct,
        ScrollPointsBuilder, UpsertPointsBuilder, VectorParamsBuilder,
    },
};

use super::{link::Link, number};
use crate::index::{unit::naming, vector::VectorError};

/// Seconds after which a replica that says nothing is taken for gone: it says something every ten minutes. If it was merely
/// cut off, it brings what it lacks when it is back.
const GONE_SECS: i64 = 60 * 60;

/// Replicas that are asked for: more than anybody runs.
const MOST: u32 = 10_000;

/// A collection with a point for each replica.
pub(super) struct Members {
    collection: String,
    /// This replica, until it ends.
    me: u64,
}

impl Members {
    pub(super) fn new(collection: String) -> Self {
        Self {
            collection,
            me: uuid::Uuid::new_v4().as_u64_pair().0,
        }
    }

    /// Notes the commit that this replica serves; true when all serve it, and name the same texts alike: to one that serves
    /// another commit or names texts otherwise, what the others need looks like what nobody needs.
    pub(super) fn serves(
        &self,
        link: &Link,
        copies: u32,
        commit: &str,
    ) -> Result<bool, VectorError> {
        let name = self.collection.as_str();
        // Points need a vector; it says nothing.
        let vectors = VectorParamsBuilder::new(1, Distance::Dot);
        let collection = CreateCollectionBuilder::new(name)
            .vectors_config(vectors)
            .replication_factor(copies);
        link.make(name, &collection)?;
        let (now, names) = (now(), naming().cast_signed());
        link.ask(|| {
            let mut payload = Payload::new();
            payload.insert("commit", commit);
            payload.insert("seen", now);
            payload.insert("naming", names);
            let me = PointStruct::new(self.me, vec![1.0], payload);
            let request = UpsertPointsBuilder::new(name, vec![me]).wait(true);
            link.client.upsert_points(request)
        })?;
        let members = link.ask(|| {
            let request = ScrollPointsBuilder::new(name).limit(MOST);
            link.client.scroll(request.with_payload(true))
        })?;
        let mut gone: Vec<PointId> = Vec::new();
        let mut are_alike = true;
        for member in members.result {
            let of = |key: &str| member.payload.get(key).and_then(|value| value.as_integer());
            if of("seen").is_some_and(|seen| seen + GONE_SECS < now) {
                gone.extend(number(member.id).map(PointId::from));
            } else {
                let theirs = member.payload.get("commit");
                let theirs = theirs.and_then(|value| value.as_str());
                are_alike &= theirs.is_some_and(|theirs| theirs == commit);
                are_alike &= of("naming") == Some(names);
            }
        }
        if !gone.is_empty() {
            link.ask(|| {
                let request = DeletePointsBuilder::new(name).points(gone.clone());
                link.client.delete_points(request)
            })?;
        }
        Ok(are_alike)
    }
}

/// Seconds of Unix time.
fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| {
        i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
    })
}
