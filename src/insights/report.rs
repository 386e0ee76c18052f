//! Reports: raw events of a period and the one before, passed to the pure modules.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError},
};

use chrono::NaiveDate;

use super::{
    Gap, GapsReport, Insights, InsightsError, Nearest, Period,
    articles::{ArticleTally, ArticlesReport, ReportContext},
    demand::{DemandReport, DemandTally},
    gaps::{Group, group},
    meaning::KEPT,
    outcome::Outcomes,
    period::time,
    questions::GapTally,
    read::Reader,
    rows::{EngagementRow, Recorded},
    summary::{Recording, Remarks, SummaryReport, Tally},
    visibility::VisibleArticles,
};
use crate::{index::Catalog, search::types::Audience};

/// The reader of a report, and the data it needs.
pub struct Asker<'a> {
    /// The articles of the visible generation.
    pub catalog: &'a Catalog,
    /// Audiences of the reader.
    pub audience: &'a Audience,
    /// Today.
    pub today: NaiveDate,
}

/// Groups of gap questions, cached until something new is written.
pub(super) struct Grouped {
    period: Period,
    changes: u64,
    /// Audiences of the reader (None for everything), and generation of the articles.
    seen_by: Option<(Vec<String>, u64)>,
    groups: Arc<Vec<Group>>,
}

/// Raw events opened for one report.
struct Opened {
    reader: Option<Reader>,
    names: HashMap<i64, String>,
    both: Period,
}

/// Outcomes until now, and the engagements of a period and the previous one.
#[derive(Default)]
struct Done {
    all: Outcomes,
    now: Outcomes,
    before: Outcomes,
}

impl Insights {
    fn opened(&self, period: &Period) -> Result<Opened, InsightsError> {
        let both = Period::new(period.before().since, period.until, self.settings.time_zone);
        let reader = Reader::open(&self.file)?;
        let names = reader.as_ref().map(Reader::names).transpose()?;
        let names = names.unwrap_or_default();
        Ok(Opened {
            reader,
            names,
            both,
        })
    }

