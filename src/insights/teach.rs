//! Passes feedback computed from the record to search as plain data: in the background, as the record grows.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    InsightsError,
    background::{Background, Ended},
    feedback::{DAYS, QueryFeedback, learn},
    meaning::Meaning,
    read::Reader,
    writer::Shared,
};
use crate::{
    index::embed::Vector,
    search::feedback::{Feedback, Remembered},
    text::is_cjk_text,
};

/// Takes what was learnt; called from a thread of its own.
pub type Teach = Box<dyn Fn(Feedback) + Send>;

/// Times as long as the last lesson took that the next one waits: learning takes at most this share of one core.
const SHARE: u32 = 20;

/// How often voices fade where nothing new was done.
const FADE: Duration = Duration::from_secs(3_600);

/// Vectors of remembered questions, kept from one lesson to the next.
pub(super) type Vectors = HashMap<String, Arc<Vector>>;

/// Begins to teach.
pub(super) fn teach(
    file: PathBuf,
    meaning: Arc<Meaning>,
    writer: Arc<Shared>,
    teach: Teach,
) -> Background {
    let mut vectors = Vectors::new();
    // The number of the last lesson's changes, when it began, and how long it took.
    let mut last: Option<(u64, Instant, Duration)> = None;
    Background::start("insights-teach", move |ended| {
        let changes = writer.changes();
        let is_due = last.is_none_or(|(known, at, took)| {
            let is_new = known != changes && at.elapsed() >= took * SHARE;
            is_new || at.elapsed() >= FADE
        });
        if !is_due {
            return;
        }
        let began = Instant::now();
        match feedback(&file, &meaning, Utc::now(), &mut vectors, Some(ended)) {
            Ok(Some(feedback)) => teach(feedback),
            Ok(None) => return,
            // The disk may be back the next time; what was learnt before stays.
            Err(error) => tracing::warn!(%error, "nothing was learnt from the record"),
        }
        last = Some((changes, began, began.elapsed()));
    })
}

/// What can be learnt by now; None when it is to end.
pub(super) fn feedback(
    file: &Path,
    meaning: &Meaning,
    now: DateTime<Utc>,
    vectors: &mut Vectors,
    ended: Option<&Ended>,
) -> Result<Option<Feedback>, InsightsError> {
    let since = (now - TimeDelta::days(DAYS)).timestamp_millis();
    let (acts, names) = match Reader::open(file)? {
        Some(reader) => (reader.acts(since)?, reader.names()?),
        None => Default::default(),
    };
    let mut kept = Vectors::new();
    let mut questions = Vec::new();
    for QueryFeedback { text, voices } in learn(&acts, now.timestamp_millis()) {
        if ended.is_some_and(Ended::is_now) {
            return Ok(None);
        }
        let Some(vector) = vectors
            .get(&text)
            .cloned()
            .or_else(|| meaning.vector(&text))
        else {
            continue;
        };
        questions.push(Remembered {
            vector: Arc::clone(&vector),
            is_cjk: is_cjk_text(&text),
            voices,
        });
        kept.insert(text, vector);
    }
    *vectors = kept;
    let count = names.keys().max().map_or(0, |last| *last as usize + 1);
    let mut articles = vec![String::new(); count];
    for (number, id) in names {
        if let Some(place) = usize::try_from(number)
            .ok()
            .and_then(|n| articles.get_mut(n))
        {
            *place = id;
        }
    }
    Ok(Some(Feedback {
        articles,
        questions,
    }))
}
