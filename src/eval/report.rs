//! The figures of one data set, as JSON and as text.
//!
//! Owns what is told and in which order. Leaves what the figures mean to `queries`, `calls` and `reliability`.

use serde::Serialize;

use super::{
    calls::{self, CallFigures, Played},
    queries::{self, Asked, HitReliability, QueryFigures, hit_reliability},
    reliability::{Reliability, Step},
};
use crate::search::types::Mode;

/// Questions listed in the text.
const WORST: usize = 10;

/// Characters of a question in the text.
const QUESTION_CHARS: usize = 100;

/// All figures of one data set. Names are those of the outside scorer.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Report {
    /// The data set's name.
    pub dataset: String,
    /// What was measured on.
    pub start: Start,
    /// Right articles that the set does not have.
    pub unknown_articles: Vec<String>,
    /// Words and meaning.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hybrid: Option<QueryFigures>,
    /// Words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keyword: Option<QueryFigures>,
    /// Meaning.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vector: Option<QueryFigures>,
    /// Hybrid, asked in simplified script.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hans: Option<QueryFigures>,
    /// Calls.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub calls: Option<CallFigures>,
    /// Of the hybrid search's first hits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reliability: Option<HitReliability>,
    /// Each question, by mode.
    pub queries: QueryDetails,
    /// Each call.
    pub played: Vec<Played>,
}

/// What was measured on.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Start {
    /// Seconds until everything was searchable, embedding included.
    pub seconds: f64,
    /// Articles.
    pub articles: usize,
    /// Their passages.
    pub passages: usize,
    /// What is not as it should be.
    pub degraded: Vec<String>,
}

/// Each question, by mode.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct QueryDetails {
    /// Words and meaning.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hybrid: Vec<Asked>,
    /// Words.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub keyword: Vec<Asked>,
    /// Meaning.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub vector: Vec<Asked>,
    /// Hybrid, asked in simplified script.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hans: Vec<Asked>,
}

impl Report {
    /// Takes in what was asked in a mode.
    pub(super) fn take(&mut self, mode: Mode, asked: Vec<Asked>) {
        let figures = Some(queries::figures(&asked));
        match mode {
            Mode::Hybrid => {
                self.reliability = Some(hit_reliability(&asked));
                (self.hybrid, self.queries.hybrid) = (figures, asked);
            }
            Mode::Keyword => (self.keyword, self.queries.keyword) = (figures, asked),
            Mode::Vector => (self.vector, self.queries.vector) = (figures, asked),
        }
    }

    /// Takes in what was asked in simplified script.
    pub(super) fn take_simplified(&mut self, asked: Vec<Asked>) {
        (self.hans, self.queries.hans) = (Some(queries::figures(&asked)), asked);
    }

    /// Takes in the calls that were played.
    pub(super) fn take_calls(&mut self, played: Vec<Played>) {
        (self.calls, self.played) = (Some(calls::figures(&played)), played);
    }
}

/// The report as a page of text, or everything as JSON. Ends without a line feed.
#[must_use]
pub fn print(report: &Report, json: bool) -> String {
    if json {
        // Figures are finite and keys are text: this cannot fail.
        return serde_json::to_string_pretty(report).unwrap_or_default();
    }
    let mut page = Page::default();
    page.head(report);
    page.questions(report);
    if let Some(reliability) = &report.reliability {
        page.reliability(reliability);
    }
    if let Some(calls) = &report.calls {
        page.calls(calls);
    }
    page.worst(report);
    page.lines.join("\n")
}

/// Lines of text.
#[derive(Default)]
struct Page {
    lines: Vec<String>,
}

impl Page {
    fn line(&mut self, line: impl Into<String>) {
        self.lines.push(line.into().trim_end().to_owned());
    }

    /// A heading after a blank line.
    fn heading(&mut self, heading: &str) {
        self.line("");
        self.line(heading);
    }

    fn head(&mut self, report: &Report) {
        let Start {
            seconds,
            articles,
            passages,
            degraded,
        } = &report.start;
        self.line(format!(
            "{}: {articles} articles, {passages} passages, searchable after {seconds} s",
            report.dataset
        ));
        if !degraded.is_empty() {
            self.line(format!("degraded: {}", degraded.join(", ")));
        }
        if !report.unknown_articles.is_empty() {
            let (count, first) = (report.unknown_articles.len(), &report.unknown_articles[0]);
            self.line(format!(
                "{count} right articles are not in the set, such as {first}: they cannot be found"
            ));
        }
    }

