//! The report on demand: topics over time, spikes, languages, kinds of accounts, and the time until a card was used.
//! Pure.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::{
    Period,
    rows::{CallRow, CardRow, Recorded, SearchRow},
    spikes::spike,
    summary::{DayNumbers, Numbers},
    visibility::VisibleArticles,
};
use crate::{search::types::Level, text::primary};

/// Maximum topics listed per attribute value.
const ATTRIBUTE_TOPICS: usize = 5;

/// Maximum values listed per account field.
const VALUES: usize = 20;

/// Caller demand in a period.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct DemandReport {
    /// Start of the period, inclusive.
    pub since: DateTime<Utc>,
    /// End of the period, exclusive.
    pub until: DateTime<Utc>,
    /// The dates that the entries of `by_day` correspond to.
    pub days: Vec<NaiveDate>,
    /// Topics, most frequent first.
    pub topics: Vec<TopicDemand>,
    /// Number of searches without a known topic: no hit is close enough.
    pub without_topic: u64,
    /// Topics with unusually high demand.
    pub spikes: Vec<SpikeFound>,
    /// Languages, most frequent first.
    pub languages: Vec<LanguageDemand>,
    /// Demand by the configured account fields.
    pub attributes: Vec<AttributeDemand>,
    /// Counts of the period.
    pub numbers: Numbers,
    /// The same for the preceding period.
    pub before: Numbers,
    /// Values per day.
    pub by_day: Vec<DayNumbers>,
}

/// Demand for one topic.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct TopicDemand {
    /// The topic: a tag of the matching articles.
    pub tag: String,
    /// Number of searches and cards.
    pub count: u64,
    /// Number of searches whose best hit has this topic.
    pub searches: u64,
    /// Number of cards of its articles.
    pub cards: u64,
    /// The same count for the preceding period.
    pub before: u64,
    /// Ratio to the preceding period; null if that count was zero.
    pub change: Option<f64>,
    /// Values per day.
    pub by_day: Vec<u64>,
}

/// A topic with unusually high demand.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct SpikeFound {
    /// Topic tag.
    pub tag: String,
    /// Start date of the spike.
    pub since: NaiveDate,
    /// Number of searches and cards since then.
    pub count: u64,
    /// Number expected from the preceding days.
    pub expected: f64,
    /// Ratio of the count to the expected number; null if none was expected.
    pub factor: Option<f64>,
}

/// Demand in one language.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct LanguageDemand {
    /// Primary subtag of the BCP 47 tag: `zh` for `zh-Hans`.
    pub lang: String,
    /// Number of searches.
    pub searches: u64,
    /// Number of searches without an answer.
    pub unanswered: u64,
    /// Number of calls.
    pub calls: u64,
}

/// Demand from accounts with a given attribute value.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct AttributeDemand {
    /// The account field.
    pub name: String,
    /// The field's value.
    pub value: String,
    /// Number of calls.
    pub calls: u64,
    /// Number of searches.
    pub searches: u64,
    /// Their topics, most frequent first.
    pub topics: Vec<TopicCount>,
}

/// A topic and its count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct TopicCount {
    /// Topic tag.
    pub tag: String,
    /// Number of searches and cards.
    pub count: u64,
}

/// Counts of one topic.
#[derive(Debug, Default)]
struct Series {
    /// Counts of both periods, the earlier first.
    days: Vec<u64>,
    /// By day of the period only: its first day may have begun in the previous period.
    own: Vec<u64>,
    searches: u64,
    cards: u64,
    before: u64,
}

#[derive(Debug, Default)]
struct Accounts {
    calls: u64,
    searches: u64,
    topics: BTreeMap<String, u64>,
}

impl Accounts {
    fn about(&mut self, tags: &[String]) {
        for tag in tags {
            *self.topics.entry(tag.clone()).or_default() += 1;
        }
    }
}

/// Accumulates the demand of a period and the previous one.
pub(super) struct DemandTally<'a> {
    period: Period,
    both: Period,
    all_days: usize,
    days: usize,
    sight: &'a VisibleArticles<'a>,
    topics: BTreeMap<String, Series>,
    languages: BTreeMap<String, LanguageDemand>,
    accounts: BTreeMap<(String, String), Accounts>,
    without_topic: u64,
}

impl<'a> DemandTally<'a> {
    pub(super) fn new(period: Period, both: Period, sight: &'a VisibleArticles<'a>) -> Self {
        Self {
            period,
            both,
            all_days: both.days().len(),
            days: period.days().len(),
            sight,
            topics: BTreeMap::new(),
            languages: BTreeMap::new(),
            accounts: BTreeMap::new(),
            without_topic: 0,
        }
    }

    /// Counts events of either period.
    pub(super) fn take(&mut self, row: &Recorded) {
        match row {
            Recorded::Search(row) => self.search(row),
            Recorded::Call(row) => self.call(row),
            Recorded::Card(row) => self.card(row),
            Recorded::Ask(_) | Recorded::Report(_) => {}
        }
    }

    fn search(&mut self, row: &SearchRow) {
        let fits = row.level.is_some_and(|level| level > Level::Low);
        let best = row
            .answer
            .or_else(|| row.hits.first().copied().filter(|_| fits));
        let tags = self.tags(best);
        for tag in &tags {
            self.topic(tag, row.at, true);
        }
        if !self.period.has(row.at) {
            return;
        }
        let is_answered = self.sight.is_answered(row);
        self.without_topic += u64::from(tags.is_empty());
        let language = self.language(&row.lang);
        language.searches += 1;
        language.unanswered += u64::from(!is_answered);
        self.accounts(&row.attributes, |accounts| {
            accounts.searches += 1;
            accounts.about(&tags);
        });
    }

