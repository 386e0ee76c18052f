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

/// Receives the feedback; called from a background thread.
pub type Teach = Box<dyn Fn(Feedback) + Send>;

/// The pause before the next run, as a multiple of the last run's duration: this limits the load on one core.
const SHARE: u32 = 20;

/// How often votes decay without new engagements.
const FADE: Duration = Duration::from_secs(3_600);

/// Vectors of questions, kept from one run to the next.
pub(super) type Vectors = HashMap<String, Arc<Vector>>;

/// Starts the background work.
pub(super) fn teach(
    file: PathBuf,
    meaning: Arc<Meaning>,
    writer: Arc<Shared>,
    teach: Teach,
) -> Background {
    let mut vectors = Vectors::new();
    // Change number, start and duration of the last run.
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
            // The disk may be back the next time; the last feedback stays.
            Err(error) => tracing::warn!(%error, "nothing was learnt from the record"),
        }
        last = Some((changes, began, began.elapsed()));
    })
}

/// The current feedback; None if the work is to stop.
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
