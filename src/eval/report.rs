//! The figures of one data set.
//!
//! Owns their names. Leaves their meaning to `queries`, `calls` and `reliability`, and their text to `page`.

use serde::Serialize;

use super::{
    calls::{self, CallFigures, Played},
    page::page,
    queries::{self, HitReliability, QueryFigures, QueryResult, hit_reliability},
};
use crate::search::types::Mode;

/// All figures of one data set. Names are those of the outside scorer.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Report {
    /// The data set's name.
    pub dataset: String,
    /// The index that was measured.
    pub start: Start,
    /// Relevant articles that the data set does not have.
    pub unknown_articles: Vec<String>,
    /// Questions of `qrels.tsv` that the data set does not have.
    pub unknown_questions: Vec<String>,
    /// Hybrid search.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hybrid: Option<QueryFigures>,
    /// Keyword search.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keyword: Option<QueryFigures>,
    /// Vector search.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vector: Option<QueryFigures>,
    /// Hybrid, asked in simplified script.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hans: Option<QueryFigures>,
    /// Calls.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub calls: Option<CallFigures>,
    /// Calibration of the hybrid search's first hits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reliability: Option<HitReliability>,
    /// Each question, by mode.
    pub queries: QueryDetails,
    /// Each call.
    pub played: Vec<Played>,
}

/// The index that was measured.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Start {
    /// Seconds until everything was searchable, embedding included.
    pub seconds: f64,
    /// Number of articles.
    pub articles: usize,
    /// Number of passages.
    pub passages: usize,
    /// What is unavailable.
    pub degraded: Vec<String>,
}

/// Each question, by mode.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct QueryDetails {
    /// Hybrid search.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hybrid: Vec<QueryResult>,
    /// Keyword search.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub keyword: Vec<QueryResult>,
    /// Vector search.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub vector: Vec<QueryResult>,
    /// Hybrid, asked in simplified script.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hans: Vec<QueryResult>,
}

impl Report {
    /// Adds the results of a mode.
    pub(super) fn take(&mut self, mode: Mode, asked: Vec<QueryResult>) {
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

    /// Adds the results in simplified script.
    pub(super) fn take_simplified(&mut self, asked: Vec<QueryResult>) {
        (self.hans, self.queries.hans) = (Some(queries::figures(&asked)), asked);
    }

    /// Adds the results of calls.
    pub(super) fn take_calls(&mut self, played: Vec<Played>, curve: Vec<calls::Point>) {
        let figures = calls::figures(&played);
        self.calls = Some(calls::CallFigures { curve, ..figures });
        self.played = played;
    }
}

/// The report as a page of text, or everything as JSON. Ends without a line feed.
#[must_use]
pub fn print(report: &Report, json: bool) -> String {
    if json {
        // Figures are finite and keys are text: this cannot fail.
        return serde_json::to_string_pretty(report).unwrap_or_default();
    }
    page(report)
}

#[cfg(test)]
mod tests {
    use super::*;
    fn asked(id: &str, ranked: &[&str], right: &str) -> QueryResult {
        let hits: Vec<(&str, f64)> = ranked.iter().map(|one| (*one, 0.5)).collect();
        QueryResult {
            id: id.to_owned(),
            query: format!("question {id}"),
            ..queries::tests::asked(&[(right, 1.0)], &hits, None)
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