    /// The overview. Blocking.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn summary(&self, period: &Period, asker: &Asker) -> Result<SummaryReport, InsightsError> {
        let opened = self.opened(period)?;
        let sight = opened.sight(asker);
        let mut remarks = Remarks::default();
        let done = opened.done(period, &sight, |row| remarks.take(row, &sight))?;
        let tally = |period| Tally::new(period, &sight, &done.all);
        let (mut now, mut before) = (tally(*period), tally(period.before()));
        opened.each(&opened.both, |row| {
            now.take(&row);
            before.take(&row);
        })?;
        let (numbers, by_day) = now.finish(&done.now);
        let (reasons, comments) = remarks.finish();
        Ok(SummaryReport {
            since: period.since,
            until: period.until,
            numbers,
            before: before.finish(&done.before).0,
            by_day,
            reasons,
            comments,
            recording: Recording {
                oldest: opened.oldest()?.map(time),
                dropped: self.writer.dropped(),
                keep_days: self.settings.keep_days,
            },
        })
    }

    /// The report on articles; `conflicts` counts findings by path. Blocking.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn articles(
        &self,
        period: &Period,
        asker: &Asker,
        conflicts: HashMap<String, usize>,
    ) -> Result<ArticlesReport, InsightsError> {
        let opened = self.opened(period)?;
        let sight = opened.sight(asker);
        let done = opened.done(period, &sight, drop)?;
        let mut tally = ArticleTally::default();
        opened.each(period, |row| tally.take(&row, &done.all))?;
        let ground = ReportContext {
            today: asker.today,
            conflicts,
        };
        let (articles, owners) = tally.finish(&done.now, &sight, &ground);
        Ok(ArticlesReport {
            since: period.since,
            until: period.until,
            articles,
            owners,
        })
    }

    /// The report on demand. Blocking.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn demand(&self, period: &Period, asker: &Asker) -> Result<DemandReport, InsightsError> {
        let opened = self.opened(period)?;
        let sight = opened.sight(asker);
        let done = opened.done(period, &sight, drop)?;
        let mut demand = DemandTally::new(*period, opened.both, &sight);
        let tally = |period| Tally::new(period, &sight, &done.all);
        let (mut now, mut before) = (tally(*period), tally(period.before()));
        opened.each(&opened.both, |row| {
            demand.take(&row);
            now.take(&row);
            before.take(&row);
        })?;
        let numbers = now.finish(&done.now);
        Ok(demand.finish(opened.oldest()?, numbers, before.finish(&done.before).0))
    }

    /// Gaps, most frequent first; `nearest` finds the article closest to a question. Blocking.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn gaps(
        &self,
        period: &Period,
        asker: &Asker,
        limit: usize,
        nearest: &dyn Fn(&str) -> Option<Nearest>,
    ) -> Result<GapsReport, InsightsError> {
        let groups = self.groups(period, asker)?;
        let told = groups.iter().take(limit);
        Ok(GapsReport {
            since: period.since,
            until: period.until,
            total: groups.len(),
            questions: groups.iter().map(Group::size).sum(),
            gaps: told
                .map(|group| group.tell(nearest(group.label())))
                .collect(),
        })
    }

    /// One gap by id; None if there is none. Blocking.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn gap(
        &self,
        period: &Period,
        asker: &Asker,
        gap_id: &str,
        nearest: &dyn Fn(&str) -> Option<Nearest>,
    ) -> Result<Option<Gap>, InsightsError> {
        let groups = self.groups(period, asker)?;
        let found = groups.iter().find(|group| group.id() == gap_id);
        Ok(found.map(|group| group.tell(nearest(group.label()))))
    }

    /// Groups of a period: computed once per state of the record and set of readers, by one caller.
    fn groups(&self, period: &Period, asker: &Asker) -> Result<Arc<Vec<Group>>, InsightsError> {
        let changes = self.writer.shared().changes();
        let seen_by = match asker.audience {
            Audience::Unrestricted => None,
            Audience::Only(own) => Some((own.clone(), asker.catalog.info.generation)),
        };
        // One caller computes it; the others wait for the result.
        let mut kept = self.grouped.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = kept.as_ref().filter(|known| {
            known.changes == changes && known.seen_by == seen_by && known.period.is_about(period)
        }) {
            return Ok(Arc::clone(&known.groups));
        }
        let opened = self.opened(period)?;
        let sight = opened.sight(asker);
        let done = opened.done(period, &sight, drop)?;
        let mut tally = GapTally::new(*period, &sight, &done.all);
        opened.each(&opened.both, |row| tally.take(&row))?;
        let questions = tally.finish();
        // The most frequent: more would be embedded again for every report.
        let mut vectors: Vec<_> = questions
            .iter()
            .take(KEPT)
            .map(|question| self.meaning.vector(&question.text))
            .collect();
        vectors.resize(questions.len(), None);
        let groups = Arc::new(group(
            questions,
            &vectors,
            self.meaning.common(),
            self.meaning.threshold(),
        ));
        *kept = Some(Grouped {
            period: *period,
            changes,
            seen_by,
            groups: Arc::clone(&groups),
        });
        Ok(groups)
    }
}

impl Opened {
    fn sight<'a>(&self, asker: &Asker<'a>) -> VisibleArticles<'a> {
        VisibleArticles::new(self.names.clone(), asker.catalog, asker.audience)
    }

    fn each(&self, period: &Period, take: impl FnMut(Recorded)) -> Result<(), InsightsError> {
        let reader = self.reader.as_ref();
        reader.map_or(Ok(()), |reader| reader.each(period, take))
    }

    /// Outcomes of articles that count; `take` receives the engagements of the period.
    fn done(
        &self,
        period: &Period,
        sight: &VisibleArticles,
        mut take: impl FnMut(EngagementRow),
    ) -> Result<Done, InsightsError> {
        let mut done = Done::default();
        let before = period.before();
        let sort = |row: EngagementRow| {
            if !sight.counts(row.article) {
                return;
            }
            done.all.take(&row);
            if period.has(row.at) {
                done.now.take(&row);
                take(row);
            } else if before.has(row.at) {
                done.before.take(&row);
            }
        };
        if let Some(reader) = &self.reader {
            reader.engagements(&self.both, sort)?;
        }
        Ok(done)
    }

    fn oldest(&self) -> Result<Option<i64>, InsightsError> {
        self.reader.as_ref().map_or(Ok(None), Reader::oldest)
    }
}
