//! A report as a page of text: tables, then the questions with the worst results.
//!
//! Owns the content and its order. Leaves the figures to `report`.

use super::{
    calls::{CallFigures, Point},
    metrics::rounded,
    queries::{Answerable, HitReliability, QueryResult},
    reliability::{Reliability, Step},
    report::{Report, Start},
};

/// Maximum questions listed.
const WORST: usize = 10;

/// Maximum characters of a question.
const QUESTION_CHARS: usize = 100;

/// The report as a page. Ends without a line feed.
#[must_use]
pub(super) fn page(report: &Report) -> String {
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
        if let Some(first) = report.unknown_questions.first() {
            let count = report.unknown_questions.len();
            self.line(format!(
                "{count} questions of qrels.tsv are not in the set, such as {first}: they are not asked"
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
            let of = |value: fn(&Answerable) -> f64| told(figures.answerable.as_ref().map(value));
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
            told(calls.precision),
            calls.cards_per_call
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
        self.curve(&calls.curve);
    }

    fn curve(&mut self, points: &[Point]) {
        if points.is_empty() {
            return;
        }
        self.line("  from silent to eager: lean  hit by turn precision cards/call false push");
        for point in points {
            self.line(format!(
                "  {:<22}{:>5.1}{:>13}{:>10}{:>11.2}{:>11}",
                "",
                point.lean,
                told(point.hit_by_turn),
                told(point.precision),
                point.cards_per_call,
                told(point.false_push)
            ));
        }
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
        let score = |one: &QueryResult| one.scores.map(|scores| scores.ndcg10);
        let mut worst: Vec<&QueryResult> = report
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

/// A figure, or a dash if there is none.
fn told(figure: Option<f64>) -> String {
    figure.map_or_else(|| "–".to_owned(), |figure| rounded(figure, 4).to_string())
}

/// Rank of an article for a question, or a dash if it is not among the first ten.
fn rank(asked: &[QueryResult], question: &str, article: &str) -> String {
    let found = asked
        .iter()
        .find(|one| one.id == question)
        .and_then(|one| one.found.iter().find(|f| f.article_id == article));
    found.map_or_else(|| "–".to_owned(), |found| found.rank.to_string())
}
