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

/// Why a report cannot be made, or an erasure done.
#[derive(Debug, thiserror::Error)]
pub enum InsightsError {
    /// The file.
    #[error("insights failed: {0}; check free space and permissions of the data folder")]
    File(#[from] rusqlite::Error),
    /// Too much waits to be written.
    #[error("insights are busy writing; ask again in a moment")]
    Busy,
}

/// What somebody did with a hit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HitEngagement {
    /// The answer that it was in.
    pub query_id: String,
    /// Article.
    pub article_id: String,
    /// `opened`, `copied` or `rated`.
    pub kind: &'static str,
    /// Given with `rated`.
    pub rating: Option<Rating>,
    /// Why, from a list of the desktop's own.
    pub reason: Option<String>,
    /// Why, in their words.
    pub comment: Option<String>,
    /// Name of the key that says so.
    pub by: String,
}

/// A question that somebody says has no article.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingArticle {
    /// The question.
    pub query: String,
    /// What should be in it.
    pub comment: Option<String>,
    /// The answer that did not help, where it came from one: then the question is not counted twice.
    pub query_id: Option<String>,
    /// Name of the key that says so.
    pub by: String,
    /// What they may see: the comment is told to those who may see as much.
    pub audience: Audience,
}

/// The record of what happened, and what it says. It ends, after everything is written, when it is dropped.
pub struct Insights {
    file: PathBuf,
    settings: Settings,
    meaning: Arc<Meaning>,
    writer: Writer,
    grouped: Mutex<Option<Grouped>>,
    work: Vec<Background>,
}

impl Insights {
    /// Begins to record in that data folder; a folder that cannot be written is tried again and again. `embed` gives
    /// vectors of questions. Where nothing is to be recorded, what is there already ages and can be erased.
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

    /// The same, and search is taught what people did with earlier answers: now, and as the record grows.
    #[must_use]
    pub fn teaching(mut self, teach: Teach) -> Self {
        let (file, meaning) = (self.file.clone(), Arc::clone(&self.meaning));
        let shared = Arc::clone(self.writer.shared());
        self.work.push(teach::teach(file, meaning, shared, teach));
        self
    }

    /// What people did with answers until then, as search heeds it. Blocking.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn feedback(&self, now: DateTime<Utc>) -> Result<Feedback, InsightsError> {
        let mut vectors = teach::Vectors::new();
        let feedback = teach::feedback(&self.file, &self.meaning, now, &mut vectors, None)?;
        Ok(feedback.unwrap_or_default())
    }

    /// What the operator decided.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Records a search; one that is still being typed, and further pages of one, are not recorded.
    pub fn searched(&self, request: &SearchRequest, response: &SearchResponse, at: DateTime<Utc>) {
        if request.typing || request.offset > 0 {
            return;
        }
        let searched = Searched::of(request, response, &self.settings.attributes, at);
        self.writer.record(Event::Searched(Box::new(searched)));
    }

    /// Records what somebody did with a hit.
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

    /// Records that an article is missing.
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

    /// Erases everything of a customer's calls, at once; how many calls that were. Blocking.
    ///
    /// # Errors
    /// When the file cannot be written, or too much waits. `Busy` also when the rows are deleted already but a reader holds the
    /// write-ahead log, in which they still stand: erasing again, which then counts no calls, takes them out of it.
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
