//! The record as a whole: a month of a contact centre, and its invariants.

mod numbers;
mod promises;
mod rest;

use std::{
    path::Path,
    sync::{Arc, LazyLock},
};

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveTime, TimeDelta, Utc};
use rusqlite::Connection;
use serde_json::json;
use uuid::Uuid;

use super::{Asker, HitEngagement, Insights, InsightsError, MissingArticle, Period, Settings};
use crate::{
    article::Article,
    index::{Catalog, unit::Indexed},
    live::{
        CallActivity, CallEnded, CallFacts, CallObserver as _, Card, CardState, CustomerTurn,
        EndReason, Engaged, Engagement, EngagementKind, Rating, TriggerInfo, TriggerKind,
    },
    search::types::{Answer, Audience, Hit, IndexInfo, Level, Mode, SearchRequest, SearchResponse},
};

const TODAY: NaiveDate = NaiveDate::from_ymd_opt(2026, 11, 25).unwrap();
const ARTICLES: [&str; 5] = ["refund", "fee", "roaming", "secret", "gone"];

/// Midnight, forty days ago: old events are deleted by the clock.
fn start() -> DateTime<Utc> {
    static START: LazyLock<DateTime<Utc>> = LazyLock::new(|| {
        let day = (Utc::now() - TimeDelta::days(40)).date_naive();
        day.and_time(NaiveTime::MIN).and_utc()
    });
    *START
}

fn zone() -> FixedOffset {
    FixedOffset::east_opt(0).unwrap()
}

fn period() -> Period {
    Period::new(
        start() + TimeDelta::days(10),
        start() + TimeDelta::days(20),
        zone(),
    )
}

/// The articles as they are now: one is for others, one is gone.
fn catalog() -> Catalog {
    let entry = |(at, id): (usize, &&str)| {
        let article = Article {
            id: (*id).into(),
            path: format!("{id}.md"),
            title: id.to_uppercase(),
            lang: "en".into(),
            audience: vec![if *id == "secret" { "internal" } else { "agent" }.into()],
            tags: vec![["billing", "travel"][at % 2].into()],
            reviewed: Some(TODAY - chrono::Days::new(400)),
            review_every: (at == 0).then_some(90),
            ..Article::default()
        };
        Arc::new(Indexed::new(Arc::new(article), "r".into(), "none"))
    };
    let kept = ARTICLES.iter().enumerate().filter(|(_, id)| **id != "gone");
    let info = IndexInfo {
        revision: "r".into(),
        generation: 1,
        pending: 0,
        updated_at: String::new(),
    };
    Catalog::new(kept.map(entry).collect(), info)
}

fn hit(id: &str, rank: usize) -> Hit {
    Hit {
        rank,
        article_id: id.into(),
        title: id.into(),
        path: format!("{id}.md"),
        lines: [1, 2],
        passage: 0,
        anchor: String::new(),
        url: String::new(),
        lang: "en".into(),
        heading: Vec::new(),
        snippet: String::new(),
        highlights: Vec::new(),
        score: 0.5,
        confidence: 0.5,
        level: Level::Medium,
        status: crate::article::Status::Published,
        reviewed: None,
        review_overdue: false,
        revision: String::new(),
        explain: None,
    }
}

fn response(query_id: &str, query: &str, hits: &[&str], is_answered: bool) -> SearchResponse {
    let hits: Vec<Hit> = hits
        .iter()
        .zip(1..)
        .map(|(id, rank)| hit(id, rank))
        .collect();
    SearchResponse {
        query_id: query_id.into(),
        query: query.into(),
        took_ms: 1.0,
        mode: Mode::Hybrid,
        index: IndexInfo {
            revision: String::new(),
            generation: 1,
            pending: 0,
            updated_at: String::new(),
        },
        degraded: Vec::new(),
        total: hits.len(),
        answer: hits.first().filter(|_| is_answered).map(|hit| Answer {
            text: String::new(),
            article_id: hit.article_id.clone(),
            anchor: String::new(),
            lines: [1, 2],
            confidence: 0.9,
        }),
        hits,
    }
}

fn card(card_id: &str, call_id: &str, id: &str, at: DateTime<Utc>) -> Card {
    Card {
        card_id: card_id.into(),
        call_id: call_id.into(),
        seq: 1,
        article_id: id.into(),
        title: id.into(),
        path: String::new(),
        lines: [1, 2],
        anchor: String::new(),
        url: String::new(),
        lang: "en".into(),
        revision: String::new(),
        snippet: String::new(),
        highlights: Vec::new(),
        confidence: 0.8,
        level: Level::High,
        state: CardState::Suggested,
        rating: None,
        trigger: TriggerInfo {
            kind: TriggerKind::Keyword,
            matched: String::new(),
            rule: Some(format!("{id}#0")),
            utterance_id: None,
        },
        why: String::new(),
        next_questions: Vec::new(),
        created_at: at,
    }
}

/// A small generator, so that every run records the same.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % sides
    }
}

const QUERIES: [&str; 6] = [
    "can I pay by cheque",
    "Can I pay by  cheque",
    "pay by cheque please",
    "do you sell gift vouchers",
    "sell me gift vouchers",
    "my card is 4111 1111 1111 1111",
];

