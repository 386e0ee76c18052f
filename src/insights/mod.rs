//! Insights: what callers ask, what is missing, what helps.
//!
//! Searches, cards and what people do with them become events in `data/insights.sqlite` (`event`, `writer`, `store`);
//! reports are computed from the raw events on request (`read`, then `summary`, `articles`, `gaps`, `demand`, all pure),
//! and feedback changes the ranking of search (`feedback`, pure; `teach`). Recording never waits, never fails, and costs
//! a search a few microseconds. Every text is redacted before it is written. Leaves asking and answering to `search` and
//! `live`.

mod articles;
mod background;
mod cluster;
mod demand;
mod digest;
mod draft;
mod event;
mod feedback;
mod gaps;
mod meaning;
mod outcome;
mod period;
mod questions;
mod read;
mod report;
mod rows;
mod settings;
mod spikes;
mod store;
mod summary;
pub mod table;
mod teach;
#[cfg(test)]
mod tests;
mod visibility;
mod warm;
mod writer;

pub use articles::{ArticleInsight, ArticlesReport, Flag, OwnerInsight, TriggerInsight};
pub use demand::{
    AttributeDemand, DemandReport, LanguageDemand, SpikeFound, TopicCount, TopicDemand,
};
pub use digest::digest;
pub use draft::draft;
pub use gaps::{Gap, GapsReport, Nearest, Suggestion, Trend};
pub use meaning::Embed;
pub use outcome::GapReason;
pub use period::Period;
pub use report::Asker;
pub use settings::Settings;
pub use store::FILE_NAME;
pub use summary::{
    Comment, DayNumbers, Numbers, ReasonCount, Recording, SummaryReport, nearest_rank,
};
pub use teach::Teach;

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

use chrono::{DateTime, Utc};

use self::{
    background::Background,
    event::{Engaged, Event, InCall, Reported, Searched},
    meaning::Meaning,
    report::Grouped,
    warm::warm,
    writer::Writer,
};
use crate::{
    live::{CallActivity, CallFacts, CallObserver, Rating},
    search::{
        feedback::Feedback,
        types::{Audience, SearchRequest, SearchResponse},
    },
};

/// Why a report or an erasure failed.
#[derive(Debug, thiserror::Error)]
pub enum InsightsError {
    /// The file.
    #[error("insights failed: {0}; check free space and permissions of the data folder")]
    File(#[from] rusqlite::Error),
    /// Too many events wait to be written.
    #[error("insights are busy writing; ask again in a moment")]
    Busy,
}

/// An engagement with a hit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HitEngagement {
    /// Id of the search that returned it.
    pub query_id: String,
    /// Article.
    pub article_id: String,
    /// `opened`, `copied` or `rated`.
    pub kind: &'static str,
    /// Given with `rated`.
    pub rating: Option<Rating>,
    /// Reason, from the desktop's own list.
    pub reason: Option<String>,
    /// Comment in the person's own words.
    pub comment: Option<String>,
    /// Name of the key that says so.
    pub by: String,
}

/// A reported gap: a question without an article.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingArticle {
    /// The question.
    pub query: String,
    /// What the article should contain.
    pub comment: Option<String>,
    /// The search that did not help, if any, so that the question is not counted twice.
    pub query_id: Option<String>,
    /// Name of the key that says so.
    pub by: String,
    /// Their audiences: the comment is shown only to readers with at least these.
    pub audience: Audience,
}

/// The record of events, and reports on it. Dropping it writes what is queued and stops it.
pub struct Insights {
    file: PathBuf,
    settings: Settings,
    meaning: Arc<Meaning>,
    writer: Writer,
    grouped: Mutex<Option<Grouped>>,
    work: Vec<Background>,
}

impl Insights {
    /// Starts recording in a data folder; if the folder cannot be written, it retries. `embed` computes
    /// vectors of questions. If recording is off, existing events still expire and can be erased.
    #[must_use]
    pub fn open(data: &Path, settings: Settings, embed: Option<Embed>) -> Self {
        let file = data.join(store::FILE_NAME);
        let meaning = Arc::new(Meaning::new(embed));
        let writer = Writer::start(file.clone(), &settings);
        let shared = || Arc::clone(writer.shared());
        let work = settings
            .record
            .then(|| warm(file.clone(), Arc::clone(&meaning), shared()));
        Self {
            writer,
            work: work.into_iter().collect(),
            grouped: Mutex::default(),
            meaning,
            settings,
            file,
        }
    }

    /// The same, and passes feedback to search: now, and as the record grows.
    #[must_use]
    pub fn teaching(mut self, teach: Teach) -> Self {
        let (file, meaning) = (self.file.clone(), Arc::clone(&self.meaning));
        let shared = Arc::clone(self.writer.shared());
        self.work.push(teach::teach(file, meaning, shared, teach));
        self
    }

    /// Feedback for search from all engagements until then. Blocking.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn feedback(&self, now: DateTime<Utc>) -> Result<Feedback, InsightsError> {
        let mut vectors = teach::Vectors::new();
        let feedback = teach::feedback(&self.file, &self.meaning, now, &mut vectors, None)?;
        Ok(feedback.unwrap_or_default())
    }

    /// The settings.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Records a search, unless it is still being typed or is a further page.
    pub fn searched(&self, request: &SearchRequest, response: &SearchResponse, at: DateTime<Utc>) {
        if request.typing || request.offset > 0 {
            return;
        }
        let searched = Searched::of(request, response, &self.settings.attributes, at);
        self.writer.record(Event::Searched(Box::new(searched)));
    }

    /// Records an engagement with a hit.
    pub fn engaged(&self, engagement: HitEngagement, at: DateTime<Utc>) {
        self.writer.record(Event::Engaged(Box::new(Engaged {
            subject: engagement.query_id,
            is_card: false,
            at,
            article_id: engagement.article_id,
            kind: engagement.kind,
            rating: engagement.rating.map(Rating::name),
            reason: engagement.reason,
            comment: engagement.comment,
            by: engagement.by,
        })));
    }

    /// Records a reported gap.
    pub fn report_gap(&self, missing: MissingArticle, at: DateTime<Utc>) {
        self.writer.record(Event::Reported(Box::new(Reported {
            at,
            query: missing.query,
            comment: missing.comment,
            query_id: missing.query_id,
            by: missing.by,
            audience: missing.audience,
        })));
    }

    /// Erases all data of a customer's calls at once, and returns the number of calls. Blocking.
    ///
    /// # Errors
    /// When the file cannot be written, or too many events wait. `Busy` also when the rows are deleted but a reader holds the
    /// write-ahead log, which still contains them: erasing again, which then counts no calls, removes them from it.
    pub fn erase(&self, customer_id: &str) -> Result<usize, InsightsError> {
        self.writer.erase(customer_id)
    }

    /// Returns when everything recorded so far is written. Blocking.
    ///
    /// # Errors
    /// When the file cannot be written, or too much waits.
    pub fn flush(&self) -> Result<(), InsightsError> {
        self.writer.flush()
    }
}

impl CallObserver for Insights {
    fn note(&self, call: &CallFacts, happening: &CallActivity) {
        if call.is_erased {
            return;
        }
        if let Some(event) = InCall::of(call, happening, &self.settings.attributes) {
            self.writer.record(Event::Call(Box::new(event)));
        }
    }
}