    fn questions(&mut self, report: &Report) {
        let rows = [
            ("hybrid", &report.hybrid),
            ("keyword", &report.keyword),
            ("vector", &report.vector),
            ("hans", &report.hans),
        ];
        let rows: Vec<_> = rows
            .into_iter()
            .filter_map(|(name, figures)| Some((name, figures.as_ref()?)))
            .collect();
        if rows.is_empty() {
            return;
        }
        let columns = [
            "n",
            "nDCG@10",
            "R@1",
            "R@5",
            "R@10",
            "MRR@10",
            "hit@1",
            "trusted",
            "answered",
            "right",
            "no answer",
            "abstained",
            "p50 ms",
            "p95 ms",
        ];
        self.heading(&format!(
            "{:<9}{}",
            "questions",
            columns.map(|name| format!("{name:>10}")).concat()
        ));
        for (name, figures) in rows {
            let of = |value: fn(&queries::Answerable) -> f64| {
                told(figures.answerable.as_ref().map(value))
            };
            let cells = [
                figures.n.to_string(),
                of(|a| a.ndcg10),
                of(|a| a.r1),
                of(|a| a.r5),
                of(|a| a.r10),
                of(|a| a.mrr10),
                of(|a| a.hit1),
                of(|a| a.right_hit_trusted),
                of(|a| a.answered),
                of(|a| a.answered_right),
                figures.n_no_answer.to_string(),
                told(figures.abstained),
                told(figures.ms_p50),
                told(figures.ms_p95),
            ];
            self.line(format!(
                "{name:<9}{}",
                cells.map(|cell| format!("{cell:>10}")).concat()
            ));
        }
        if let Some(means) = report
            .hybrid
            .as_ref()
            .and_then(|figures| figures.answerable.as_ref())
        {
            let (trusted, right) = (
                told(means.right_hit_trusted_of_found),
                told(means.answered_right_of_given),
            );
            self.line(format!("of questions with a right hit {trusted} trust it; of answers given {right} are right"));
        }
    }

    fn reliability(&mut self, reliability: &HitReliability) {
        self.heading("confidence of the first hit         n       ECE      mean     right");
        let rows = [
            ("with an answer", &reliability.answerable),
            ("without", &reliability.no_answer),
            ("all", &reliability.all),
        ];
        for (name, row) in rows {
            if let Some(Reliability {
                n,
                ece,
                confidence,
                right,
                ..
            }) = row
            {
                self.line(format!(
                    "  {name:<24}{n:>11}{ece:>10}{confidence:>10}{right:>10}"
                ));
            }
        }
        for bin in reliability.all.iter().flat_map(|all| &all.curve) {
            let width = format!("{:.1}–{:.1}", bin.from, bin.to);
            self.line(format!(
                "  {width:<24}{:>11}{:>10}{:>10}{:>10}",
                bin.n, "", bin.confidence, bin.right
            ));
        }
        self.steps("first hits", &reliability.thresholds);
    }

    fn calls(&mut self, calls: &CallFigures) {
        self.heading(&format!(
            "calls: {} with {} articles wanted at {} turns",
            calls.n_calls, calls.n_gold, calls.n_turns
        ));
        if let Some(wanted) = &calls.wanted {
            self.line(format!(
                "  turns hit by then {}, at the turn {}",
                wanted.hit_by_turn, wanted.hit_at_turn
            ));
            self.line(format!(
                "  articles by their turn {}, by four turns later {}, ever {}, first card of their turn {}, turns early {}",
                wanted.by_turn, wanted.by_turn_plus4, wanted.ever, wanted.top_at_turn, told(wanted.turns_early)
            ));
        }
        self.line(format!(
            "  precision {}, cards per call {}",
            calls.precision, calls.cards_per_call
        ));
        self.line(format!(
            "  quiet turns {} with false pushes {}, quiet calls {} kept {}",
            calls.n_quiet_turns,
            told(calls.false_push),
            calls.n_quiet_calls,
            told(calls.quiet_ok)
        ));
        let (p50, p95, p99) = (told(calls.ms_p50), told(calls.ms_p95), told(calls.ms_p99));
        self.line(format!(
            "  utterance p50 {p50} ms, p95 {p95} ms, p99 {p99} ms"
        ));
        self.steps("cards", &calls.thresholds);
    }

    fn steps(&mut self, what: &str, steps: &[Step]) {
        if steps.is_empty() {
            return;
        }
        self.line(format!(
            "  {what:<12}threshold     shown precision  coverage"
        ));
        for Step {
            threshold,
            shown,
            precision,
            coverage,
        } in steps
        {
            self.line(format!(
                "  {:<12}{threshold:>9.2}{shown:>10}{:>10}{:>10}",
                "",
                told(*precision),
                told(*coverage)
            ));
        }
    }

