//! The report on articles: shown, opened, used, rated, dismissed; outdated but much used ones first. Pure.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    outcome::Outcomes,
    period::time,
    rows::{CardRow, Recorded, SearchRow},
    visibility::VisibleArticles,
};
use crate::article::{self, Article, Status};

/// Minimum number of cards of a trigger or article for it to be flagged.
const FEW: u64 = 5;

/// Share of dismissed cards from which a trigger is flagged as wrong.
const WRONG_SHARE: f64 = 0.6;

/// Article metrics for a period.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ArticlesReport {
    /// Start of the period, inclusive.
    pub since: DateTime<Utc>,
    /// End of the period, exclusive.
    pub until: DateTime<Utc>,
    /// All articles visible to the caller: stale articles still in use first, then by number of times shown.
    pub articles: Vec<ArticleInsight>,
    /// The same metrics by owning team.
    pub owners: Vec<OwnerInsight>,
}

/// Metrics of one article.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct ArticleInsight {
    /// Article id.
    pub article_id: String,
    /// Title; null if the article has been removed.
    pub title: Option<String>,
    /// Path of the file.
    pub path: Option<String>,
    /// Link to it on the web page.
    pub url: Option<String>,
    /// Language tag.
    pub lang: Option<String>,
    /// Owning team.
    pub owner: Option<String>,
    /// Topic tags.
    pub tags: Vec<String>,
    /// Number of search responses and calls in which it was shown as a hit or card.
    pub shown: u64,
    /// Number of times it was shown as a card.
    pub cards: u64,
    /// Number of answers that quoted it.
    pub answers: u64,
    /// Number of its hits and cards that were opened.
    pub opened: u64,
    /// Number of its hits and cards that were copied from.
    pub copied: u64,
    /// Number of its cards that were used.
    pub used: u64,
    /// Number of its hits and cards rated helpful.
    pub helpful: u64,
    /// Number of its hits and cards rated not helpful.
    pub not_helpful: u64,
    /// Number of its cards that were dismissed.
    pub dismissed: u64,
    /// Number of its cards withdrawn because the transcript or account no longer supported them.
    pub withdrawn: u64,
    /// When it was last shown.
    pub last_shown_at: Option<DateTime<Utc>>,
    /// Date of the last review.
    pub reviewed: Option<NaiveDate>,
    /// Whether its review is overdue.
    pub review_overdue: bool,
    /// Findings that another passage states the same with different numbers.
    pub conflicts: usize,
    /// Issues for an editor.
    pub flags: Vec<Flag>,
    /// Its triggers, most dismissed first.
    pub triggers: Vec<TriggerInsight>,
}

/// An issue for an editor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Flag {
    /// Its review is overdue, and it is still shown.
    StaleAndUsed,
    /// Most of the cards of one of its triggers are dismissed.
    WrongTrigger,
    /// It contradicts another passage.
    Conflict,
    /// More people found it not helpful than helpful.
    NotHelpful,
    /// It was never shown.
    NeverShown,
}

/// Metrics of one trigger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct TriggerInsight {
    /// `article-id#n`; null for semantic matches.
    pub rule: Option<String>,
    /// Number of cards it pushed.
    pub shown: u64,
    /// Number of its cards that were dismissed.
    pub dismissed: u64,
}

/// Metrics of one team's articles.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct OwnerInsight {
    /// The owning team; null for articles without one.
    pub owner: Option<String>,
    /// Number of its articles.
    pub articles: u64,
    /// Number of its articles with an overdue review.
    pub overdue: u64,
    /// Number of times they were shown.
    pub shown: u64,
    /// Number of their cards that were used.
    pub used: u64,
    /// Number of their cards that were dismissed.
    pub dismissed: u64,
    /// Number of not-helpful ratings.
    pub not_helpful: u64,
}

/// Accumulates the articles of a period.
#[derive(Debug, Default)]
pub(super) struct ArticleTally {
    found: HashMap<i64, ArticleInsight>,
    triggers: HashMap<i64, BTreeMap<Option<String>, (u64, u64)>>,
}

impl ArticleTally {
    /// Counts events of the period.
    pub(super) fn take(&mut self, row: &Recorded, outcomes: &Outcomes) {
        match row {
            Recorded::Search(row) => self.search(row),
            Recorded::Card(row) => self.card(row, outcomes),
            Recorded::Call(_) | Recorded::Ask(_) | Recorded::Report(_) => {}
        }
    }

    fn search(&mut self, row: &SearchRow) {
        for n in &row.hits {
            self.shown(*n, row.at);
        }
        if let Some(n) = row.answer {
            self.found.entry(n).or_default().answers += 1;
        }
    }

    fn shown(&mut self, n: i64, at: i64) {
        let insight = self.found.entry(n).or_default();
        insight.shown += 1;
        insight.last_shown_at = insight.last_shown_at.max(Some(time(at)));
    }

    fn card(&mut self, row: &CardRow, outcomes: &Outcomes) {
        self.shown(row.article, row.at);
        let insight = self.found.entry(row.article).or_default();
        insight.cards += 1;
        insight.withdrawn += u64::from(row.state.as_deref() == Some("withdrawn"));
        let rules = self.triggers.entry(row.article).or_default();
        let counts = rules.entry(row.rule.clone()).or_default();
        counts.0 += 1;
        counts.1 += u64::from(outcomes.card(&row.card_id).dismissed);
    }