/// Thirty days of a call centre.
fn record(insights: &Insights) {
    let mut dice = Dice(7);
    for n in 0..600 {
        let at = start() + TimeDelta::minutes(72 * n);
        let id = ARTICLES[dice.roll(5)];
        let other = ARTICLES[dice.roll(5)];
        match dice.roll(3) {
            0 => search(insights, &mut dice, n, at, &[id, other]),
            _ => call(insights, &mut dice, n, at, id),
        }
        if dice.roll(20) == 0 {
            let missing = MissingArticle {
                query: QUERIES[dice.roll(6)].into(),
                comment: Some("nothing on it".into()),
                query_id: None,
                by: "desk".into(),
                audience: Audience::Unrestricted,
            };
            insights.report_gap(missing, at);
        }
    }
    insights.flush().unwrap();
}

fn search(insights: &Insights, dice: &mut Dice, n: i64, at: DateTime<Utc>, hits: &[&str]) {
    let query_id = format!("q{n}");
    let plan = ["fiber", "mobile"][dice.roll(2)];
    let request = SearchRequest {
        account: json!({"plan": plan, "name": "Jo"}).as_object().cloned(),
        ..SearchRequest::new(QUERIES[dice.roll(6)])
    };
    let is_answered = dice.roll(2) == 0;
    insights.searched(
        &request,
        &response(&query_id, &request.query, hits, is_answered),
        at,
    );
    for _ in 0..dice.roll(3) {
        let kind = ["opened", "copied", "rated"][dice.roll(3)];
        let rating = [Rating::Helpful, Rating::NotHelpful][dice.roll(2)];
        let engagement = HitEngagement {
            query_id: query_id.clone(),
            article_id: hits[dice.roll(hits.len())].into(),
            kind,
            rating: (kind == "rated").then_some(rating),
            reason: (kind == "rated").then(|| "outdated".into()),
            comment: None,
            by: ["anna", "ben"][dice.roll(2)].into(),
        };
        insights.engaged(engagement, at + TimeDelta::seconds(5));
    }
}

fn call(insights: &Insights, dice: &mut Dice, n: i64, at: DateTime<Utc>, id: &str) {
    let plan = ["fiber", "mobile"][dice.roll(2)];
    let account = json!({"plan": plan});
    let call_id = format!("c{n}");
    let customer = format!("customer-{}", n % 40);
    let facts = CallFacts {
        owner: "desk",
        agent_id: None,
        call_id: &call_id,
        key: Uuid::from_u128(n as u128),
        customer_id: Some(&customer),
        is_erased: false,
        lang: Some(["en", "zh-Hans"][dice.roll(2)]),
        account: account.as_object().unwrap(),
        opened_at: at,
    };
    insights.note(&facts, &CallActivity::Opened);
    let pushed = at + TimeDelta::seconds(dice.roll(90) as i64);
    let card_id = format!("k{n}");
    let is_shown = dice.roll(4) > 0;
    if is_shown {
        let card = card(&card_id, &call_id, id, pushed);
        insights.note(&facts, &CallActivity::Card(Box::new(card)));
    }
    let asked = CustomerTurn {
        text: QUERIES[dice.roll(6)].into(),
        is_question: true,
        cards: if is_shown {
            vec![card_id.clone()]
        } else {
            Vec::new()
        },
        is_unsure: true,
        at: pushed,
    };
    insights.note(&facts, &CallActivity::CustomerTurn(Box::new(asked)));
    for _ in 0..if is_shown { dice.roll(3) } else { 0 } {
        use EngagementKind::{Dismissed, Opened, Rated, Used};
        let kind = [Opened, Used, Dismissed, Rated][dice.roll(4)];
        let engagement = Engagement {
            kind,
            rating: (kind == Rated).then_some([Rating::Helpful, Rating::NotHelpful][dice.roll(2)]),
            reason: None,
            comment: Some("mail me at jo@example.com".into()),
        };
        let engaged = Engaged {
            card_id: card_id.clone(),
            article_id: id.to_owned(),
            engagement,
            by: "desk".to_owned(),
            at: pushed + TimeDelta::seconds(9),
        };
        insights.note(&facts, &CallActivity::Engaged(Box::new(engaged)));
    }
    let ended = CallEnded {
        call_id: call_id.clone(),
        reason: EndReason::Ended,
        ended_at: at + TimeDelta::minutes(5),
    };
    insights.note(&facts, &CallActivity::Ended(ended));
}

fn opened(folder: &Path) -> Insights {
    Insights::open(folder, Settings::default(), None)
}

fn asked_by<T>(audience: &Audience, run: impl FnOnce(&Asker) -> Result<T, InsightsError>) -> T {
    let catalog = catalog();
    run(&Asker {
        catalog: &catalog,
        audience,
        today: TODAY,
    })
    .unwrap()
}

/// Counts by SQL over the raw events: `{in}` is the period.
fn count(file: &Connection, sql: &str) -> u64 {
    let period = period();
    let within = format!(
        "at >= {} AND at < {}",
        period.since.timestamp_millis(),
        period.until.timestamp_millis()
    );
    file.query_row(&sql.replace("{in}", &within), [], |row| {
        row.get::<_, i64>(0)
    })
    .unwrap() as u64
}