    fn worst(&mut self, report: &Report) {
        let score = |one: &Asked| one.scores.map(|scores| scores.ndcg10);
        let mut worst: Vec<&Asked> = report
            .queries
            .hybrid
            .iter()
            .filter(|one| score(one).is_some_and(|score| score < 1.0))
            .collect();
        worst.sort_by(|a, b| {
            score(a)
                .unwrap_or_default()
                .total_cmp(&score(b).unwrap_or_default())
        });
        if worst.is_empty() {
            return;
        }
        self.heading("worst questions, hybrid");
        for one in worst.into_iter().take(WORST) {
            let question: String = one.query.chars().take(QUESTION_CHARS).collect();
            self.line(format!(
                "  {} nDCG@10 {}: {question}",
                one.id,
                told(score(one))
            ));
            let wanted = one
                .found
                .iter()
                .map(|found| &found.article_id)
                .chain(&one.missed);
            let told_ranks = wanted.map(|id| {
                let hybrid = rank(std::slice::from_ref(one), &one.id, id);
                let (keyword, vector) = (
                    rank(&report.queries.keyword, &one.id, id),
                    rank(&report.queries.vector, &one.id, id),
                );
                format!("{id} (hybrid {hybrid}, keyword {keyword}, vector {vector})")
            });
            self.line(format!(
                "    wanted {}",
                told_ranks.collect::<Vec<_>>().join(", ")
            ));
            if let Some(first) = one.hits.first() {
                self.line(format!(
                    "    first  {} (confidence {:.2})",
                    first.article_id, first.confidence
                ));
            }
        }
    }
}

/// A figure, or a dash where there is none.
fn told(figure: Option<f64>) -> String {
    figure.map_or_else(
        || "–".to_owned(),
        |figure| super::metrics::rounded(figure, 4).to_string(),
    )
}

/// Rank of an article for a question, or a dash where it is not among the first ten.
fn rank(asked: &[Asked], question: &str, article: &str) -> String {
    let found = asked
        .iter()
        .find(|one| one.id == question)
        .and_then(|one| one.found.iter().find(|f| f.article_id == article));
    found.map_or_else(|| "–".to_owned(), |found| found.rank.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        eval::{dataset::Grades, metrics::rank_scores, queries::FoundArticle},
        search::types::Level,
    };

    fn asked(id: &str, ranked: &[&str], right: &str) -> Asked {
        let grades = Grades::from([(right.to_owned(), 1.0)]);
        let rank = ranked.iter().position(|one| *one == right);
        let found = rank.map(|at| FoundArticle {
            article_id: right.to_owned(),
            rank: at + 1,
            grade: 1.0,
        });
        Asked {
            id: id.to_owned(),
            query: format!("question {id}"),
            lang: None,
            scores: Some(rank_scores(ranked, &grades)),
            missed: if found.is_some() {
                Vec::new()
            } else {
                vec![right.to_owned()]
            },
            found: found.into_iter().collect(),
            hits: ranked
                .iter()
                .map(|one| queries::AskedHit {
                    article_id: (*one).to_owned(),
                    right: *one == right,
                    confidence: 0.5,
                    level: Level::Medium,
                })
                .collect(),
            answer: None,
            ms: 2.0,
        }
    }

    fn report() -> Report {
        let mut report = Report {
            dataset: "demo".to_owned(),
            ..Report::default()
        };
        report.take(
            Mode::Hybrid,
            vec![
                asked("q1", &["a", "b"], "a"),
                asked("q2", &["b", "a"], "a"),
                asked("q3", &["b"], "c"),
            ],
        );
        report.take(Mode::Keyword, vec![asked("q3", &["x", "c"], "c")]);
        report
    }

    #[test]
    fn the_page_lists_the_worst_first_with_their_ranks_in_each_mode() {
        let page = print(&report(), false);
        let worst: Vec<&str> = page
            .lines()
            .skip_while(|line| *line != "worst questions, hybrid")
            .skip(1)
            .collect();
        assert_eq!(
            worst,
            [
                "  q3 nDCG@10 0: question q3",
                "    wanted c (hybrid –, keyword 2, vector –)",
                "    first  b (confidence 0.50)",
                "  q2 nDCG@10 0.6309: question q2",
                "    wanted a (hybrid 2, keyword –, vector –)",
                "    first  b (confidence 0.50)",
            ]
        );
    }

    #[test]
    fn json_names_figures_as_the_outside_scorer_does() {
        let json: serde_json::Value = serde_json::from_str(&print(&report(), true)).unwrap();
        let names: Vec<&String> = json["hybrid"].as_object().unwrap().keys().collect();
        for name in [
            "n",
            "ndcg10",
            "mrr10",
            "r1",
            "r5",
            "r10",
            "hit1",
            "right_hit_trusted",
            "answered",
            "answered_right",
            "n_no_answer",
        ] {
            assert!(
                names.iter().any(|one| *one == name),
                "{name} is missing in {names:?}"
            );
        }
        assert_eq!(json["hybrid"]["ndcg10"], 0.5436);
        assert_eq!(json["queries"]["hybrid"][1]["found"][0]["rank"], 2);
        assert_eq!(json["queries"]["hybrid"][2]["missed"][0], "c");
        assert!(json.get("vector").is_none() && json.get("calls").is_none());
    }
}