    fn call(&mut self, row: &CallRow) {
        if self.period.has(row.at) {
            self.language(row.lang.as_deref().unwrap_or("und")).calls += 1;
            self.accounts(&row.attributes, |accounts| accounts.calls += 1);
        }
    }

    fn card(&mut self, row: &CardRow) {
        let tags = self.tags(Some(row.article));
        for tag in &tags {
            self.topic(tag, row.at, false);
        }
        if self.period.has(row.at) {
            self.accounts(&row.attributes, |accounts| accounts.about(&tags));
        }
    }

    /// The report; `oldest` is when recording began.
    pub(super) fn finish(
        self,
        oldest: Option<i64>,
        (numbers, by_day): (Numbers, Vec<DayNumbers>),
        before: Numbers,
    ) -> DemandReport {
        let (days, all_days) = (self.period.days(), self.both.days());
        // Days before recording began do not count as days without questions.
        let first = oldest
            .and_then(|at| self.both.place(at))
            .unwrap_or_default();
        let mut topics = Vec::new();
        let mut spikes = Vec::new();
        for (tag, series) in self.topics {
            if let Some(found) = spike(series.days.get(first..).unwrap_or_default()) {
                spikes.push(SpikeFound {
                    tag: tag.clone(),
                    since: all_days[first + found.at],
                    count: found.count,
                    expected: found.expected,
                    factor: found.factor(),
                });
            }
            let count = series.searches + series.cards;
            topics.push(TopicDemand {
                tag,
                count,
                searches: series.searches,
                cards: series.cards,
                before: series.before,
                change: (series.before > 0).then(|| count as f64 / series.before as f64),
                by_day: series.own,
            });
        }
        topics.sort_by(|a, b| b.count.cmp(&a.count).then(a.tag.cmp(&b.tag)));
        spikes.sort_by(|a, b| b.count.cmp(&a.count).then(a.tag.cmp(&b.tag)));
        let mut languages: Vec<_> = self.languages.into_values().collect();
        languages.sort_by(|a, b| {
            (b.searches + b.calls)
                .cmp(&(a.searches + a.calls))
                .then(a.lang.cmp(&b.lang))
        });
        DemandReport {
            since: self.period.since,
            until: self.period.until,
            days,
            topics,
            without_topic: self.without_topic,
            spikes,
            languages,
            attributes: attributes(self.accounts),
            numbers,
            before,
            by_day,
        }
    }

    /// Topics of an article, if the reader may see it.
    fn tags(&self, article: Option<i64>) -> Vec<String> {
        let article = article.and_then(|n| self.sight.article(n));
        article
            .map(|article| article.tags.clone())
            .unwrap_or_default()
    }

    fn topic(&mut self, tag: &str, at: i64, is_search: bool) {
        let Some(place) = self.both.place(at) else {
            return;
        };
        let (all_days, days) = (self.all_days, self.days);
        let series = self.topics.entry(tag.to_owned()).or_insert_with(|| Series {
            days: vec![0; all_days],
            own: vec![0; days],
            ..Series::default()
        });
        series.days[place] += 1;
        let Some(place) = self.period.place(at) else {
            series.before += 1;
            return;
        };
        series.own[place] += 1;
        if is_search {
            series.searches += 1;
        } else {
            series.cards += 1;
        }
    }

    /// Calls name a language, that of questions is detected; only the first subtag is comparable.
    fn language(&mut self, lang: &str) -> &mut LanguageDemand {
        let lang = &*primary(lang);
        self.languages
            .entry(lang.to_owned())
            .or_insert_with(|| LanguageDemand {
                lang: lang.to_owned(),
                ..LanguageDemand::default()
            })
    }

    /// Counts something for each of these attribute values.
    fn accounts(&mut self, attributes: &Map<String, Value>, count: impl Fn(&mut Accounts)) {
        for (name, value) in attributes {
            count(
                self.accounts
                    .entry((name.clone(), word(value)))
                    .or_default(),
            );
        }
    }
}

/// A value as text.
fn word(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

fn attributes(accounts: BTreeMap<(String, String), Accounts>) -> Vec<AttributeDemand> {
    let mut list: Vec<_> = accounts
        .into_iter()
        .map(|((name, value), accounts)| {
            let mut topics: Vec<_> = accounts
                .topics
                .into_iter()
                .map(|(tag, count)| TopicCount { tag, count })
                .collect();
            topics.sort_by_key(|topic| std::cmp::Reverse(topic.count));
            topics.truncate(ATTRIBUTE_TOPICS);
            AttributeDemand {
                name,
                value,
                calls: accounts.calls,
                searches: accounts.searches,
                topics,
            }
        })
        .collect();
    list.sort_by(|a, b| {
        let size = |one: &AttributeDemand| one.calls + one.searches;
        a.name
            .cmp(&b.name)
            .then(size(b).cmp(&size(a)))
            .then(a.value.cmp(&b.value))
    });
    let mut told: HashMap<String, usize> = HashMap::new();
    list.retain(|one| {
        let count = told.entry(one.name.clone()).or_default();
        *count += 1;
        *count <= VALUES
    });
    list
}