    /// Counts engagements of the period, and orders the articles.
    pub(super) fn finish(
        mut self,
        done: &Outcomes,
        sight: &VisibleArticles,
        ground: &ReportContext,
    ) -> (Vec<ArticleInsight>, Vec<OwnerInsight>) {
        for (n, outcome) in done.all() {
            let insight = self.found.entry(n).or_default();
            insight.opened += u64::from(outcome.opened);
            insight.copied += u64::from(outcome.copied);
            insight.used += u64::from(outcome.used);
            insight.dismissed += u64::from(outcome.dismissed);
            insight.helpful += u64::from(outcome.helpful == Some(true));
            insight.not_helpful += u64::from(outcome.helpful == Some(false));
        }
        let mut articles = self.described(sight, ground);
        articles.sort_by(|a, b| {
            let first = |one: &ArticleInsight| {
                one.flags
                    .first()
                    .is_none_or(|flag| *flag != Flag::StaleAndUsed)
            };
            (first(a), b.shown, &a.path, &a.article_id).cmp(&(
                first(b),
                a.shown,
                &b.path,
                &b.article_id,
            ))
        });
        let owners = owners(&articles);
        (articles, owners)
    }

    fn described(mut self, sight: &VisibleArticles, ground: &ReportContext) -> Vec<ArticleInsight> {
        let mut described = Vec::new();
        let mut seen = std::collections::HashSet::new();
        for (n, mut insight) in std::mem::take(&mut self.found) {
            let Some(id) = sight.id(n) else { continue };
            id.clone_into(&mut insight.article_id);
            insight.triggers = triggers(self.triggers.remove(&n).unwrap_or_default());
            if let Some(article) = sight.article(n) {
                describe(&mut insight, article, ground);
            }
            seen.insert(insight.article_id.clone());
            described.push(insight);
        }
        for article in sight
            .articles()
            .filter(|article| !seen.contains(&article.id))
        {
            let mut insight = ArticleInsight {
                article_id: article.id.clone(),
                ..ArticleInsight::default()
            };
            describe(&mut insight, article, ground);
            described.push(insight);
        }
        described
    }
}

/// Data other than the events.
pub(super) struct ReportContext {
    /// Today.
    pub(super) today: NaiveDate,
    /// Number of conflict findings, by path.
    pub(super) conflicts: HashMap<String, usize>,
}

fn describe(insight: &mut ArticleInsight, article: &Article, ground: &ReportContext) {
    insight.title = Some(article.title.clone());
    insight.path = Some(article.path.clone());
    insight.url = Some(article::url(&article.id, ""));
    insight.lang = Some(article.lang.clone());
    insight.owner.clone_from(&article.owner);
    insight.tags.clone_from(&article.tags);
    insight.reviewed = article.reviewed;
    insight.review_overdue = article.review_overdue(ground.today);
    insight.conflicts = ground
        .conflicts
        .get(&article.path)
        .copied()
        .unwrap_or_default();
    let is_wrong = |trigger: &TriggerInsight| {
        trigger.shown >= FEW && trigger.dismissed as f64 >= WRONG_SHARE * trigger.shown as f64
    };
    let flags = [
        (
            Flag::StaleAndUsed,
            insight.review_overdue && insight.shown > 0,
        ),
        (Flag::WrongTrigger, insight.triggers.iter().any(is_wrong)),
        (Flag::Conflict, insight.conflicts > 0),
        (Flag::NotHelpful, insight.not_helpful > insight.helpful),
        (
            Flag::NeverShown,
            insight.shown == 0 && article.status != Status::Archived,
        ),
    ];
    insight.flags = flags
        .into_iter()
        .filter_map(|(flag, is)| is.then_some(flag))
        .collect();
}

fn triggers(counts: BTreeMap<Option<String>, (u64, u64)>) -> Vec<TriggerInsight> {
    let mut list: Vec<_> = counts
        .into_iter()
        .map(|(rule, (shown, dismissed))| TriggerInsight {
            rule,
            shown,
            dismissed,
        })
        .collect();
    list.sort_by_key(|one| std::cmp::Reverse((one.dismissed, one.shown)));
    list
}

fn owners(articles: &[ArticleInsight]) -> Vec<OwnerInsight> {
    let mut owners: BTreeMap<Option<&str>, OwnerInsight> = BTreeMap::new();
    for article in articles.iter().filter(|article| article.title.is_some()) {
        let owner = owners.entry(article.owner.as_deref()).or_default();
        owner.owner.clone_from(&article.owner);
        owner.articles += 1;
        owner.overdue += u64::from(article.review_overdue);
        owner.shown += article.shown;
        owner.used += article.used;
        owner.dismissed += article.dismissed;
        owner.not_helpful += article.not_helpful;
    }
    let mut list: Vec<_> = owners.into_values().collect();
    list.sort_by(|a, b| b.shown.cmp(&a.shown).then(a.owner.cmp(&b.owner)));
    list
}
